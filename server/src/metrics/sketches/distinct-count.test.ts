import { describe, expect, test } from 'vitest';
import { DistinctCount, ENTRIES_MAX } from './distinct-count.js';
import { DistinctUnion } from './distinct-union.js';
import { distinctEntry } from './hash.js';
import { rankOf, registerOf } from './registers.js';

function entry(id: string): number {
  const bytes = Buffer.from(id);
  return distinctEntry(bytes, 0, bytes.length);
}

function countOf(ids: Iterable<string>): DistinctCount {
  const count = new DistinctCount();
  for (const id of ids) count.add(entry(id));
  return count;
}

function* numbered(prefix: string, from: number, to: number): Generator<string> {
  for (let i = from; i < to; i++) yield `${prefix}${i}`;
}

function estimated(...counts: readonly DistinctCount[]): number {
  const union = new DistinctUnion();
  for (const count of counts) union.add(count.encode());
  return union.count();
}

describe('a distinct count', () => {
  test('is exact up to 256 ids, repeats do not count', () => {
    const count = countOf(numbered('v', 0, ENTRIES_MAX));
    expect(estimated(count)).toBe(256);
    expect([...numbered('v', 0, ENTRIES_MAX)].some((id) => count.add(entry(id)))).toBe(false);
    expect(estimated(new DistinctCount())).toBe(0);
  });

  test.each([257, 1_000, 2_000, 5_000, 8_000, 20_000, 100_000, 500_000])(
    'estimates %i ids within three standard errors, for several kinds of ids',
    (size) => {
      const prefixes = ['', 'session-', '0197f3a1-7c00-7abc-8def-'];
      const errors = prefixes.map(
        (prefix) => estimated(countOf(numbered(prefix, 0, size))) / size - 1,
      );
      for (const error of errors) expect(Math.abs(error)).toBeLessThan(3 * 0.023);
    },
  );

  test('has a standard error of about 2.3 % and no bias', () => {
    const errors = Array.from({ length: 150 }, (_, run) => {
      return estimated(countOf(numbered(`run-${run}-`, 0, 6_000))) / 6_000 - 1;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, e) => sum + e ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.006);
    expect(deviation).toBeGreaterThan(0.017);
    expect(deviation).toBeLessThan(0.028);
  });

  test('is the same bytes for the same ids in any order', () => {
    for (const size of [3, 200, 257, 3_000]) {
      const ids = [...numbered('v', 0, size)];
      expect(countOf(ids.toReversed()).encode()).toEqual(countOf(ids).encode());
    }
  });

  test('goes on after encoding as it would have without', () => {
    for (const size of [0, 10, 255, 256, 257, 5_000]) {
      const original = countOf(numbered('v', 0, size));
      const restored = DistinctCount.decode(original.encode());
      for (const id of numbered('w', 0, 300)) {
        expect(restored.add(entry(id))).toBe(original.add(entry(id)));
      }
      expect(restored.encode()).toEqual(original.encode());
    }
  });

  test('merges to the count of all ids together', () => {
    const parts = [
      countOf(numbered('v', 0, 200)),
      countOf(numbered('v', 100, 300)),
      countOf(numbered('v', 250, 400)),
    ];
    expect(estimated(...parts)).toBe(400);
    const large = [countOf(numbered('v', 0, 9_000)), countOf(numbered('v', 3_000, 12_000))];
    expect(estimated(...large)).toBe(estimated(countOf(numbered('v', 0, 12_000))));
    const mixed = [countOf(numbered('v', 0, 9_000)), countOf(numbered('v', 8_900, 9_100))];
    expect(estimated(...mixed)).toBe(estimated(countOf(numbered('v', 0, 9_100))));
  });

  test('takes about a kilobyte at most', () => {
    for (const size of [256, 257, 1_000, 100_000]) {
      expect(countOf(numbered('v', 0, size)).encode().length).toBeLessThan(1_300);
    }
  });

  test('refuses bytes that are no distinct count', () => {
    const union = new DistinctUnion();
    expect(() => union.add(Uint8Array.of())).toThrow(RangeError);
    expect(() => union.add(Uint8Array.of(7))).toThrow(RangeError);
    expect(() =>
      union.add(
        countOf(numbered('v', 0, 300))
          .encode()
          .subarray(0, 100),
      ),
    ).toThrow(RangeError);
  });
});

describe('an entry', () => {
  test('is fixed for ever, because entries are stored', () => {
    expect(entry('v1')).toBe(entry('v1'));
    expect([entry('visitor-1'), entry('0197f3a1-7c00-7abc-8def-000000000001'), entry('a')]).toEqual(
      STORED_ENTRIES,
    );
  });

  test('spreads registers evenly and halves the ranks', () => {
    const perRegister = new Float64Array(2_048);
    const perRank = new Float64Array(64);
    for (const id of numbered('id', 0, 204_800)) {
      const register = registerOf(entry(id));
      perRegister[register] = (perRegister[register] ?? 0) + 1;
      const rank = rankOf(entry(id));
      perRank[rank] = (perRank[rank] ?? 0) + 1;
    }
    expect(Math.min(...perRegister)).toBeGreaterThan(50);
    expect(Math.max(...perRegister)).toBeLessThan(160);
    for (let rank = 1; rank <= 8; rank++) {
      expect(((perRank[rank] ?? 0) * 2 ** rank) / 204_800).toBeCloseTo(1, 0);
    }
  });
});

const STORED_ENTRIES = [-19615550, -420305978, -1724434175];
