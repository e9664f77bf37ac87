import { putVarint } from '../wire/varint.js';

/**
 * Just enough of the protobuf wire format to write updates fast. Everything writes into a buffer that has room and
 * returns the position behind what it wrote.
 */

/** Text up to this length is copied character by character, which beats a native call. */
const SHORT_TEXT = 64;

/** UTF-8 without a length; at most three bytes per UTF-16 unit. */
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

/**
 * Writes the length in front of content that begins at `start` + 1 and ends at `end`: one byte was left for it, and
 * longer content moves up. Returns the position behind the content.
 */
export function closeLength(target: Buffer, start: number, end: number): number {
  const length = end - start - 1;
  if (length <= 0x7f) {
    target[start] = length;
    return end;
  }
  const shift = varintBytes(length) - 1;
  target.copyWithin(start + 1 + shift, start + 1, end);
  putVarint(target, start, length);
  return end + shift;
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 5;
}
