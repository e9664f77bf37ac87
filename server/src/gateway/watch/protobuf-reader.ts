/** Just enough of the protobuf wire format to read updates fast. Numbers beyond 2^53 lose precision. */
export interface WireCursor {
  readonly bytes: Buffer;
  at: number;
}

/** Text up to this length is read character by character, which beats a native call. */
const SHORT_TEXT = 24;

/** An int64 as a number; 10 bytes are a negative one in two's complement. */
export function takeVarint(cursor: WireCursor): number {
  const { bytes } = cursor;
  const start = cursor.at;
  if (start >= bytes.length) throw new RangeError('the update ends where a number should be');
  let byte = bytes[cursor.at++] ?? 0;
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  let scale = 128;
  do {
    if (cursor.at >= bytes.length) throw new RangeError('the update ends inside a number');
    byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 128;
  } while (byte >= 0x80 && cursor.at - start < 10);
  return cursor.at - start < 10 ? value : negative(bytes, start);
}

function negative(bytes: Buffer, start: number): number {
  let value = 0n;
  for (let i = 0; i < 10; i++) value |= BigInt((bytes[start + i] ?? 0) & 0x7f) << BigInt(7 * i);
  return Number(BigInt.asIntN(64, value));
}

/** The end of a length-delimited field whose length comes next; moves behind the length. */
export function takeEnd(cursor: WireCursor): number {
  const length = takeVarint(cursor);
  const end = cursor.at + length;
  if (length < 0 || end > cursor.bytes.length) {
    throw new RangeError(`the update holds a field of ${length} bytes, which do not fit`);
  }
  return end;
}

export function takeText(cursor: WireCursor): string {
  const end = takeEnd(cursor);
  const { bytes, at } = cursor;
  cursor.at = end;
  if (end - at > SHORT_TEXT) return bytes.toString('utf8', at, end);
  let text = '';
  for (let i = at; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > 0x7f) return bytes.toString('utf8', at, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Moves behind a field of the wire type in `tag` that nobody asked for. */
export function skipField(cursor: WireCursor, tag: number): void {
  const type = tag & 7;
  if (type === 0) takeVarint(cursor);
  else if (type === 1) cursor.at += 8;
  else if (type === 2) cursor.at = takeEnd(cursor);
  else if (type === 5) cursor.at += 4;
  else throw new RangeError(`the update holds a field of wire type ${type}`);
}
