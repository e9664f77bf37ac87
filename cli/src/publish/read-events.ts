import { addAbortSignal, type Readable } from 'node:stream';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { eventOfProtoJson } from '../importers/proto-json.js';
import { LINE_CHARS_MAX, linesOf, type Line } from '../importers/readers/lines.js';
import { RowError } from '../importers/row.js';
import { CliError } from '../output/cli-error.js';

const ARRAY_CHARS_MAX = 64 << 20;

/** An event as given, or what is wrong with it. `line` counts lines from 1, or the events of an array. */
export type GivenEvent =
  | { readonly event: Event; readonly line: number }
  | { readonly error: string; readonly line: number };

/**
 * Reads events in proto JSON: one object a line of at most 1 MiB, or one array of at most 64 MiB over any number of
 * lines. Throws CliError for an array that is none, and the signal's reason.
 */
export async function* readEvents(
  input: Readable,
  signal: AbortSignal,
): AsyncGenerator<GivenEvent> {
  let array: string | undefined;
  let begun = false;
  try {
    for await (const line of linesOf(addAbortSignal(signal, input), ARRAY_CHARS_MAX)) {
      const blank = !line.tooLong && line.text.trim() === '';
      if (!begun && line.text.trimStart().startsWith('[')) array = '';
      begun ||= !blank;
      if (array !== undefined) array = longer(array, line);
      else if (!blank) yield parseLine(line);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  if (array !== undefined) yield* parseArray(array);
}

function longer(array: string, { text, tooLong }: Line): string {
  if (!tooLong && array.length + text.length <= ARRAY_CHARS_MAX) return `${array}${text}\n`;
  const remedy = 'Send one object a line instead: that has no limit.';
  throw new CliError('the JSON array is larger than 64 MiB', { remedy });
}

function parseLine({ number: line, text, tooLong }: Line): GivenEvent {
  if (tooLong || text.length > LINE_CHARS_MAX) {
    return {
      error: `has more than ${LINE_CHARS_MAX} characters: one object a line is needed`,
      line,
    };
  }
  try {
    return toEvent(JSON.parse(text), line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { error: `is not JSON (${error.message}): one object a line is needed`, line };
  }
}

function* parseArray(text: string): Generator<GivenEvent> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const remedy = 'Send one array of objects, or one object a line.';
    throw new CliError(`the JSON array cannot be read: ${error.message}`, { remedy, cause: error });
  }
  // What starts with a bracket and parses is an array.
  for (const [index, value] of (values as unknown[]).entries()) yield toEvent(value, index + 1);
}

function toEvent(value: unknown, line: number): GivenEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: 'is not a JSON object: an event in proto JSON is needed', line };
  }
  try {
    return { event: eventOfProtoJson(value as Readonly<Record<string, unknown>>), line };
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { error: error.message, line };
  }
}
