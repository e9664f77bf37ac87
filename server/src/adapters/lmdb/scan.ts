import { setImmediate as nextTurn } from 'node:timers/promises';
import { PortError } from '../../ports/errors.js';
import type { Key, Row, ScanOptions } from '../../ports/table-store.js';
import { createByteWriter, type ByteWriter } from './bytes.js';
import type { LmdbEnvironment } from './environment.js';
import { prefixEnd, putKey, takeKey } from './key-codec.js';
import { takeCells } from './row-codec.js';
import type { TableSchema } from './table-schema.js';
import { putTableNumber } from './table-writer.js';

/** Rows and bytes read at once, so that no read transaction outlives a turn of the event loop. */
const CHUNK_ROWS = 256;
const CHUNK_BYTES = 1024 * 1024;

export interface ScanTarget {
  readonly environment: LmdbEnvironment;
  readonly schema: TableSchema;
}

interface Bounds {
  /** Inclusive. */
  readonly low: Buffer;
  /** Exclusive. */
  readonly high: Buffer;
}

/** Rows of one partition in clustering order, read in chunks: each chunk is consistent, the whole need not be. */
export async function* scanRows(
  target: ScanTarget,
  partitionKey: Key,
  options: ScanOptions,
): AsyncGenerator<Row> {
  const { limit = Number.POSITIVE_INFINITY, reverse = false } = options;
  if (!(limit >= 1)) throw new PortError('OutOfRange', `limit is ${limit}: use 1 or more`);
  let bounds: Bounds | undefined = boundsOf(target.schema, partitionKey, options);
  let left = limit;
  while (bounds !== undefined && left > 0) {
    target.environment.beginRead();
    const chunk: Chunk = readChunk(target, bounds, { reverse, limit: Math.min(left, CHUNK_ROWS) });
    yield* chunk.rows;
    left -= chunk.rows.length;
    bounds = chunk.rest;
    if (bounds !== undefined) await nextTurn();
  }
}

function boundsOf(schema: TableSchema, partitionKey: Key, { from, to }: ScanOptions): Bounds {
  if (partitionKey.length !== schema.partitionColumns) {
    throw new PortError(
      'OutOfRange',
      `a partition key of ${schema.name} has ${partitionKey.length} values: ` +
        `give all ${schema.partitionColumns}`,
    );
  }
  const encode = (clustering: Key): Buffer => {
    const writer = createByteWriter(64);
    putTableNumber(writer, schema);
    putKey(writer, { table: schema.name, columns: schema.key }, [...partitionKey, ...clustering]);
    return taken(writer);
  };
  return {
    low: encode(from ?? []),
    high: to === undefined ? prefixEnd(encode([])) : encode(to),
  };
}

function taken(writer: ByteWriter): Buffer {
  return writer.buffer.subarray(0, writer.length);
}

interface Chunk {
  readonly rows: readonly Row[];
  /** What remains to be read; undefined at the end. */
  readonly rest: Bounds | undefined;
}

function readChunk(
  { environment, schema }: ScanTarget,
  bounds: Bounds,
  { reverse, limit }: { readonly reverse: boolean; readonly limit: number },
): Chunk {
  if (Buffer.compare(bounds.low, bounds.high) >= 0) return { rows: [], rest: undefined };
  const range = reverse
    ? { start: bounds.high, exclusiveStart: true, end: bounds.low, inclusiveEnd: true, reverse }
    : { start: bounds.low, end: bounds.high };
  const rows: Row[] = [];
  let last: Buffer | undefined;
  let seen = 0;
  let bytes = 0;
  for (const entry of environment.rows.getRange({ ...range, limit })) {
    seen += 1;
    last = Buffer.from(entry.key);
    bytes += entry.value.length;
    const value = Buffer.from(entry.value.buffer, entry.value.byteOffset, entry.value.length);
    const row = takeCells(value, schema);
    if (row !== undefined) rows.push({ key: takeKey(last, 2, schema.key), ...row });
    if (bytes >= CHUNK_BYTES) break;
  }
  const more = last !== undefined && (seen === limit || bytes >= CHUNK_BYTES);
  if (!more || last === undefined) return { rows, rest: undefined };
  const rest = reverse
    ? { low: bounds.low, high: last }
    : { low: Buffer.concat([last, Buffer.alloc(1)]), high: bounds.high };
  return { rows, rest };
}
