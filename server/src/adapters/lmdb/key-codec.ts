import { inspect } from 'node:util';
import { PortError } from '../../ports/errors.js';
import type { Key, KeyColumn } from '../../ports/table-store.js';
import { putText, reserve, textBytesMax, type ByteWriter } from './bytes.js';

/*
 * Keys whose bytes order as their values: numbers are 64 bit with the sign flipped, text is UTF-8 with NUL written as
 * 00 FF and 00 01 at the end. A prefix of the columns is a prefix of the bytes.
 */
const TEXT_END = 0x01;
const TEXT_NUL = 0xff;

/** lmdb's limit with pages of 4 KiB. */
export const KEY_BYTES_MAX = 1_978;

/** Appends the values of the first `values.length` columns. Throws OutOfRange, naming column and value. */
export function putKey(
  writer: ByteWriter,
  { table, columns }: { readonly table: string; readonly columns: readonly KeyColumn[] },
  values: Key,
): void {
  const start = writer.length;
  for (let i = 0; i < values.length; i++) {
    const column = columns[i];
    const value = values[i];
    if (column === undefined) {
      throw new PortError(
        'OutOfRange',
        `a key of ${table} has ${values.length} values: give at most ${columns.length}`,
      );
    }
    if (column.type === 'int' && typeof value === 'number' && Number.isSafeInteger(value)) {
      putKeyNumber(writer, value);
    } else if (column.type === 'text' && typeof value === 'string') {
      putKeyText(writer, value);
    } else {
      throw misfit(`${table}.${column.name}`, column.type, value);
    }
  }
  if (writer.length - start > KEY_BYTES_MAX - 2) {
    throw new PortError(
      'OutOfRange',
      `a key of ${table} takes ${writer.length - start} bytes: use at most ${KEY_BYTES_MAX - 2}`,
    );
  }
}

/** An OutOfRange that names the column, what it takes and what it got. */
export function misfit(column: string, type: string, value: unknown): PortError {
  const shown = inspect(value, { breakLength: Infinity });
  return new PortError(
    'OutOfRange',
    `${column} takes ${type}, got ${typeof value} ${shown.slice(0, 100)}`,
  );
}

/** Text that UTF-8 can hold: surrogates come in pairs. */
export function assertWellFormed(text: string, column: string): void {
  // Only text beyond ASCII can be malformed; the pattern finds a surrogate without its partner.
  if (/\p{Surrogate}/u.test(text)) throw misfit(column, 'well-formed text', text);
}

function putKeyNumber(writer: ByteWriter, value: number): void {
  reserve(writer, 8);
  const high = Math.floor(value / 2 ** 32);
  writer.buffer.writeUInt32BE(high + 2 ** 31, writer.length);
  writer.buffer.writeUInt32BE(value - high * 2 ** 32, writer.length + 4);
  writer.length += 8;
}

function putKeyText(writer: ByteWriter, value: string): void {
  if (value.length > KEY_BYTES_MAX) throw misfit('key', `at most ${KEY_BYTES_MAX} bytes`, value);
  reserve(writer, textBytesMax(value) * 2 + 2);
  const start = writer.length;
  let at = putText(writer.buffer, start, value);
  if (at - start !== value.length) assertWellFormed(value, 'key');
  if (value.includes('\0')) at = escapeNuls(writer.buffer, start, at);
  writer.buffer[at] = 0;
  writer.buffer[at + 1] = TEXT_END;
  writer.length = at + 2;
}

function escapeNuls(buffer: Buffer, start: number, end: number): number {
  const plain = Buffer.from(buffer.subarray(start, end));
  let at = start;
  for (const byte of plain) {
    buffer[at++] = byte;
    if (byte === 0) buffer[at++] = TEXT_NUL;
  }
  return at;
}

/** Reads a whole key that starts at `from`. */
export function takeKey(bytes: Buffer, from: number, columns: readonly KeyColumn[]): Key {
  let at = from;
  return columns.map(({ type }) => {
    if (type === 'int') {
      at += 8;
      return (bytes.readUInt32BE(at - 8) - 2 ** 31) * 2 ** 32 + bytes.readUInt32BE(at - 4);
    }
    let end = bytes.indexOf(0, at);
    let escaped = false;
    while (bytes[end + 1] === TEXT_NUL) {
      escaped = true;
      end = bytes.indexOf(0, end + 2);
    }
    const text = bytes.toString('utf8', at, end);
    const value = escaped ? text0(bytes.subarray(at, end)) : text;
    at = end + 2;
    return value;
  });
}

function text0(bytes: Buffer): string {
  const plain = Buffer.alloc(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    plain[length++] = byte;
    if (byte === 0) i += 1;
  }
  return plain.toString('utf8', 0, length);
}

/** The smallest key above all keys that begin with `prefix`. */
export function prefixEnd(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] ?? 0;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.subarray(0, i + 1);
    }
  }
  throw new RangeError('no key lies above a prefix of 0xff only');
}
