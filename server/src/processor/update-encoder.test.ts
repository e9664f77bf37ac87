import { RowUpdate, type Value } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, ColumnType, RowWrite, TableDeclaration } from '../ports/table-store.js';
import { createUpdateEncoder } from './update-encoder.js';

const TYPES: readonly ColumnType[] = ['text', 'int', 'bigint', 'double', 'boolean', 'bytes'];

const TABLE: TableDeclaration = {
  name: 'every_type',
  partitionKey: [
    { name: 'shop', type: 'text' },
    { name: 'day', type: 'int' },
  ],
  clusteringKey: [{ name: 'name', type: 'text' }],
  columns: TYPES.flatMap((type) => [
    { name: `a_${type}`, type, merge: 'last' },
    { name: `b_${type}`, type, merge: 'last' },
  ]),
};

/** Text of every length around those where the length of a field takes another byte, with every plane of Unicode. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 400 }),
  fc.integer({ min: 110, max: 140 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 16_370, max: 16_390 }).map((length) => 'é'.repeat(length / 2)),
  fc.constant('lone \ud800 surrogate'),
);
const int = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -0, 127, 128, 2 ** 31));
const VALUES: Readonly<Record<ColumnType, fc.Arbitrary<Cell>>> = {
  text,
  int,
  bigint: fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  double: fc.double(),
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 300 }),
};
const cells = fc
  .subarray([...TABLE.columns], { minLength: 1 })
  .chain((columns) =>
    fc.record(Object.fromEntries(columns.map(({ name, type }) => [name, VALUES[type]]))),
  );
const row: fc.Arbitrary<RowWrite> = fc.record({
  key: fc.tuple(text, int, text),
  cells,
  writeTime: fc.nat(Number.MAX_SAFE_INTEGER),
});

function generated({ key, cells: values, writeTime }: RowWrite, watermarkMs: number): Uint8Array {
  const types = new Map(TABLE.columns.map(({ name, type }) => [name, type]));
  const keyTypes: ColumnType[] = ['text', 'int', 'text'];
  return RowUpdate.encode({
    table: TABLE.name,
    key: key.map((value, index) => valueOf(value, keyTypes[index] ?? 'text')),
    cells: Object.entries(values).map(([column, value]) => ({
      column,
      value: valueOf(value, types.get(column) ?? 'text'),
    })),
    writeTime: BigInt(writeTime),
    watermarkMs: BigInt(watermarkMs),
  }).finish();
}

function valueOf(value: Cell, type: ColumnType): Value {
  if (type === 'int') return { kind: { $case: 'int', value: BigInt(value as number) } };
  if (type === 'bigint') return { kind: { $case: 'bigint', value: String(value) } };
  return { kind: { $case: type, value } as Exclude<Value['kind'], undefined> };
}

describe('the encoder of updates', () => {
  test('writes the same bytes as the generated codec', () => {
    const encoder = createUpdateEncoder([TABLE], 4);
    fc.assert(
      fc.property(row, fc.nat(Number.MAX_SAFE_INTEGER), (write, watermarkMs) => {
        const record = encoder.record(TABLE.name, write, watermarkMs);
        expect(Buffer.compare(record.value, generated(write, watermarkMs))).toBe(0);
        encoder.reset();
      }),
      { numRuns: 1_500 },
    );
  });

  test('keeps the bytes of all records until the reset', () => {
    const encoder = createUpdateEncoder([TABLE], 4);
    for (let flush = 0; flush < 3; flush++) {
      const writes = Array.from({ length: 400 }, (_, i): RowWrite => ({
        key: [`shop ${i}`, flush, 'x'],
        cells: { a_bytes: new Uint8Array(i * 11).fill(i), a_int: i },
        writeTime: i,
      }));
      const records = writes.map((write) => encoder.record(TABLE.name, write, 1));
      writes.forEach((write, i) => {
        expect(Buffer.compare(records[i]?.value ?? Buffer.of(), generated(write, 1))).toBe(0);
      });
      encoder.reset();
    }
  });

  test('sends all rows of a partition key to one partition, and many keys to all', () => {
    const encoder = createUpdateEncoder([TABLE], 4);
    const partitions = new Set<number>();
    for (let shop = 0; shop < 100; shop++) {
      const [first, ...others] = Array.from({ length: 5 }, (_, i) =>
        encoder.record(
          TABLE.name,
          { key: [`s${shop}`, 1, `n${i}`], cells: { a_int: i }, writeTime: i },
          i,
        ),
      );
      for (const other of others) expect(other.partition).toBe(first?.partition);
      partitions.add(first?.partition ?? -1);
    }
    expect([...partitions].sort()).toEqual([0, 1, 2, 3]);
  });

  test('cuts the key of a record at 1,024 bytes', () => {
    const encoder = createUpdateEncoder([TABLE], 4);
    const key = (letters: number, end: string): number =>
      encoder.record(
        TABLE.name,
        { key: ['k'.repeat(letters), 1, end], cells: { a_int: 1 }, writeTime: 1 },
        1,
      ).key.length;
    expect(key(900, 'x')).toBe(key(900, 'another end'));
    expect(key(2_000, 'x')).toBe(1_024);
  });

  test.each<[string, RowWrite]>([
    ['a whole number with a fraction', { key: ['s', 1, 'n'], cells: { a_int: 0.5 }, writeTime: 1 }],
    ['text in a number', { key: ['s', 1, 'n'], cells: { a_int: '1' }, writeTime: 1 }],
    ['a column that is not declared', { key: ['s', 1, 'n'], cells: { c: 1 }, writeTime: 1 }],
    ['a key that is too short', { key: ['s', 1], cells: { a_int: 1 }, writeTime: 1 }],
  ])('refuses %s', (_, write) => {
    const encoder = createUpdateEncoder([TABLE], 4);
    expect(() => encoder.record(TABLE.name, write, 1)).toThrow(/every_type/);
  });
});
