import type { Importer } from './importer.js';
import { readCsv, type ReadRow } from './readers/csv.js';
import { readJsonLines } from './readers/json-lines.js';
import { parquetColumns, readParquet } from './readers/parquet.js';
import { fileKind, firstLine, type FileKind } from './readers/source.js';

/** What is known of a file before it is read: its kind and its columns. */
export interface SourceFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly shape: 'parquet' | 'json' | 'csv';
  /** Columns; of a CSV file the fields of its first line, by its most likely delimiter. */
  readonly columns: readonly string[];
  readonly delimiter: string;
}

const DELIMITERS = [',', ';', '\t', '|'];

export async function inspectFile(path: string): Promise<SourceFile> {
  const kind = await fileKind(path);
  if (kind === 'parquet') {
    return { path, kind, shape: 'parquet', columns: await parquetColumns(path), delimiter: ',' };
  }
  const line = await firstLine(path, kind);
  if (line.trimStart().startsWith('{')) {
    return { path, kind, shape: 'json', columns: jsonKeys(line), delimiter: ',' };
  }
  const delimiter = DELIMITERS.reduce((best, next) =>
    line.split(next).length > line.split(best).length ? next : best,
  );
  const columns = line.split(delimiter).map((field) => field.trim().replace(/^"|"$/g, ''));
  return { path, kind, shape: 'csv', columns, delimiter };
}

function jsonKeys(line: string): string[] {
  try {
    return Object.keys(JSON.parse(line) as object);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Rows of a file, in order, with bounded memory. */
export function rowsOf(
  file: SourceFile,
  importer: Pick<Importer, 'headerless' | 'delimiter'>,
): AsyncIterable<ReadRow> {
  if (file.shape === 'parquet') return readParquet(file.path);
  const kind = file.kind === 'gzip' ? 'gzip' : 'text';
  if (file.shape === 'json') return readJsonLines(file.path, kind);
  const columns = importer.headerless?.(file.columns.length);
  return readCsv(file.path, { kind, delimiter: importer.delimiter ?? file.delimiter, columns });
}
