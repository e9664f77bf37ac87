/**
 * Writes a varint of the protobuf wire format into a buffer that has room (1 to 10 bytes) and returns the position behind
 * it. `value`: a whole number of at most 2^53 - 1 either way; negative ones are 64-bit two's complement (10 bytes), as
 * int64 wants.
 */
export function putVarint(target: Buffer, at: number, value: number): number {
  if (value < 0) return putNegative(target, at, value);
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

function putNegative(target: Buffer, at: number, value: number): number {
  let left = BigInt.asUintN(64, BigInt(value));
  while (left > 0x7fn) {
    target[at++] = Number(left & 0x7fn) | 0x80;
    left >>= 7n;
  }
  target[at++] = Number(left);
  return at;
}
