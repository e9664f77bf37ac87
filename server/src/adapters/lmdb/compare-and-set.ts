import type { Cell, Cells, CompareAndSet } from '../../ports/table-store.js';
import { createByteWriter } from './bytes.js';
import type { LmdbEnvironment } from './environment.js';
import { putRow, rowTimes, takeCells } from './row-codec.js';
import { mergeRows } from './row-merge.js';
import type { TableAges } from './table-ages.js';
import type { TableSchema } from './table-schema.js';
import { putRowKey } from './table-writer.js';

export interface CompareAndSetTarget {
  readonly environment: LmdbEnvironment;
  readonly ages: TableAges;
  readonly schema: TableSchema;
}

/**
 * Compares and changes inside one write transaction, which is the only one at a time in all threads. A change that
 * was accepted must be seen, so its write time is raised above what the row has when it is not newer.
 */
export async function compareAndSet(
  { environment, ages, schema }: CompareAndSetTarget,
  change: CompareAndSet,
): Promise<boolean> {
  environment.assertUsable();
  const keyWriter = createByteWriter(256);
  putRowKey(keyWriter, schema, change.key);
  const key = keyWriter.buffer.subarray(0, keyWriter.length);
  const check = { cells: change.next, writeTime: change.writeTime };
  // Encoded once outside the transaction, so that a bad cell throws before anything waits.
  putRow(createByteWriter(1_024), schema, check);

  return environment.write(() => {
    const stored = copyOf(environment.rows.getBinaryFast(key));
    const row = stored === undefined ? undefined : takeCells(stored, schema);
    if (!asExpected(row?.cells, change.expected)) return false;
    const writeTime = Math.max(change.writeTime, stored === undefined ? 0 : above(stored));
    const next = createByteWriter(1_024);
    putRow(next, schema, { cells: change.next, writeTime });
    const nextBytes = next.buffer.subarray(0, next.length);
    ages.lower(schema.id, { oldestWrite: writeTime, oldestDelete: Infinity });
    if (stored === undefined) {
      void environment.rows.put(key, nextBytes);
      return true;
    }
    const merged = createByteWriter(1_024);
    mergeRows(merged, schema, { stored, next: nextBytes });
    void environment.rows.put(key, merged.buffer.subarray(0, merged.length));
    return true;
  });
}

// The buffer that lmdb hands out is overwritten by the next read.
function copyOf(bytes: Buffer | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes.subarray(0, bytes.length));
}

function above(stored: Buffer): number {
  const { newest, deleteTime } = rowTimes(stored);
  return Math.max(newest, deleteTime ?? 0) + 1;
}

function asExpected(cells: Cells | undefined, expected: Cells | undefined): boolean {
  if (expected === undefined || cells === undefined) return expected === cells;
  return Object.entries(expected).every(([name, cell]) => sameCell(cells[name], cell));
}

function sameCell(a: Cell | undefined, b: Cell): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}
