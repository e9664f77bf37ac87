import type { Lookup } from './importer.js';
import { inspectFile, rowsOf } from './rows-of.js';
import { text, type SourceRow } from './row.js';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

const ROWS_MAX = 5_000_000;

/** Reads a second table into memory by its key column; a later row with the same key wins. */
export async function readLookup(path: string, key: string): Promise<Lookup> {
  const file = await inspectFile(path).catch((cause: unknown) => {
    throw new CliError(`cannot read the lookup ${path}: ${describeError(cause)}`, {
      remedy: 'Put the file there, or name another one with --lookup NAME=FILE:KEY.',
      cause,
    });
  });
  if (!file.columns.includes(key)) {
    throw new CliError(`lookup ${path} has no column '${key}'`, {
      remedy: `Its columns are ${file.columns.join(', ')}.`,
    });
  }
  const rows = new Map<string, SourceRow>();
  for await (const read of rowsOf(file, {})) {
    if ('error' in read) continue;
    const value = text(read.row, key);
    if (value !== undefined) rows.set(value, read.row);
    if (rows.size > ROWS_MAX) throw new CliError(`lookup ${path} has more than ${ROWS_MAX} rows`);
  }
  return rows;
}
