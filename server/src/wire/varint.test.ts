import fc from 'fast-check';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import { putVarint } from './varint.js';

describe('a varint', () => {
  test('reads back as the same number by the reference reader, whatever its size and sign', () => {
    const edges = [0, 1, 0x7f, 0x80, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
    const numbers = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges));
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = Buffer.alloc(12, 0xee);
        const end = putVarint(bytes, 1, value);
        const reader = new BinaryReader(bytes.subarray(1, end));
        expect(Number(reader.int64())).toBe(value);
        expect(reader.pos).toBe(end - 1);
        expect([bytes[0], bytes[end]]).toEqual([0xee, 0xee]);
      }),
    );
  });
});
