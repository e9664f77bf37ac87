import { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { TextOutput } from './text-output.js';

/** A log line as pino writes it. */
interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/**
 * Structured log lines: JSON for machines, one readable line each on a terminal. Never payloads: callers log counts,
 * codes and ids.
 */
export async function createLogger(level: string, output: TextOutput): Promise<Logger> {
  const { pino, destination } = await import('pino');
  const options = { level, base: null };
  // Not synchronous: a reader of the log that stands still must not hold up the server. Past 1 MiB lines are dropped.
  if (!output.terminal) {
    return pino(options, destination({ dest: 2, sync: false, maxLength: 1024 * 1024 }));
  }
  const readable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output.write(readableLine(JSON.parse(chunk.toString('utf8')) as Line)).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  return pino(options, readable);
}

/** `12:34:56.789 warn  processor ended by itself run=2`. */
export function readableLine({ level, time, msg, ...fields }: Line): string {
  const clock = new Date(time).toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${showField(value)}`);
  return `${clock} ${(LEVELS[level] ?? String(level)).padEnd(5)} ${msg ?? ''}${rest.join('')}\n`;
}

function showField(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value) {
    return JSON.stringify(value.message);
  }
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
