/** Small, fast writers and readers of the formats of this adapter. All numbers are big-endian. */

/** Text up to this length is copied character by character, which beats a native call. */
const SHORT_TEXT = 48;

/** Most bytes of a varint below 2^53. */
export const VARINT_BYTES_MAX = 8;

/** Where a reader stands; methods that read move `at`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Writes `value` (0 to 2^53 - 1), seven bits per byte, lowest first. Returns the position behind it. */
export function putVarint(target: Uint8Array, at: number, value: number): number {
  let left = value;
  while (left > 0x7fffffff) {
    target[at++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  while (left > 0x7f) {
    target[at++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  target[at++] = left;
  return at;
}

/** Reads what `putVarint` wrote. */
export function takeVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++] ?? 0;
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  let scale = 128;
  do {
    byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 128;
  } while (byte >= 0x80);
  return value;
}

/** Most bytes that `putText` may write for `text`. */
export function textBytesMax(text: string): number {
  return text.length * 3;
}

/** Writes UTF-8 without a length. Returns the position behind it. */
export function putText(target: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > SHORT_TEXT) return at + target.write(text, at, 'utf8');
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return at + target.write(text, at, 'utf8');
    target[at + i] = code;
  }
  return at + length;
}

/** A growing buffer; `reset` keeps the memory. */
export interface ByteWriter {
  buffer: Buffer;
  length: number;
}

export function createByteWriter(bytes: number): ByteWriter {
  return { buffer: Buffer.allocUnsafeSlow(bytes), length: 0 };
}

/** Makes room for `more` bytes behind `length`; what was written stays. */
export function reserve(writer: ByteWriter, more: number): void {
  const needed = writer.length + more;
  if (needed <= writer.buffer.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(needed, writer.buffer.length * 2));
  writer.buffer.copy(grown, 0, 0, writer.length);
  writer.buffer = grown;
}
