const SLOTS = 4_096;
const CACHED_BYTES_MAX = 64;

/**
 * Turns short ASCII bytes into strings without making the same string twice in a row: product and category ids repeat,
 * and one string object for each makes every later look-up cheaper. A direct-mapped cache of 4,096 texts of at most
 * 64 bytes; it never changes what is returned.
 */
export class TextCache {
  readonly #texts = new Array<string>(SLOTS).fill('');

  /** The text in [start, end), or undefined when it is not ASCII or longer than the cache takes. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > CACHED_BYTES_MAX) return undefined;
    let hash = length;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      seen |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (seen > 0x7f) return undefined;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const cached = this.#texts[slot] ?? '';
    if (cached.length === length && sameText(cached, bytes, start)) return cached;
    const text = asciiText(bytes, start, end);
    this.#texts[slot] = text;
    return text;
  }
}

function sameText(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
