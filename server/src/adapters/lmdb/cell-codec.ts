import type { Cell, ColumnType } from '../../ports/table-store.js';
import {
  putText,
  putVarint,
  reserve,
  takeVarint,
  textBytesMax,
  type ByteWriter,
  type Cursor,
} from './bytes.js';
import { assertWellFormed, misfit } from './key-codec.js';

/** Largest text, bytes or bigint cell. */
export const CELL_BYTES_MAX = 1024 * 1024;

/** Appends one cell. `name` (table.column) is for messages. Throws OutOfRange when value and type do not fit. */
export function putCell(writer: ByteWriter, value: Cell, column: CellColumn): void {
  switch (column.type) {
    case 'int':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) break;
      putInt(writer, value);
      return;
    case 'double':
      if (typeof value !== 'number') break;
      reserve(writer, 8);
      writer.length = writer.buffer.writeDoubleBE(value, writer.length);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') break;
      reserve(writer, 1);
      writer.buffer[writer.length++] = value ? 1 : 0;
      return;
    case 'text':
      if (typeof value !== 'string' || value.length > CELL_BYTES_MAX) break;
      putTextCell(writer, value, column.name);
      return;
    case 'bytes':
      if (!(value instanceof Uint8Array) || value.length > CELL_BYTES_MAX) break;
      putBytes(writer, value);
      return;
    case 'bigint':
      if (typeof value !== 'bigint') break;
      putBytes(writer, bigintBytes(value, column.name));
      return;
  }
  throw misfit(column.name, column.type, value);
}

export interface CellColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Reads one cell and moves the cursor behind it. Bytes are copied. */
export function takeCell(cursor: Cursor & { readonly bytes: Buffer }, type: ColumnType): Cell {
  const { bytes } = cursor;
  if (type === 'int') return takeInt(cursor);
  if (type === 'double') {
    cursor.at += 8;
    return bytes.readDoubleBE(cursor.at - 8);
  }
  if (type === 'boolean') return bytes[cursor.at++] === 1;
  const size = takeVarint(cursor);
  const start = cursor.at;
  cursor.at = start + size;
  if (type === 'text') return bytes.toString('utf8', start, cursor.at);
  if (type === 'bytes') return new Uint8Array(bytes.subarray(start, cursor.at));
  return BigInt.asIntN(size * 8, BigInt(`0x${bytes.toString('hex', start, cursor.at)}`));
}

/** Moves the cursor behind a cell. */
export function skipCell(cursor: Cursor, type: ColumnType): void {
  if (type === 'int') takeInt(cursor);
  else if (type === 'double') cursor.at += 8;
  else if (type === 'boolean') cursor.at += 1;
  else {
    const size = takeVarint(cursor);
    cursor.at += size;
  }
}

/**
 * Orders two stored cells of equal write time: the greater one wins. As Cassandra does, so that both profiles keep the
 * same cell: the bytes of its encoding, unsigned, so negative whole numbers count above the others.
 */
export function compareStored(a: Buffer, b: Buffer, type: ColumnType): number {
  if (type === 'int') {
    const left = takeInt({ bytes: a, at: 0 });
    const right = takeInt({ bytes: b, at: 0 });
    if (left < 0 !== right < 0) return left < 0 ? 1 : -1;
    return left - right;
  }
  if (type === 'double' || type === 'boolean') return Buffer.compare(a, b);
  return Buffer.compare(payload(a), payload(b));
}

function payload(stored: Buffer): Buffer {
  const cursor: Cursor = { bytes: stored, at: 0 };
  takeVarint(cursor);
  return stored.subarray(cursor.at);
}

// One byte of sign (bit 6) and six bits, then seven bits per byte: counters below 64 take one byte.
function putInt(writer: ByteWriter, value: number): void {
  reserve(writer, 9);
  const { buffer } = writer;
  const sign = value < 0 ? 0x40 : 0;
  const magnitude = value < 0 ? -value : value;
  if (magnitude < 0x40) {
    buffer[writer.length++] = sign | magnitude;
    return;
  }
  buffer[writer.length++] = 0x80 | sign | (magnitude % 0x40);
  writer.length = putVarint(buffer, writer.length, Math.floor(magnitude / 0x40));
}

function takeInt(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++] ?? 0;
  let magnitude = byte & 0x3f;
  if (byte >= 0x80) magnitude += takeVarint(cursor) * 0x40;
  // Not `-magnitude` for zero, which would read back as negative zero.
  return (byte & 0x40) === 0 || magnitude === 0 ? magnitude : -magnitude;
}

function putTextCell(writer: ByteWriter, value: string, name: string): void {
  const size = Buffer.byteLength(value, 'utf8');
  if (size > CELL_BYTES_MAX) throw misfit(name, `at most ${CELL_BYTES_MAX} bytes of text`, value);
  if (size !== value.length) assertWellFormed(value, name);
  reserve(writer, textBytesMax(value) + 8);
  writer.length = putVarint(writer.buffer, writer.length, size);
  writer.length = putText(writer.buffer, writer.length, value);
}

function putBytes(writer: ByteWriter, value: Uint8Array): void {
  reserve(writer, value.length + 8);
  writer.length = putVarint(writer.buffer, writer.length, value.length);
  writer.buffer.set(value, writer.length);
  writer.length += value.length;
}

// The shortest two's complement, highest byte first.
function bigintBytes(value: bigint, name: string): Buffer {
  const digits = (value < 0n ? ~value : value).toString(16).length;
  if (digits > CELL_BYTES_MAX) throw misfit(name, 'a smaller bigint', 'too many digits');
  let size = (digits + 1) >> 1;
  if (BigInt.asIntN(size * 8, value) !== value) size += 1;
  const hex = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0');
  return Buffer.from(hex, 'hex');
}
