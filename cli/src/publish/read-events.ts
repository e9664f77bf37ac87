import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { CliError } from '../output/cli-error.js';

const ARRAY_CHARS_MAX = 64 << 20;

/** An event as given, or what is wrong with the line. */
export type GivenEvent =
  | { readonly event: Event; readonly line: number }
  | { readonly error: string; readonly line: number };

/** Reads events in proto JSON: one object a line, or one array (at most 64 MiB) over any number of lines. */
export async function* readEvents(input: Readable): AsyncGenerator<GivenEvent> {
  let array: string | undefined;
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (line === 1 && text.trimStart().startsWith('[')) array = '';
    if (array === undefined) {
      if (text.trim() !== '') yield parseLine(text, line);
      continue;
    }
    array += `${text}\n`;
    if (array.length > ARRAY_CHARS_MAX) {
      const remedy = 'Send one object a line instead: that has no limit.';
      throw new CliError('the JSON array is larger than 64 MiB', { remedy });
    }
  }
  if (array !== undefined) yield* parseArray(array);
}

function parseLine(text: string, line: number): GivenEvent {
  try {
    return toEvent(JSON.parse(text), line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { error: `is not JSON: ${error.message}`, line };
  }
}

function* parseArray(text: string): Generator<GivenEvent> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(`the input is not JSON: ${error.message}`, { cause: error });
  }
  if (!Array.isArray(values)) return;
  for (const [index, value] of values.entries()) yield toEvent(value, index + 1);
}

function toEvent(value: unknown, line: number): GivenEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: 'is not a JSON object: an event in proto JSON is needed', line };
  }
  const event = Event.fromJSON(value);
  if (event.payload === undefined) {
    return { error: 'payload is missing: one field such as "productViewed" is needed', line };
  }
  return { event, line };
}
