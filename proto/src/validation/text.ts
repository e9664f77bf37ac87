// Checks on text that the hot path runs for every event; loops over character codes beat RegExp here.

/** One character class of ASCII as a table: 1 where the character is a member. */
function table(characters: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) =>
    characters.test(String.fromCharCode(code)) ? 1 : 0,
  );
}

const ID_CHARACTERS = table(/[A-Za-z0-9_.:-]/);
const HEX_DIGITS = table(/[0-9a-f]/);
const ID_LENGTH_MAX = 128;

/** Matches `^[A-Za-z0-9_.:-]{1,128}$`. */
export function matchesId(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > ID_LENGTH_MAX) return false;
  for (let index = 0; index < length; index += 1) {
    if (ID_CHARACTERS[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

const UUID_LENGTH = 36;
const HYPHEN = 45;
const DIGIT_7 = 55;
const DIGIT_8 = 56;
const DIGIT_9 = 57;
const LETTER_A = 97;
const LETTER_B = 98;

function matchesHexRange(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (HEX_DIGITS[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

/** Matches a UUIDv7 in lower case: `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`. */
export function matchesUuidV7(text: string): boolean {
  if (text.length !== UUID_LENGTH) return false;
  if (text.charCodeAt(8) !== HYPHEN || text.charCodeAt(13) !== HYPHEN) return false;
  if (text.charCodeAt(18) !== HYPHEN || text.charCodeAt(23) !== HYPHEN) return false;
  if (text.charCodeAt(14) !== DIGIT_7) return false;
  const variant = text.charCodeAt(19);
  if (variant !== DIGIT_8 && variant !== DIGIT_9 && variant !== LETTER_A && variant !== LETTER_B) {
    return false;
  }
  return (
    matchesHexRange(text, 0, 8) &&
    matchesHexRange(text, 9, 13) &&
    matchesHexRange(text, 15, 18) &&
    matchesHexRange(text, 20, 23) &&
    matchesHexRange(text, 24, UUID_LENGTH)
  );
}

const LETTER_CAPITAL_A = 65;
const LETTER_CAPITAL_Z = 90;

/** Whether the character at an index is one of A to Z. */
export function capital(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= LETTER_CAPITAL_A && code <= LETTER_CAPITAL_Z;
}

/** Matches `^[A-Z]{2}$`. */
export function matchesCountry(text: string): boolean {
  return text.length === 2 && capital(text, 0) && capital(text, 1);
}

/** Number of code points, which is what buf.validate calls characters. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index += 1) {
    const high = text.charCodeAt(index);
    if (high < 0xd800 || high > 0xdbff) continue;
    const low = text.charCodeAt(index + 1);
    if (low < 0xdc00 || low > 0xdfff) continue;
    count -= 1;
    index += 1;
  }
  return count;
}

/** Whether a text has more than `max` code points; a code point takes one or two UTF-16 units. */
export function longer(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || codePoints(text) > max);
}

/** Whether a text has fewer than `min` code points. */
export function shorter(text: string, min: number): boolean {
  return text.length < min || (text.length < 2 * min && codePoints(text) < min);
}
