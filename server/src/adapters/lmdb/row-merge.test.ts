import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, Cells } from '../../ports/table-store.js';
import { createByteWriter } from './bytes.js';
import { putRow, putTombstone, replaces, takeCells } from './row-codec.js';
import { mergeRows } from './row-merge.js';
import type { TableSchema } from './table-schema.js';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const SCHEMA: TableSchema = {
  name: 't',
  id: 0,
  key: [],
  partitionColumns: 1,
  columns: NAMES.map((property) => ({
    name: `t.${property}`,
    property,
    type: 'int',
    declared: true,
  })),
  bitmapBytes: 1,
  retentionMs: undefined,
};

type Step =
  | { readonly kind: 'write'; readonly cells: Cells; readonly time: number }
  | { readonly kind: 'delete'; readonly time: number };

function encode(step: Step): Buffer {
  const writer = createByteWriter(64);
  if (step.kind === 'write') putRow(writer, SCHEMA, { cells: step.cells, writeTime: step.time });
  else putTombstone(writer, step.time);
  return writer.buffer.subarray(0, writer.length);
}

function applyAll(steps: readonly Step[]): Buffer {
  const [first, ...rest] = steps.map(encode);
  let stored = first ?? Buffer.alloc(0);
  for (const next of rest) {
    if (replaces(stored, next)) {
      stored = next;
      continue;
    }
    const writer = createByteWriter(64);
    mergeRows(writer, SCHEMA, { stored, next });
    stored = writer.buffer.subarray(0, writer.length);
  }
  return stored;
}

/** What must remain, said without any codec. */
function expected(steps: readonly Step[]): Record<string, Cell> | undefined {
  const deleted = Math.max(-1, ...steps.map((one) => (one.kind === 'delete' ? one.time : -1)));
  const cells: Record<string, Cell> = {};
  for (const name of NAMES) {
    const writes = steps.flatMap((one) => {
      const value = one.kind === 'write' && one.time > deleted ? one.cells[name] : undefined;
      return value === undefined ? [] : [{ time: one.time, value: Number(value) }];
    });
    writes.sort((a, b) => a.time - b.time || rank(a.value) - rank(b.value));
    const last = writes.at(-1);
    if (last !== undefined) cells[name] = last.value;
  }
  return Object.keys(cells).length === 0 ? undefined : cells;
}

// Of equal times the greater wins, and negative numbers count above the others.
function rank(value: number): number {
  return value < 0 ? value + 2 ** 40 : value;
}

const cells = fc
  .record(Object.fromEntries(NAMES.map((name) => [name, fc.integer({ min: -100, max: 9_000 })])), {
    requiredKeys: [],
  })
  .filter((one) => Object.keys(one).length > 0)
  .map((one) => one as Cells);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('write' as const), cells, time: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), time: fc.nat(6) }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 8 });

describe('merging rows', () => {
  test('leaves what the rules say, whatever the order of the writes', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (some, order) => {
        const want = expected(some);
        expect(takeCells(applyAll(some), SCHEMA)?.cells).toEqual(want);
        const shuffled = some
          .map((one) => ({ one, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(takeCells(applyAll(shuffled), SCHEMA)?.cells).toEqual(want);
      }),
      { numRuns: 2_000 },
    );
  });

  test('gives the same row backwards, and the same bytes when everything is repeated', () => {
    fc.assert(
      fc.property(steps, (some) => {
        const backwards = applyAll([...some].reverse());
        const once = applyAll(some);
        expect(applyAll([...some, ...some]).equals(applyAll([...some, ...some, ...some]))).toBe(
          true,
        );
        expect(takeCells(backwards, SCHEMA)).toEqual(takeCells(once, SCHEMA));
      }),
      { numRuns: 500 },
    );
  });
});
