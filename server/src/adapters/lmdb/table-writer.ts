import { PortError } from '../../ports/errors.js';
import type { Key, RowDelete, RowWrite } from '../../ports/table-store.js';
import { createByteWriter, reserve, type ByteWriter } from './bytes.js';
import type { LmdbEnvironment } from './environment.js';
import { putKey } from './key-codec.js';
import { assertWriteTime, putRow, putTombstone, replaces } from './row-codec.js';
import { mergeRows } from './row-merge.js';
import type { TableAges } from './table-ages.js';
import type { TableSchema } from './table-schema.js';

/** Most rows of one write. */
export const WRITE_ROWS_MAX = 10_000;

/** What may wait for commits before writes are Throttled. */
const WAITING_ROWS_MAX = 100_000;
const WAITING_BYTES_MAX = 256 * 1024 * 1024;
const THROTTLED_RETRY_MS = 50;

/** Buffers kept for the next write, and the size above which one is given back. */
const SPARES_MAX = 2;
const SPARE_BYTES_MAX = 8 * 1024 * 1024;

export interface TableWriter {
  write(schema: TableSchema, rows: readonly RowWrite[]): Promise<void>;
  remove(schema: TableSchema, rows: readonly RowDelete[]): Promise<void>;
}

/** Rows encoded before the transaction: in it remain one look-up, rarely a merge, and one put per row. */
interface EncodedRows {
  readonly writer: ByteWriter;
  /** Three positions per row: key, value, end. */
  readonly spans: Uint32Array;
  readonly oldestWrite: number;
  readonly oldestDelete: number;
}

export function createTableWriter(environment: LmdbEnvironment, ages: TableAges): TableWriter {
  const merged = createByteWriter(4096);
  const spares: ByteWriter[] = [];
  let waitingRows = 0;
  let waitingBytes = 0;

  async function commit(schema: TableSchema, encoded: EncodedRows): Promise<void> {
    const rows = encoded.spans.length / 3;
    const bytes = encoded.writer.length;
    if (waitingRows + rows > WAITING_ROWS_MAX || waitingBytes + bytes > WAITING_BYTES_MAX) {
      throw new PortError(
        'Throttled',
        `${waitingRows} rows with ${waitingBytes} bytes wait already: write again later`,
        { retryAfterMs: THROTTLED_RETRY_MS },
      );
    }
    waitingRows += rows;
    waitingBytes += bytes;
    try {
      await environment.write(() => apply(schema, encoded));
    } finally {
      waitingRows -= rows;
      waitingBytes -= bytes;
      const small = encoded.writer.buffer.length <= SPARE_BYTES_MAX;
      if (small && spares.length < SPARES_MAX) spares.push(encoded.writer);
    }
  }

  function apply(schema: TableSchema, encoded: EncodedRows): void {
    const { rows } = environment;
    const { writer, spans } = encoded;
    const { buffer } = writer;
    ages.lower(schema.id, encoded);
    for (let i = 0; i < spans.length; i += 3) {
      const valueAt = spans[i + 1] ?? 0;
      const key = buffer.subarray(spans[i], valueAt);
      const next = buffer.subarray(valueAt, spans[i + 2]);
      const stored = rows.getBinaryFast(key);
      if (stored === undefined || replaces(stored, next)) {
        void rows.put(key, next);
        continue;
      }
      merged.length = 0;
      mergeRows(merged, schema, { stored, next });
      const result = merged.buffer.subarray(0, merged.length);
      // A replay writes what is there already; leaving such a row alone spares its page.
      if (!result.equals(stored.subarray(0, stored.length))) void rows.put(key, result);
    }
  }

  function encode<T extends RowDelete>(
    schema: TableSchema,
    rows: readonly T[],
    putValue: (writer: ByteWriter, row: T) => void,
  ): { writer: ByteWriter; spans: Uint32Array; oldest: number } {
    if (rows.length > WRITE_ROWS_MAX) {
      throw new PortError(
        'OutOfRange',
        `${rows.length} rows in one write to ${schema.name}: write at most ${WRITE_ROWS_MAX}`,
      );
    }
    const writer = spares.pop() ?? createByteWriter(256 * 1024);
    writer.length = 0;
    const spans = new Uint32Array(rows.length * 3);
    let oldest = Number.POSITIVE_INFINITY;
    rows.forEach((row, index) => {
      spans[index * 3] = writer.length;
      putRowKey(writer, schema, row.key);
      spans[index * 3 + 1] = writer.length;
      putValue(writer, row);
      spans[index * 3 + 2] = writer.length;
      if (row.writeTime < oldest) oldest = row.writeTime;
    });
    return { writer, spans, oldest };
  }

  return {
    async write(schema, rows) {
      environment.assertUsable();
      const { writer, spans, oldest } = encode(schema, rows, (to, row) => putRow(to, schema, row));
      if (rows.length === 0) return;
      await commit(schema, { writer, spans, oldestWrite: oldest, oldestDelete: Infinity });
    },
    async remove(schema, rows) {
      environment.assertUsable();
      const { writer, spans, oldest } = encode(schema, rows, (to, row) => {
        assertWriteTime(row.writeTime, schema.name);
        putTombstone(to, row.writeTime);
      });
      if (rows.length === 0) return;
      await commit(schema, { writer, spans, oldestWrite: Infinity, oldestDelete: oldest });
    },
  };
}

/** Appends the number of the table and a complete key. */
export function putRowKey(writer: ByteWriter, schema: TableSchema, key: Key): void {
  if (key.length !== schema.key.length) {
    throw new PortError(
      'OutOfRange',
      `a key of ${schema.name} has ${key.length} values: give all ${schema.key.length}`,
    );
  }
  putTableNumber(writer, schema);
  putKey(writer, { table: schema.name, columns: schema.key }, key);
}

/** Appends the number of the table, which begins all its keys. */
export function putTableNumber(writer: ByteWriter, schema: TableSchema): void {
  reserve(writer, 2);
  writer.length = writer.buffer.writeUInt16BE(schema.id, writer.length);
}
