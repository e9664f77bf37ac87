import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import type { NumberedRow } from '../importer.js';
import { RowError } from '../row.js';
import { textStream } from './source.js';

/** A row, or what is wrong with it. */
export type ReadRow = NumberedRow | { readonly number: number; readonly error: RowError };

/**
 * Reads CSV. `columns`: names for a file without a header; undefined takes the first line. Rows are numbered from 1
 * without the header. A row with another number of fields is an error of that row only.
 */
export async function* readCsv(
  path: string,
  options: { kind: 'gzip' | 'text'; delimiter: string; columns?: readonly string[] | undefined },
): AsyncGenerator<ReadRow> {
  const parser = parse({
    delimiter: options.delimiter,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // An error of the file or of gzip destroys the parser with it, so the loop below throws it.
  pipeline(textStream(path, options.kind), parser, () => undefined);
  let columns = options.columns;
  let number = 0;
  for await (const record of parser) {
    const fields = record as string[];
    if (columns === undefined) {
      columns = fields.map((field) => field.trim());
      continue;
    }
    number++;
    if (fields.length !== columns.length) {
      const message = `has ${fields.length} fields where ${columns.length} are expected: check quotes and delimiter`;
      yield { number, error: new RowError('row', message) };
      continue;
    }
    const row: Record<string, string> = {};
    columns.forEach((column, index) => {
      row[column] = fields[index] ?? '';
    });
    yield { number, row };
  }
}
