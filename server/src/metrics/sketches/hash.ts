/**
 * The 64-bit hash behind the distinct counts, folded into one 32-bit entry: the first 26 bits of the hash, then the
 * rank (leading zeros + 1, 1 to 39) of the other 38 bits in 6 bits. That is all a HyperLogLog of up to 2^26 registers
 * ever needs (Heule, Nunkesser, Hall: HyperLogLog in Practice, 2013, section 5.3.3). Never 0.
 *
 * Two 32-bit murmur3 hashes (Austin Appleby, public domain) with different seeds give the 64 bits; the same bytes give
 * the same entry on every machine and in every version, because entries are stored.
 */
export function distinctEntry(bytes: Uint8Array, start: number, end: number): number {
  let high = 0x2c1b3c6d;
  let low = 0x297a2d39;
  const length = end - start;
  const whole = start + (length & ~3);
  let at = start;
  for (; at < whole; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    const mixed = mixWord(word);
    high = nextState(high ^ mixed);
    low = nextState(low ^ mixed);
  }
  let tail = 0;
  for (let shift = 0; at < end; at++, shift += 8) tail |= (bytes[at] ?? 0) << shift;
  if (tail !== 0) {
    const mixed = mixWord(tail);
    high ^= mixed;
    low ^= mixed;
  }
  return entryOf(finish(high ^ length), finish(low ^ length));
}

function mixWord(word: number): number {
  const scaled = Math.imul(word, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}

function nextState(state: number): number {
  return (Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(state: number): number {
  let h = state ^ (state >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The entry of a 64-bit hash given as two 32-bit halves. */
export function entryOf(high: number, low: number): number {
  const rest = high & 63;
  const rank = rest !== 0 ? Math.clz32(rest) - 25 : 7 + Math.clz32(low);
  return (high & ~63) | rank;
}
