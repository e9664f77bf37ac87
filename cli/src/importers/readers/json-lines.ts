import { RowError, type SourceRow } from '../row.js';
import type { ReadRow } from './csv.js';
import { LINE_CHARS_MAX, linesOf, type Line } from './lines.js';
import { textStream } from './source.js';

/** Reads JSON lines, numbered from 1. A line that is no JSON object of at most 1 MiB is an error of that line only. */
export async function* readJsonLines(path: string, kind: 'gzip' | 'text'): AsyncGenerator<ReadRow> {
  for await (const line of linesOf(textStream(path, kind), LINE_CHARS_MAX)) {
    if (line.tooLong || line.text.trim() !== '') yield parseLine(line);
  }
}

function parseLine({ number, text, tooLong }: Line): ReadRow {
  const bad = (message: string) => ({ number, error: new RowError('line', message) });
  if (tooLong)
    return bad(`has more than ${LINE_CHARS_MAX} characters: one object a line is needed`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { number, row: value as SourceRow };
    }
    return bad('is not a JSON object: one object a line is needed');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return bad(`is not JSON (${error.message}): one object a line is needed`);
  }
}
