import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../tests/support/random.js';
import { openColumns } from './batch-columns.js';
import { IdTable, type IdColumns } from './id-table.js';

const SEED = Uint32Array.from([1, 2, 3, 4]);

function ids(count: number, seed: number): IdColumns {
  const random = seededRandom(seed);
  const { ids: columns } = openColumns(count);
  for (let i = 0; i < count * 4; i++) columns.words[i] = random.int(0, 2 ** 32 - 1);
  return columns;
}

/** A table in which nothing expires and that has located the ids. */
function tableOf(columns: IdColumns, count: number): IdTable {
  const table = new IdTable({ seed: SEED, live: () => true });
  table.locate(columns, count);
  return table;
}

/** All locations that may be the id. */
function candidates(table: IdTable, columns: IdColumns, index: number): number[] {
  const found: number[] = [];
  table.seek(columns, index);
  for (let at = table.next(); at !== 0; at = table.next()) found.push(at);
  return found;
}

describe('the table of event ids', () => {
  const seed = testSeed();

  test('finds every id that was put, and hardly any other', () => {
    const count = 100_000;
    const columns = ids(count * 2, seed);
    const table = tableOf(columns, 2 * count);
    for (let i = 0; i < count; i++) {
      candidates(table, columns, i);
      table.put(columns, i, i + 1);
    }
    for (let i = 0; i < count; i++) {
      if (!candidates(table, columns, i).includes(i + 1))
        throw new Error(`seed ${seed}: ${i} is lost`);
    }
    let chance = 0;
    for (let i = count; i < 2 * count; i++) chance += candidates(table, columns, i).length;
    // 100,000 look-ups among 100,000 ids of 39 bits: 0.02 are expected.
    expect(chance).toBeLessThan(3);
  });

  test('spreads ids that differ in their time or their counter only', () => {
    for (const part of [0, 1, 3]) {
      const { ids: columns } = openColumns(50_000);
      columns.words.fill(0x7a7a7a7a);
      for (let i = 0; i < 50_000; i++) columns.words[i * 4 + part] = i;
      const table = tableOf(columns, 50_000);
      let chance = 0;
      for (let i = 0; i < 50_000; i++) {
        chance += candidates(table, columns, i).length;
        table.put(columns, i, i + 1);
      }
      expect(chance).toBeLessThan(3);
    }
  });

  test('keeps two ids that share a hash apart by their locations', () => {
    const columns = ids(1, seed);
    const table = tableOf(columns, 1);
    for (const location of [1, 2 ** 52 + 7, Number.MAX_SAFE_INTEGER - 1]) {
      candidates(table, columns, 0);
      table.put(columns, 0, location);
    }
    expect(candidates(table, columns, 0)).toEqual([1, 2 ** 52 + 7, Number.MAX_SAFE_INTEGER - 1]);
  });

  test('moves a location with its hint, and without when the shard was rebuilt meanwhile', () => {
    const count = 20_000;
    const columns = ids(count, seed);
    const table = tableOf(columns, count);
    for (let i = 0; i < count; i++) {
      candidates(table, columns, i);
      table.put(columns, i, 2 ** 52 + i);
    }
    const all = Array.from({ length: count }, (_, i) => i);
    table.approach(columns, all);
    for (const i of all) table.move(columns, i, { before: 2 ** 52 + i, after: i + 1 });
    for (let i = 0; i < count; i++) {
      if (candidates(table, columns, i).join() !== String(i + 1))
        throw new Error(`seed ${seed}: ${i}`);
    }
    expect(() => table.move(columns, 0, { before: 12_345_678, after: 1 })).toThrow(/no entry/);
  });

  test('stays as large as what is live when old entries fall out', () => {
    const live = 20_000;
    let newest = 0;
    const table = new IdTable({ seed: SEED, live: (location) => location > newest - live });
    const columns = ids(20 * live, seed);
    table.locate(columns, 20 * live);
    for (let i = 0; i < 20 * live; i++) {
      newest = i + 1;
      candidates(table, columns, i);
      table.put(columns, i, newest);
    }
    expect(table.bytes).toBeLessThan(live * 45);
    for (let i = 19 * live; i < 20 * live; i++) {
      if (!candidates(table, columns, i).includes(i + 1))
        throw new Error(`seed ${seed}: ${i} is lost`);
    }
  });

  test('takes at most 27 bytes an id', () => {
    const columns = ids(300_000, seed);
    const table = tableOf(columns, 300_000);
    for (let i = 0; i < 300_000; i++) {
      candidates(table, columns, i);
      table.put(columns, i, i + 1);
      if (i > 50_000 && i % 1_000 === 0) expect(table.bytes).toBeLessThan(i * 27);
    }
  });
});
