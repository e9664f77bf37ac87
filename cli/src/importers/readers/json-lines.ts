import { createInterface } from 'node:readline';
import { RowError, type SourceRow } from '../row.js';
import type { ReadRow } from './csv.js';
import { textStream } from './source.js';

const LINE_CHARS_MAX = 1 << 20;

/** Reads JSON lines, numbered from 1. A line that is no JSON object of at most 1 MiB is an error of that line only. */
export async function* readJsonLines(path: string, kind: 'gzip' | 'text'): AsyncGenerator<ReadRow> {
  const lines = createInterface({
    input: textStream(path, kind),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() !== '') yield parseLine(line, number);
  }
}

function parseLine(line: string, number: number): ReadRow {
  if (line.length > LINE_CHARS_MAX) {
    return {
      number,
      error: new RowError('line', `has ${line.length} characters: at most 1048576`),
    };
  }
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { number, row: value as SourceRow };
    }
    return {
      number,
      error: new RowError('line', 'is not a JSON object: one object a line is needed'),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {
      number,
      error: new RowError('line', `is not JSON (${error.message}): one object a line is needed`),
    };
  }
}
