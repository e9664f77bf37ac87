/**
 * 32-bit hash of a text (the steps of MurmurHash3 by Austin Appleby, public domain, over UTF-16 units). The same text and
 * seed give the same number on every machine and in every version, because orders and stored bytes depend on it.
 */
export function textHash(text: string, seed: number): number {
  let state = seed | 0;
  for (let at = 0; at < text.length; at++) {
    const scaled = Math.imul(text.charCodeAt(at), 0xcc9e2d51);
    state ^= Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
    state = (Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64) | 0;
  }
  state ^= text.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** Breaks ties between items of equal score: the lower hash first, so that no order of creation or size leaks. */
export function tieHash(item: string): number {
  return textHash(item, 0x5bd1e995);
}
