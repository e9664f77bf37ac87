/** Bytes of an event id as text: a UUID with hyphens. */
export const EVENT_ID_BYTES = 36;

/** 32-bit words that an event id is held in. */
export const EVENT_ID_WORDS = 4;

const NIBBLES = nibbles();

function nibbles(): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let digit = 0; digit < 10; digit++) table[0x30 + digit] = digit;
  for (let digit = 10; digit < 16; digit++) table[0x61 + digit - 10] = digit;
  return table;
}

/** Where the words of an event id go. */
export interface EventIdPlace {
  readonly words: Uint32Array;
  readonly wordAt: number;
}

/**
 * Reads the 36 bytes at `at` as a UUIDv7 in lower case with hyphens (RFC 9562) into four 32-bit words of `into` from
 * index `intoAt`. Returns false, with `into` changed, when they are none.
 */
export function readEventId(
  bytes: Uint8Array,
  at: number,
  { words, wordAt }: EventIdPlace,
): boolean {
  const hyphens =
    bytes[at + 8] === 0x2d &&
    bytes[at + 13] === 0x2d &&
    bytes[at + 18] === 0x2d &&
    bytes[at + 23] === 0x2d;
  if (!hyphens) return false;
  const a = eight(bytes, at);
  const b = four(bytes, at + 9);
  const c = four(bytes, at + 14);
  const d = four(bytes, at + 19);
  const e = four(bytes, at + 24);
  const f = eight(bytes, at + 28);
  // A digit that is none makes its group -1; the first group may be any 32 bits, so it tells by itself.
  if ((b | c | d | e) < 0 || a < 0 || f < 0) return false;
  words[wordAt] = a;
  words[wordAt + 1] = ((b << 16) | c) >>> 0;
  words[wordAt + 2] = ((d << 16) | e) >>> 0;
  words[wordAt + 3] = f;
  return c >>> 12 === 7 && d >>> 14 === 2;
}

function four(bytes: Uint8Array, at: number): number {
  const w = NIBBLES[bytes[at] ?? 0] ?? -1;
  const x = NIBBLES[bytes[at + 1] ?? 0] ?? -1;
  const y = NIBBLES[bytes[at + 2] ?? 0] ?? -1;
  const z = NIBBLES[bytes[at + 3] ?? 0] ?? -1;
  if ((w | x | y | z) < 0) return -1;
  return (w << 12) | (x << 8) | (y << 4) | z;
}

function eight(bytes: Uint8Array, at: number): number {
  const high = four(bytes, at);
  const low = four(bytes, at + 4);
  if ((high | low) < 0) return -1;
  return high * 65_536 + low;
}

/** Text of an event id held as four words. */
export function eventIdText(words: Uint32Array, wordAt: number): string {
  let hex = '';
  for (let i = 0; i < EVENT_ID_WORDS; i++) {
    hex += (words[wordAt + i] ?? 0).toString(16).padStart(8, '0');
  }
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
