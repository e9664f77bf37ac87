import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../../tests/support/random.js';
import { TOP_CAPACITY, TopCounter } from './top-counter.js';
import { TopUnion } from './top-union.js';

interface Counted {
  readonly counter: TopCounter;
  readonly exact: ReadonlyMap<string, number>;
}

function counted(seed: number, adds: number, values: number): Counted {
  const random = mulberry32(seed);
  const counter = new TopCounter();
  const exact = new Map<string, number>();
  for (let i = 0; i < adds; i++) {
    const value = `p${Math.floor(values ** random())}`;
    const weight = random() < 0.8 ? 1 : 1 + Math.floor(random() * 5);
    counter.add(value, weight);
    exact.set(value, (exact.get(value) ?? 0) + weight);
  }
  return { counter, exact };
}

function unionOf(parts: readonly Counted[]): TopUnion {
  const union = new TopUnion();
  for (const part of parts) union.add(part.counter.encode());
  return union;
}

describe('a list of frequent values', () => {
  test('is exact while there is a slot for every value', () => {
    const { counter, exact } = counted(1, 20_000, TOP_CAPACITY);
    const union = unionOf([{ counter, exact }]);
    for (const entry of union.ranked(1_000)) {
      expect(entry).toEqual({ value: entry.value, count: exact.get(entry.value), errorMax: 0 });
    }
    expect(union.ranked(1_000)).toHaveLength(exact.size);
  });

  test('orders by count, equal ones by value', () => {
    const counter = new TopCounter();
    for (const value of ['b', 'a', 'c', 'c']) counter.add(value, 1);
    const ranked = unionOf([{ counter, exact: new Map() }]).ranked(2);
    expect(ranked.map((entry) => entry.value)).toEqual(['c', 'a']);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'never understates a count nor its error, in one share or merged (seed %i)',
    (seed) => {
      const parts = [0, 1, 2, 3].map((part) =>
        counted(seed * 10 + part, 2_000 + 9_000 * part, 200 * 3 ** part),
      );
      for (const shares of [parts.slice(3), parts]) {
        const union = unionOf(shares);
        const total = shares.reduce((sum, share) => sum + sumOf(share.exact), 0);
        expect(union.total).toBe(total);
        for (const entry of union.ranked(10_000)) {
          const exact = shares.reduce((sum, s) => sum + (s.exact.get(entry.value) ?? 0), 0);
          expect(entry.count).toBeGreaterThanOrEqual(exact);
          expect(entry.count - entry.errorMax).toBeLessThanOrEqual(exact);
          expect(entry.errorMax).toBeLessThanOrEqual(total / TOP_CAPACITY);
        }
      }
    },
  );

  test('goes on after encoding as it would have without', () => {
    for (const adds of [0, 100, 300, 5_000]) {
      const original = counted(7, adds, 3_000).counter;
      const restored = TopCounter.decode(original.encode());
      const random = mulberry32(8);
      for (let i = 0; i < 5_000; i++) {
        const value = `p${Math.floor(3_000 ** random())}`;
        original.add(value, 1);
        restored.add(value, 1);
      }
      expect(restored.encode()).toEqual(original.encode());
    }
  });

  test('keeps values of any script', () => {
    const counter = new TopCounter();
    counter.add('grüne schuhe 👟', 3);
    expect(unionOf([{ counter, exact: new Map() }]).ranked(1)).toEqual([
      { value: 'grüne schuhe 👟', count: 3, errorMax: 0 },
    ]);
  });
});

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
