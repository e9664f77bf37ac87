import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../tests/contract/support/random.js';
import { IdTable } from './id-table.js';

const SEED = Uint32Array.from([1, 2, 3, 4]);

function ids(count: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: count * 4 }, () => random.int(0, 2 ** 32 - 1));
}

/** All locations that may be the id. */
function candidates(table: IdTable, words: Uint32Array, index: number): number[] {
  const found: number[] = [];
  table.seek(words, index * 4);
  for (let at = table.next(); at !== 0; at = table.next()) found.push(at);
  return found;
}

describe('the table of event ids', () => {
  const seed = testSeed();

  test('finds every id that was put, and hardly any other', () => {
    const count = 100_000;
    const words = ids(count * 2, seed);
    const table = new IdTable({ seed: SEED, live: () => true });
    for (let i = 0; i < count; i++) {
      candidates(table, words, i);
      table.put(i + 1);
    }
    for (let i = 0; i < count; i++) {
      if (!candidates(table, words, i).includes(i + 1))
        throw new Error(`seed ${seed}: ${i} is lost`);
    }
    let chance = 0;
    for (let i = count; i < 2 * count; i++) chance += candidates(table, words, i).length;
    // 100,000 look-ups among 100,000 ids of 39 bits: 0.02 are expected.
    expect(chance).toBeLessThan(3);
  });

  test('spreads ids that differ in their time or their counter only', () => {
    for (const part of [0, 1, 3]) {
      const table = new IdTable({ seed: SEED, live: () => true });
      const words = new Uint32Array(4 * 50_000).fill(0x7a7a7a7a);
      for (let i = 0; i < 50_000; i++) words[i * 4 + part] = i;
      let chance = 0;
      for (let i = 0; i < 50_000; i++) {
        chance += candidates(table, words, i).length;
        table.put(i + 1);
      }
      expect(chance).toBeLessThan(3);
    }
  });

  test('keeps two ids that share a hash apart by their locations', () => {
    const table = new IdTable({ seed: SEED, live: () => true });
    const words = ids(1, seed);
    for (const location of [1, 2 ** 52 + 7, Number.MAX_SAFE_INTEGER - 1]) {
      candidates(table, words, 0);
      table.put(location);
    }
    expect(candidates(table, words, 0)).toEqual([1, 2 ** 52 + 7, Number.MAX_SAFE_INTEGER - 1]);
  });

  test('moves a location with its hint, and without when the shard was rebuilt meanwhile', () => {
    const count = 20_000;
    const words = ids(count, seed);
    const table = new IdTable({ seed: SEED, live: () => true });
    const hints = Uint32Array.from({ length: count }, (_, i) => {
      candidates(table, words, i);
      return table.put(2 ** 52 + i);
    });
    for (let i = 0; i < count; i++) {
      table.move({ words, wordAt: i * 4, hint: hints[i] ?? 0 }, 2 ** 52 + i, i + 1);
    }
    for (let i = 0; i < count; i++) {
      if (candidates(table, words, i).join() !== String(i + 1))
        throw new Error(`seed ${seed}: ${i}`);
    }
    const id = { words, wordAt: 0, hint: 0 };
    expect(() => table.move(id, 12_345_678, 1)).toThrow(/no entry/);
  });

  test('stays as large as what is live when old entries fall out', () => {
    const live = 20_000;
    let newest = 0;
    const table = new IdTable({ seed: SEED, live: (location) => location > newest - live });
    const words = ids(20 * live, seed);
    for (let i = 0; i < 20 * live; i++) {
      newest = i + 1;
      candidates(table, words, i);
      table.put(newest);
    }
    expect(table.bytes).toBeLessThan(live * 45);
    for (let i = 19 * live; i < 20 * live; i++) {
      if (!candidates(table, words, i).includes(i + 1))
        throw new Error(`seed ${seed}: ${i} is lost`);
    }
  });

  test('takes at most 27 bytes an id', () => {
    const table = new IdTable({ seed: SEED, live: () => true });
    const words = ids(300_000, seed);
    for (let i = 0; i < 300_000; i++) {
      candidates(table, words, i);
      table.put(i + 1);
      if (i > 50_000 && i % 1_000 === 0) expect(table.bytes).toBeLessThan(i * 27);
    }
  });
});
