import { describe, expect, test } from 'vitest';
import { eventIdText, readEventId } from './event-id.js';

const VALID = '0199d3c8-89ab-7def-bfff-0123456789ab';

function read(text: string): Uint32Array | undefined {
  const words = new Uint32Array(6);
  return readEventId(Buffer.from(`..${text}`, 'latin1'), 2, { words, wordAt: 1 })
    ? words
    : undefined;
}

describe('an event id in bytes', () => {
  test('becomes four words and text again', () => {
    const words = read(VALID);
    if (words === undefined) throw new Error('not read');
    expect([...words]).toEqual([0, 0x0199d3c8, 0x89ab7def, 0xbfff0123, 0x456789ab, 0]);
    expect(eventIdText(words, 1)).toBe(VALID);
  });

  test('may have every variant of RFC 9562 and no other', () => {
    const accepted = Array.from('0123456789abcdef').filter(
      (digit) => read(VALID.replace('-b', `-${digit}`)) !== undefined,
    );
    expect(accepted).toEqual(['8', '9', 'a', 'b']);
  });

  test('has version 7', () => {
    const accepted = Array.from('0123456789abcdef').filter(
      (digit) => read(VALID.replace('-7', `-${digit}`)) !== undefined,
    );
    expect(accepted).toEqual(['7']);
  });

  test('is refused with any other character in any place', () => {
    for (let i = 0; i < VALID.length; i++) {
      for (const character of ['-', 'g', 'A', '/', ':', '`', '\u00ff', '\0']) {
        if (VALID[i] === character) continue;
        const text = `${VALID.slice(0, i)}${character}${VALID.slice(i + 1)}`;
        expect(read(text), text).toBeUndefined();
      }
    }
  });

  test('is refused when the bytes end too soon', () => {
    expect(read(VALID.slice(0, -1))).toBeUndefined();
    expect(read('')).toBeUndefined();
  });
});
