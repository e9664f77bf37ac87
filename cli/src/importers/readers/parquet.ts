import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { NumberedRow } from '../importer.js';
import type { SourceRow } from '../row.js';

/** A slice decodes its row group from the start, so small slices of large groups are slow. */
const ROWS_AT_ONCE = 100_000;

/** Names of the top-level columns. */
export async function parquetColumns(path: string): Promise<string[]> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
  const [root, ...rest] = metadata.schema;
  const names: string[] = [];
  let skip = 0;
  for (const element of rest) {
    if (skip > 0) skip += (element.num_children ?? 0) - 1;
    else {
      names.push(element.name);
      skip = element.num_children ?? 0;
    }
  }
  return root === undefined ? [] : names;
}

/** Reads rows in slices of 100,000, numbered from 1; memory is bounded by the slice and one row group's pages. */
export async function* readParquet(path: string): AsyncGenerator<NumberedRow> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  for (let start = 0; start < total; start += ROWS_AT_ONCE) {
    const rowEnd = Math.min(total, start + ROWS_AT_ONCE);
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd });
    for (const [index, row] of rows.entries()) {
      yield { number: start + index + 1, row: row as SourceRow };
    }
  }
}
