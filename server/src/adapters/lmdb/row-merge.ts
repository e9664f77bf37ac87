import type { ByteWriter } from './bytes.js';
import { compareStored } from './cell-codec.js';
import { openRow, putMergedRow, type MergedCell, type OpenedRow } from './row-codec.js';
import type { TableSchema } from './table-schema.js';

/**
 * Appends the row that remains of two: per cell the newer write wins, of equal times the greater value (see
 * `compareStored`); what was written at or before the newest delete is gone. The order of the two does not matter.
 */
export function mergeRows(
  writer: ByteWriter,
  schema: TableSchema,
  { stored, next }: { readonly stored: Buffer; readonly next: Buffer },
): void {
  const left = openRow(stored, schema);
  const right = openRow(next, schema);
  const deleteTime = newestDelete(left.deleteTime, right.deleteTime);
  const cells: (MergedCell | undefined)[] = [];
  const count = Math.max(left.cells.length, right.cells.length);
  for (let id = 0; id < count; id++) {
    const cell = winner(located(left, id), located(right, id), schema.columns[id]?.type ?? 'bytes');
    cells.push(cell !== undefined && cell.time > (deleteTime ?? -1) ? cell : undefined);
  }
  putMergedRow(writer, schema, { deleteTime, cells });
}

function newestDelete(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function located(row: OpenedRow, id: number): MergedCell | undefined {
  const cell = row.cells[id];
  if (cell === undefined) return undefined;
  return { time: cell.time, bytes: row.bytes.subarray(cell.start, cell.end) };
}

function winner(
  a: MergedCell | undefined,
  b: MergedCell | undefined,
  type: Parameters<typeof compareStored>[2],
): MergedCell | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.time !== b.time) return a.time > b.time ? a : b;
  return compareStored(a.bytes, b.bytes, type) >= 0 ? a : b;
}
