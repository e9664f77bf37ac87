/*
 * The protobuf wire format as far as ingest needs it. Every function takes a cursor into bytes; `at` moves. What cannot
 * be read throws WireError. Source: https://protobuf.dev/programming-guides/encoding/
 */

/** The bytes are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Where a reader stands; reading stops at `end`. */
export interface WireCursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** Groups inside groups, as deep as the decoder goes. */
const GROUP_DEPTH_MAX = 100;

/** Reads a varint of 1 to 10 bytes; bits above the 32nd are dropped, as decoders do for 32-bit fields. */
export function takeVarint32(cursor: WireCursor): number {
  const { bytes, end } = cursor;
  let { at } = cursor;
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= end) throw new WireError('truncated varint');
    const byte = bytes[at++] ?? 0;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      cursor.at = at;
      return value >>> 0;
    }
  }
  throw new WireError('varint of more than 10 bytes');
}

/** Reads a varint of 1 to 10 bytes as a signed 64-bit number. */
export function takeInt64(cursor: WireCursor): bigint {
  const { bytes, end } = cursor;
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (cursor.at >= end) throw new WireError('truncated varint');
    const byte = bytes[cursor.at++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new WireError('varint of more than 10 bytes');
}

/** Reads a length and returns it, checked to lie within the cursor. */
export function takeLength(cursor: WireCursor): number {
  const length = takeVarint32(cursor);
  if (length > cursor.end - cursor.at) {
    throw new WireError(
      `length ${length} of a field exceeds the ${cursor.end - cursor.at} bytes left`,
    );
  }
  return length;
}

/** Reads a tag: field number times 8 plus wire type. Field number 0 and stray group ends are errors. */
export function takeTag(cursor: WireCursor): number {
  const tag = takeVarint32(cursor);
  if (tag < 8) throw new WireError(`field number 0 at byte ${cursor.at}`);
  return tag;
}

/** Moves behind the value of an unknown field. */
export function skipField(cursor: WireCursor, tag: number, depth = 0): void {
  switch (tag & 7) {
    case VARINT:
      takeVarint32(cursor);
      return;
    case FIXED64:
      skipBytes(cursor, 8);
      return;
    case LENGTH:
      skipBytes(cursor, takeLength(cursor));
      return;
    case GROUP_START:
      skipGroup(cursor, tag >>> 3, depth + 1);
      return;
    case FIXED32:
      skipBytes(cursor, 4);
      return;
    default:
      throw new WireError(`wire type ${tag & 7} of field ${tag >>> 3} is none`);
  }
}

function skipGroup(cursor: WireCursor, field: number, depth: number): void {
  if (depth > GROUP_DEPTH_MAX) throw new WireError(`more than ${GROUP_DEPTH_MAX} nested groups`);
  for (;;) {
    const tag = takeTag(cursor);
    if ((tag & 7) !== GROUP_END) {
      skipField(cursor, tag, depth);
      continue;
    }
    if (tag >>> 3 === field) return;
    throw new WireError(`group ${field} ends with the tag of group ${tag >>> 3}`);
  }
}

function skipBytes(cursor: WireCursor, count: number): void {
  if (count > cursor.end - cursor.at) throw new WireError('truncated field');
  cursor.at += count;
}
