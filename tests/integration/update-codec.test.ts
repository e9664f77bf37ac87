import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnType, RowWrite, TableDeclaration } from '@bytebasket/server/ports/table-store';
import { createUpdateEncoder } from '@bytebasket/server/processor/update-encoder';
import { createUpdateDecoder } from '@bytebasket/server/gateway/watch/update-decoder';

const TYPES: readonly ColumnType[] = ['text', 'int', 'bigint', 'double', 'boolean', 'bytes'];
const table = (name: string): TableDeclaration => ({
  name,
  partitionKey: [{ name: 'shop', type: 'text' }],
  clusteringKey: [{ name: 'number', type: 'int' }],
  columns: TYPES.map((type) => ({ name: `a_${type}`, type, merge: 'last' })),
});
const row: fc.Arbitrary<RowWrite> = fc.record({
  key: fc.tuple(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.maxSafeInteger()),
  cells: fc.record({
    a_text: fc.string({ unit: 'grapheme', maxLength: 200 }),
    a_int: fc.maxSafeInteger(),
    a_bigint: fc.bigInt(),
    a_double: fc.double(),
    a_boolean: fc.boolean(),
    a_bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  writeTime: fc.nat(Number.MAX_SAFE_INTEGER),
});

const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });

describe('the decoder of updates', () => {
  const encoder = createUpdateEncoder([table('wanted'), table('other')], 1);

  test('reads back every row that was written', () => {
    const decoder = createUpdateDecoder(['wanted']);
    fc.assert(
      fc.property(row, (write) => {
        const { value } = encoder.record('wanted', write, 5);
        const change = decoder.decode(value);
        expect(change).toEqual({ table: 'wanted', ...write, key: write.key.map((k) => k || k) });
        encoder.reset();
      }),
      { numRuns: 1_000 },
    );
  });

  test('looks at the name only of a table that nobody wants', () => {
    const { value } = encoder.record(
      'other',
      { key: ['s', 1], cells: { a_int: 1 }, writeTime: 1 },
      1,
    );
    expect(createUpdateDecoder(['wanted']).decode(value)).toBeUndefined();
    // Were it decoded, the damage behind the name would show.
    const damaged = Buffer.concat([value.subarray(0, 7), Buffer.of(0xff, 0xff)]);
    expect(createUpdateDecoder(['wanted']).decode(damaged)).toBeUndefined();
    expect(() => createUpdateDecoder(['other']).decode(damaged)).toThrow(RangeError);
  });

  test('copies bytes, so a change outlives the record', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const { value } = encoder.record(
      'wanted',
      { key: ['s', 1], cells: { a_bytes: bytes }, writeTime: 1 },
      1,
    );
    const change = createUpdateDecoder(['wanted']).decode(value);
    Buffer.from(value.buffer, value.byteOffset, value.length).fill(0);
    expect(change?.cells['a_bytes']).toEqual(bytes);
  });

  test('ends with a RangeError or a change on any damage, and never hangs', () => {
    const decoder = createUpdateDecoder(['wanted']);
    fc.assert(
      fc.property(row, damage, (write, { at, byte, cut }) => {
        const whole = Buffer.from(encoder.record('wanted', write, 5).value);
        encoder.reset();
        const place = at % whole.length;
        const damaged = cut ? whole.subarray(0, place) : Buffer.from(whole);
        if (!cut) damaged[place] = byte;
        try {
          decoder.decode(damaged);
        } catch (error) {
          expect(error).toSatisfy((e) => e instanceof RangeError || e instanceof SyntaxError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
