/**
 * FNV-1a of a text's UTF-16 code units, 32 bit, 0 to 2^32 - 1: the entry of an id in a set of recent values. Stored,
 * so it must never change. http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The same of ASCII bytes: equal to `textHash` of their text. */
export function asciiHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** An ISO 3166-1 alpha-2 code as a number above 0; 0 for anything else. */
export function countryNumber(code: string): number {
  if (!/^[A-Z]{2}$/.test(code)) return 0;
  return (code.charCodeAt(0) << 8) | code.charCodeAt(1);
}

/** The code behind a `countryNumber`; empty for 0. */
export function countryText(number: number): string {
  return number === 0 ? '' : String.fromCharCode(number >> 8, number & 0xff);
}
