import { expect } from 'vitest';
import type { Key, RowWrite } from '@bytebasket/server/ports/table-store';
import { rejects } from '../event-log/context.js';
import type { ConformanceCase } from '../suite.js';
import { scanAll, scanKeys, storeCase, TYPES, windowed, WINDOWS } from './context.js';
import type { TableStoreConformance } from './context.js';

const MOST = Number.MAX_SAFE_INTEGER;
/** Whole numbers in order. */
const NUMBERS = [-MOST, -(2 ** 32) - 1, -(2 ** 32), -256, -1, 0, 1, 255, 2 ** 31, 2 ** 32, MOST];
/** Texts in the order of their UTF-8 bytes, which differs from that of JavaScript's comparison. */
const TEXTS = [
  '',
  '\u0000',
  '\u0000a',
  '\u0001',
  ' ',
  'A',
  'a',
  'a\u0000',
  'a\u0000b',
  'a\u0001',
  'aa',
  'ab',
  'b',
  'ä',
  '世界',
  '\uffff',
  '🛒',
  '🛒a',
];

function row(key: Key): RowWrite {
  return windowed(key, { a: 1 });
}

export function keyCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [
    storeCase(options, 'orders numbers numerically, negative ones too', async ({ store }) => {
      const rows = [...NUMBERS].reverse().map((start) => row(['m', 0, start, 'x']));
      await store.write(WINDOWS.name, rows);
      expect((await scanKeys(store, ['m', 0])).map(([start]) => start)).toEqual(NUMBERS);
    }),
    storeCase(options, 'orders text by its UTF-8 bytes', async ({ store }) => {
      const rows = [...TEXTS].reverse().map((text) => row(['m', 0, 1, text]));
      await store.write(WINDOWS.name, rows);
      expect((await scanKeys(store, ['m', 0])).map(([, text]) => text)).toEqual(TEXTS);
    }),
    storeCase(options, 'keeps partitions apart whose keys begin alike', async ({ store }) => {
      const partitions: Key[] = [
        ...TEXTS.map((text) => [text, 0]),
        ['a', 1],
        ['a', -1],
        ['a', 256],
      ];
      const rows = partitions.map((partition, index) => row([...partition, index, 'x']));
      await store.write(WINDOWS.name, rows);
      for (const [index, partition] of partitions.entries()) {
        expect(await scanKeys(store, partition), JSON.stringify(partition)).toEqual([[index, 'x']]);
        const key = [...partition, index, 'x'];
        expect((await store.get(WINDOWS.name, key))?.key).toEqual(key);
      }
    }),
    storeCase(
      options,
      'scans a range: from inclusive, to exclusive, both may be prefixes',
      async (it) => {
        const starts = [-2, -1, 0, 1, 2];
        const rows = starts.flatMap((start) =>
          ['a', 'b'].map((text) => row(['m', 0, start, text])),
        );
        await it.store.write(WINDOWS.name, rows);
        const keys = (from?: Key, to?: Key, reverse = false) =>
          scanKeys(it.store, ['m', 0], {
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
            reverse,
          });
        const all = starts.flatMap((start) => [
          [start, 'a'],
          [start, 'b'],
        ]);
        expect(await keys()).toEqual(all);
        expect(await keys([-1], [1])).toEqual(all.slice(2, 6));
        expect(await keys([-1, 'b'], [1, 'b'])).toEqual(all.slice(3, 7));
        expect(await keys([1])).toEqual(all.slice(6));
        expect(await keys(undefined, [-1, 'b'])).toEqual(all.slice(0, 3));
        expect(await keys([1], [1])).toEqual([]);
        expect(await keys([2], [1])).toEqual([]);
        expect(await keys([3])).toEqual([]);
        expect(await keys(undefined, undefined, true)).toEqual([...all].reverse());
        expect(await keys([-1], [1], true)).toEqual(all.slice(2, 6).reverse());
        expect(await keys([-1, 'b'], [1, 'b'], true)).toEqual(all.slice(3, 7).reverse());
        expect(await keys([2], [1], true)).toEqual([]);
      },
    ),
    storeCase(
      options,
      'stops at the limit, and goes through many rows without it',
      async ({ store }) => {
        const rows = Array.from({ length: 1_500 }, (_, start) => row(['m', 0, start, 'x']));
        await store.write(WINDOWS.name, [...rows, row(['m', 1, 0, 'other'])]);
        const starts = rows.map(({ key }) => key[2]);
        for (const limit of [1, 256, 257, 1_500, 2_000]) {
          const forwards = await scanKeys(store, ['m', 0], { limit });
          expect(forwards.map(([start]) => start)).toEqual(starts.slice(0, limit));
          const backwards = await scanKeys(store, ['m', 0], { limit, reverse: true });
          expect(backwards.map(([start]) => start)).toEqual([...starts].reverse().slice(0, limit));
        }
        expect(await scanAll(store, ['m', 0])).toHaveLength(1_500);
        await rejects(scanAll(store, ['m', 0], { limit: 0 }), 'OutOfRange', '0');
      },
    ),
    storeCase(options, 'scans on while rows are written', async ({ store }) => {
      const rows = Array.from({ length: 600 }, (_, start) => row(['m', 0, start, 'x']));
      await store.write(WINDOWS.name, rows);
      const seen: unknown[] = [];
      for await (const one of store.scan(WINDOWS.name, ['m', 0])) {
        if (seen.length === 300) await store.write(WINDOWS.name, [row(['m', 0, 10_000, 'x'])]);
        seen.push(one.key[2]);
      }
      expect(seen.slice(0, 600)).toEqual(rows.map(({ key }) => key[2]));
    }),
    storeCase(options, 'scans a table without clustering key as one row', async ({ store }) => {
      await store.write(TYPES.name, [
        { key: ['a'], cells: { amount: 1 }, writeTime: 1 },
        { key: ['ab'], cells: { amount: 2 }, writeTime: 1 },
      ]);
      const rows = await scanAll(store, ['a'], { table: TYPES.name });
      expect(rows).toEqual([{ key: ['a'], cells: { amount: 1 }, writeTime: 1 }]);
    }),
    storeCase(options, 'refuses keys that do not fit the declaration', async ({ store }) => {
      const bad: readonly (readonly [Key, string])[] = [
        [['m', 0, 1], '4'],
        [['m', 0, 1, 'x', 'y'], '4'],
        [['m', '0', 1, 'x'], 'windows.shard'],
        [['m', 0.5, 1, 'x'], 'windows.shard'],
        [['m', 2 ** 53, 1, 'x'], 'windows.shard'],
        [[1, 0, 1, 'x'], 'windows.metric'],
        [['m', 0, 1, 'half \udfff'], 'text'],
        [['m', 0, 1, 'x'.repeat(70_000)], ''],
      ];
      for (const [key, named] of bad) {
        await rejects(store.write(WINDOWS.name, [row(key)]), 'OutOfRange', named);
        await rejects(store.get(WINDOWS.name, key), 'OutOfRange', named);
      }
      await rejects(scanAll(store, ['m']), 'OutOfRange', '2');
    }),
    storeCase(options, 'takes a long key', async ({ store }) => {
      const key = ['m', 0, 1, 'ä'.repeat(500)];
      await store.write(WINDOWS.name, [row(key)]);
      expect((await store.get(WINDOWS.name, key))?.key).toEqual(key);
    }),
  ];
}
