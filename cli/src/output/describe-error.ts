import { isCliError } from './cli-error.js';

/** One line for an error and its causes: what happened, then why, without repeating itself. */
export function describeError(error: unknown): string {
  // Written for the user as a whole: its cause is for the log.
  if (isCliError(error)) return error.message;
  const parts: string[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && parts.length < 4) {
    const text = current instanceof Error ? current.message : JSON.stringify(current);
    const line = text.split('\n')[0] ?? text;
    if (!parts.some((part) => part.includes(line))) parts.push(line);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ');
}
