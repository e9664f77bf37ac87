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

/** Rows as bytes, ready for the transaction. */
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
      await environment.write(() => {
        ages.lower(schema.id, encoded);
        applyRows({ rows: environment.rows, schema, merged }, encoded);
      });
    } finally {
      waitingRows -= rows;
      waitingBytes -= bytes;
      const small = encoded.writer.buffer.length <= SPARE_BYTES_MAX;
      if (small && spares.length < SPARES_MAX) spares.push(encoded.writer);
    }
  }
  const spare = (): ByteWriter => spares.pop() ?? createByteWriter(256 * 1024);

  return {
    async write(schema, rows) {
      environment.assertUsable();
      const put = (to: ByteWriter, row: RowWrite): void => putRow(to, schema, row);
      const encoded = encodeRows(spare(), schema, { rows, put });
      if (rows.length > 0) await commit(schema, { ...encoded, oldestDelete: Infinity });
    },
    async remove(schema, rows) {
      environment.assertUsable();
      const put = (to: ByteWriter, { writeTime }: RowDelete): void => {
        assertWriteTime(writeTime, schema.name);
        putTombstone(to, writeTime);
      };
      const encoded = encodeRows(spare(), schema, { rows, put });
      const oldestDelete = encoded.oldestWrite;
      if (rows.length === 0) return;
      await commit(schema, { ...encoded, oldestWrite: Infinity, oldestDelete });
    },
  };
}

/** Encodes keys and values behind each other, before the transaction; `oldestWrite` is their oldest time. */
function encodeRows<T extends RowDelete>(
  writer: ByteWriter,
  schema: TableSchema,
  { rows, put }: { rows: readonly T[]; put: (writer: ByteWriter, row: T) => void },
): Omit<EncodedRows, 'oldestDelete'> {
  if (rows.length > WRITE_ROWS_MAX) {
    throw new PortError(
      'OutOfRange',
      `${rows.length} rows in one write to ${schema.name}: write at most ${WRITE_ROWS_MAX}`,
    );
  }
  writer.length = 0;
  const spans = new Uint32Array(rows.length * 3);
  let oldestWrite = Number.POSITIVE_INFINITY;
  let at = 0;
  for (const row of rows) {
    spans[at] = writer.length;
    putRowKey(writer, schema, row.key);
    spans[at + 1] = writer.length;
    put(writer, row);
    spans[at + 2] = writer.length;
    at += 3;
    if (row.writeTime < oldestWrite) oldestWrite = row.writeTime;
  }
  return { writer, spans, oldestWrite };
}

interface RowTarget {
  readonly rows: LmdbEnvironment['rows'];
  readonly schema: TableSchema;
  /** Scratch for merged rows. */
  readonly merged: ByteWriter;
}

/** Inside the transaction: one look-up, rarely a merge, and one put per row. */
function applyRows({ rows, schema, merged }: RowTarget, { writer, spans }: EncodedRows): void {
  const { buffer } = writer;
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
