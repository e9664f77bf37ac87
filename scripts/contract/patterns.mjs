// Decides how a string.pattern is checked. JavaScript's RegExp backtracks, so only patterns whose length is bounded are
// accepted: anchored at both ends, a row of characters and classes, each repeated at most a stated number of times.
import { GenerateError } from './generate-error.mjs';

/** Patterns with a hand-written check in proto/src/validation/text.ts, and what to tell a client. */
const KNOWN = new Map([
  [
    '^[A-Za-z0-9_.:-]{1,128}$',
    { check: 'matchesId', remedy: 'use 1 to 128 characters of A-Z a-z 0-9 _ . : -' },
  ],
  [
    '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
    { check: 'matchesUuidV7', remedy: 'use a UUIDv7 in lower case with hyphens' },
  ],
  ['^[A-Z]{2}$', { check: 'matchesCountry', remedy: 'use two capital letters, such as DE' }],
]);

/** Other patterns whose remedy reads better than the expression. */
const REMEDIES = new Map([['^[0-9]{6,8}$', 'use 6 to 8 digits']]);

const REPEAT_MAX = 1024;
const ATOM =
  /(?:\[\^?(?:[A-Za-z0-9_ .:,;@+/=-])+\]|[A-Za-z0-9_:@-]|\\\.)(?:\{(\d+)(?:,(\d+))?\})?/y;

/** Throws unless a pattern's length is bounded. */
function assertBounded(pattern, where) {
  const refuse = (why) => {
    throw new GenerateError(where, `string.pattern ${pattern} ${why}`);
  };
  if (!pattern.startsWith('^') || !pattern.endsWith('$'))
    refuse('must begin with ^ and end with $');
  const body = pattern.slice(1, -1);
  ATOM.lastIndex = 0;
  while (ATOM.lastIndex < body.length) {
    const at = ATOM.lastIndex;
    const atom = ATOM.exec(body);
    if (atom === null)
      refuse(`is not a row of characters and classes with {n} or {n,m} at ${at + 1}`);
    if (Number(atom[2] ?? atom[1] ?? 1) > REPEAT_MAX)
      refuse(`repeats more than ${REPEAT_MAX} times`);
  }
}

/** Says how to check a pattern: a function's name or a RegExp, and the remedy. */
export function planPattern(pattern, where) {
  const known = KNOWN.get(pattern);
  if (known !== undefined) return known;
  assertBounded(pattern, where);
  return { regExp: pattern, remedy: REMEDIES.get(pattern) ?? `match ${pattern}` };
}
