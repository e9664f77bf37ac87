import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key, KeyColumn } from '../../ports/table-store.js';
import { createByteWriter } from './bytes.js';
import { prefixEnd, putKey, takeKey } from './key-codec.js';

const COLUMNS: readonly KeyColumn[] = [
  { name: 'a', type: 'text' },
  { name: 'b', type: 'int' },
  { name: 'c', type: 'text' },
];

function encode(key: Key): Buffer {
  const writer = createByteWriter(16);
  putKey(writer, { table: 't', columns: COLUMNS }, key);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

function compareValues(a: Key, b: Key): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (left === right || right === undefined) continue;
    if (typeof left === 'number') return left - Number(right);
    return Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(String(right), 'utf8'));
  }
  return 0;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', '\uffff', '🛒'), maxLength: 4 }),
);
const key = fc.tuple(text, fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 })), text);

describe('key codec', () => {
  test('gives every key back', () => {
    fc.assert(
      fc.property(key, (one) => {
        expect(takeKey(encode(one), 0, COLUMNS)).toEqual(one);
      }),
    );
  });

  test('orders bytes as values', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(Buffer.compare(encode(a), encode(b)))).toBe(
          Math.sign(compareValues(a, b)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps all keys of a prefix, and no other, between the prefix and its end', () => {
    fc.assert(
      fc.property(key, key, fc.integer({ min: 1, max: 2 }), (a, b, length) => {
        const prefix = encode(a.slice(0, length));
        const inside = a.slice(0, length).every((value, index) => value === b[index]);
        const bytes = encode(b);
        const between =
          Buffer.compare(prefix, bytes) <= 0 && Buffer.compare(bytes, prefixEnd(prefix)) < 0;
        expect(between).toBe(inside);
      }),
      { numRuns: 1_000 },
    );
  });
});
