import { expect } from 'vitest';
import { rejects } from '../event-log/context.js';
import type { ConformanceCase } from '../suite.js';
import { cellsOf, SHORT, storeCase, typed, TYPES, windowed, WINDOWS } from './context.js';
import type { TableStoreConformance } from './context.js';

/** Compare-and-set and expiry. */
export function changeCases(options: TableStoreConformance): readonly ConformanceCase[] {
  const expiry = options.capabilities.nativeExpiry ? [] : expiryCases(options);
  return [...compareCases(options), ...expiry];
}

function compareCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [
    storeCase(options, 'changes a row only while it is as expected', async ({ store }) => {
      const change = (expected: typeof owner | undefined, amount: number, writeTime = 1) =>
        store.compareAndSet(TYPES.name, { key: ['a'], expected, next: { amount }, writeTime });
      const owner = { amount: 1 };
      expect(await change(owner, 9)).toBe(false);
      expect(await cellsOf(store, 'a')).toBeUndefined();
      expect(await change(undefined, 1, 10)).toBe(true);
      expect(await change(undefined, 9, 11)).toBe(false);
      expect(await change({ amount: 2 }, 9, 11)).toBe(false);
      expect(await cellsOf(store, 'a')).toEqual({ amount: 1 });
      expect(await change(owner, 2, 12)).toBe(true);
      const row = await store.get(TYPES.name, ['a']);
      expect(row).toEqual({ key: ['a'], cells: { amount: 2 }, writeTime: 12 });
    }),
    storeCase(options, 'compares only the cells that are named, of any type', async ({ store }) => {
      const cells = { label: 'ä', exact: 7n, ratio: 0.5, open: true, sketch: Uint8Array.of(1, 2) };
      await store.compareAndSet(TYPES.name, {
        key: ['a'],
        expected: undefined,
        next: { ...cells, amount: 1 },
        writeTime: 1,
      });
      const next = { amount: 2 };
      const attempt = (expected: typeof cells) =>
        store.compareAndSet(TYPES.name, { key: ['a'], expected, next, writeTime: 2 });
      expect(await attempt({ ...cells, sketch: Uint8Array.of(1, 3) })).toBe(false);
      expect(await attempt({ ...cells, exact: 8n })).toBe(false);
      expect(await attempt({ ...cells, sketch: Uint8Array.of(1, 2) })).toBe(true);
      expect(await cellsOf(store, 'a')).toEqual({ ...cells, amount: 2 });
      const missing = { key: ['a'], expected: { unknown: 1 }, next, writeTime: 3 };
      expect(await store.compareAndSet(TYPES.name, missing)).toBe(false);
    }),
    storeCase(options, 'lets exactly one of many racers win each round', async ({ store }) => {
      const key = ['race'];
      const step = (round: number, label: string) =>
        store.compareAndSet(TYPES.name, {
          key,
          expected: round === 0 ? undefined : { amount: round },
          next: { amount: round + 1, label },
          writeTime: round + 1,
        });
      for (let round = 0; round < 5; round++) {
        const racers = Array.from({ length: 12 }, (_, racer) => `${round}/${racer}`);
        const outcomes = await Promise.all(racers.map((label) => step(round, label)));
        expect(outcomes.filter((applied) => applied)).toHaveLength(1);
        const winner = racers[outcomes.indexOf(true)];
        expect(await cellsOf(store, 'race')).toEqual({ amount: round + 1, label: winner });
      }
    }),
    storeCase(options, 'shows an accepted change although its write time is old', async (it) => {
      const change = (
        expected: { amount: number } | undefined,
        amount: number,
        writeTime: number,
      ) =>
        it.store.compareAndSet(TYPES.name, { key: ['a'], expected, next: { amount }, writeTime });
      expect(await change(undefined, 1, 100)).toBe(true);
      expect(await change({ amount: 1 }, 2, 50)).toBe(true);
      expect(await cellsOf(it.store, 'a')).toEqual({ amount: 2 });
      await it.restart();
      expect(await cellsOf(it.store, 'a')).toEqual({ amount: 2 });
      expect(await change({ amount: 1 }, 3, 200)).toBe(false);
    }),
    storeCase(options, 'refuses a change that does not fit the declaration', async ({ store }) => {
      const change = { key: ['a'], expected: undefined, next: { amount: 1 }, writeTime: 1 };
      const attempt = (other: object) => store.compareAndSet(TYPES.name, { ...change, ...other });
      await rejects(attempt({ next: { amount: 0.5 } }), 'OutOfRange', 'types.amount');
      await rejects(attempt({ next: {} }), 'OutOfRange', 'types');
      await rejects(attempt({ key: [1] }), 'OutOfRange', 'types.id');
      await rejects(store.compareAndSet('nowhere', change), 'NotFound', 'nowhere');
      expect(await attempt({})).toBe(true);
    }),
  ];
}

const MINUTE_MS = 60_000;
/** A write time and the same moment in milliseconds. */
const WRITTEN_MS = Date.UTC(2026, 0, 1);
const WRITTEN = WRITTEN_MS * 1_000;

function expiryCases(options: TableStoreConformance): readonly ConformanceCase[] {
  const rowOf = (n: number, writeTime: number) => ({ key: ['a', n], cells: { a: n }, writeTime });
  return [
    storeCase(options, 'frees rows past the retention of their newest write', async ({ store }) => {
      await store.write(SHORT.name, [rowOf(1, WRITTEN), rowOf(2, WRITTEN + 5_000_000)]);
      await store.write(SHORT.name, [rowOf(3, WRITTEN)]);
      await store.write(SHORT.name, [{ ...rowOf(3, WRITTEN + 7_000_000), cells: { a: 4 } }]);
      expect(await store.expire(WRITTEN_MS + MINUTE_MS)).toBe(0);
      expect(await store.expire(WRITTEN_MS + MINUTE_MS + 1)).toBe(1);
      expect(await store.get(SHORT.name, ['a', 1])).toBeUndefined();
      expect(await store.get(SHORT.name, ['a', 2])).toBeDefined();
      expect(await store.expire(WRITTEN_MS + MINUTE_MS + 5_001)).toBe(1);
      expect(await store.expire(WRITTEN_MS + MINUTE_MS + 5_001)).toBe(0);
      expect((await store.get(SHORT.name, ['a', 3]))?.cells).toEqual({ a: 4 });
    }),
    storeCase(options, 'frees many rows, and rows that were written late', async (it) => {
      const rows = Array.from({ length: 2_500 }, (_, n) => rowOf(n, WRITTEN + n));
      await it.store.write(SHORT.name, rows);
      await it.restart();
      expect(await it.store.expire(WRITTEN_MS + MINUTE_MS * 2)).toBe(2_500);
      await it.store.write(SHORT.name, [rowOf(1, WRITTEN)]);
      expect(await it.store.expire(WRITTEN_MS + MINUTE_MS * 2)).toBe(1);
    }),
    storeCase(options, 'keeps rows of tables without retention', async ({ store }) => {
      await store.write(TYPES.name, [typed('a', { amount: 1 }, 1)]);
      await store.write(WINDOWS.name, [windowed(['m', 0, 1, 'x'], { a: 1 }, 1)]);
      expect(await store.expire(WRITTEN_MS)).toBe(0);
      expect(await cellsOf(store, 'a')).toEqual({ amount: 1 });
    }),
  ];
}
