import { expect } from 'vitest';
import type { Cells } from '@bytebasket/server/ports/table-store';
import { rejects } from '../event-log/context.js';
import type { ConformanceCase } from '../suite.js';
import {
  cellsOf,
  leavesInAnyOrder,
  storeCase,
  typed,
  TYPES,
  WINDOWS,
  type TableStoreConformance,
} from './context.js';

const FULL: Cells = {
  label: 'Grüße, 世界 🛒\u0000\uffff',
  amount: 42,
  exact: 12_345_678_901_234_567_890n,
  ratio: 0.1,
  open: true,
  sketch: Uint8Array.from({ length: 256 }, (_, byte) => byte),
};

export function cellCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [...valueCases(options), ...timeCases(options), ...removeCases(options)];
}

function valueCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [
    storeCase(options, 'has the capabilities that its adapter promises', async ({ store }) => {
      expect(store.capabilities).toEqual(options.capabilities);
    }),
    storeCase(
      options,
      'gives back every type as it was written, also after a restart',
      async (it) => {
        await it.store.write(TYPES.name, [typed('a', FULL, 7)]);
        const expected = { key: ['a'], cells: FULL, writeTime: 7 };
        expect(await it.store.get(TYPES.name, ['a'])).toEqual(expected);
        await it.restart();
        expect(await it.store.get(TYPES.name, ['a'])).toEqual(expected);
        expect(await it.store.get(TYPES.name, ['b'])).toBeUndefined();
      },
    ),
    storeCase(options, 'keeps the bounds of numbers', async ({ store }) => {
      const most = Number.MAX_SAFE_INTEGER;
      const cases: Cells[] = [
        ...[
          0,
          1,
          -1,
          63,
          64,
          -63,
          -64,
          8_191,
          8_192,
          2 ** 31,
          -(2 ** 31) - 1,
          2 ** 32,
          most,
          -most,
        ],
      ].map((amount) => ({ amount }));
      const wide = [0n, -1n, 127n, 128n, -128n, -129n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 200n];
      cases.push(...wide.map((exact) => ({ exact })));
      const doubles = [0, -0, Number.MIN_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, Number.NaN];
      cases.push(...doubles.map((ratio) => ({ ratio })));
      await store.write(
        TYPES.name,
        cases.map((cells, index) => typed(`${index}`, cells)),
      );
      for (const [index, cells] of cases.entries()) {
        expect(await cellsOf(store, `${index}`)).toEqual(cells);
      }
    }),
    storeCase(options, 'keeps empty and large cells', async ({ store }) => {
      const empty = { label: '', sketch: new Uint8Array(0), open: false };
      const large = { label: 'ä'.repeat(50_000), sketch: new Uint8Array(100_000).fill(9) };
      await store.write(TYPES.name, [typed('empty', empty), typed('large', large)]);
      expect(await cellsOf(store, 'empty')).toEqual(empty);
      expect(await cellsOf(store, 'large')).toEqual(large);
    }),
    storeCase(options, 'keeps a row as it was read while others are read', async ({ store }) => {
      const sketch = (byte: number): Uint8Array => new Uint8Array(1_000).fill(byte);
      const rows = [1, 2].map((byte) => typed(`${byte}`, { sketch: sketch(byte) }));
      await store.write(TYPES.name, rows);
      const first = await cellsOf(store, '1');
      await cellsOf(store, '2');
      expect(first).toEqual({ sketch: sketch(1) });
    }),
    storeCase(
      options,
      'refuses cells that do not fit their column, and keeps nothing',
      async (it) => {
        const bad: readonly (readonly [Cells, string])[] = [
          [{ amount: 1.5 }, 'types.amount'],
          [{ amount: 2 ** 53 }, 'types.amount'],
          [{ amount: 'a' }, 'types.amount'],
          [{ amount: 1n }, 'types.amount'],
          [{ exact: 1 }, 'types.exact'],
          [{ ratio: '1' }, 'types.ratio'],
          [{ open: 1 }, 'types.open'],
          [{ label: new Uint8Array(1) }, 'types.label'],
          [{ label: 'half a pair \ud800' }, 'types.label'],
          [{ sketch: 'bytes' }, 'types.sketch'],
          [{ unknown: 1 }, 'unknown'],
          [{}, 'types'],
        ];
        for (const [cells, named] of bad) {
          const rows = [typed('fine', { amount: 1 }), typed('bad', cells)];
          await rejects(it.store.write(TYPES.name, rows), 'OutOfRange', named);
        }
        for (const writeTime of [-1, 0.5, Number.NaN, 2 ** 53]) {
          const row = typed('bad', { amount: 1 }, writeTime);
          await rejects(it.store.write(TYPES.name, [row]), 'OutOfRange', `${writeTime}`);
        }
        expect(await cellsOf(it.store, 'fine')).toBeUndefined();
      },
    ),
    storeCase(options, 'takes 10,000 rows at once and refuses one more', async ({ store }) => {
      const rows = Array.from({ length: 10_000 }, (_, i) => typed(`${i}`, { amount: i }));
      await store.write(TYPES.name, rows);
      expect(await cellsOf(store, '9999')).toEqual({ amount: 9_999 });
      const more = [...rows, typed('more', { amount: 1 })];
      await rejects(store.write(TYPES.name, more), 'OutOfRange', '10001');
      await store.write(TYPES.name, []);
    }),
    storeCase(options, 'refuses tables that were not declared', async ({ store }) => {
      const row = typed('a', { amount: 1 });
      await rejects(store.write('nowhere', [row]), 'NotFound', 'nowhere');
      await rejects(store.remove('nowhere', [row]), 'NotFound', 'nowhere');
      await rejects(store.get('nowhere', ['a']), 'NotFound', 'nowhere');
    }),
    storeCase(options, 'refuses everything after it was closed', async ({ store }) => {
      const pending = store.write(TYPES.name, [typed('a', { amount: 1 })]);
      await store.close();
      await pending;
      await rejects(store.get(TYPES.name, ['a']), 'Unavailable');
      await rejects(store.write(TYPES.name, [typed('a', { amount: 1 })]), 'Unavailable');
    }),
    storeCase(
      options,
      'takes new columns, hides removed ones and keeps their cells',
      async (it) => {
        await it.store.write(TYPES.name, [typed('a', { amount: 1, label: 'kept' }, 1)]);
        const without = TYPES.columns.filter(({ name }) => name !== 'label');
        const added = { name: 'colour', type: 'text', merge: 'last' } as const;
        await it.restart([{ ...TYPES, columns: [added, ...without] }, WINDOWS]);
        expect(await cellsOf(it.store, 'a')).toEqual({ amount: 1 });
        await it.store.write(TYPES.name, [typed('a', { colour: 'red' }, 2)]);
        await it.restart([{ ...TYPES, columns: [...TYPES.columns, added] }, WINDOWS]);
        expect(await cellsOf(it.store, 'a')).toEqual({ amount: 1, label: 'kept', colour: 'red' });
      },
    ),
  ];
}

function timeCases(options: TableStoreConformance): readonly ConformanceCase[] {
  return [
    storeCase(options, 'lets the newest write of each cell win', async ({ store }) => {
      await store.write(TYPES.name, [typed('a', { amount: 1, label: 'one', open: true }, 10)]);
      await store.write(TYPES.name, [typed('a', { amount: 2, label: 'two' }, 20)]);
      expect(await cellsOf(store, 'a')).toEqual({ amount: 2, label: 'two', open: true });
      await store.write(TYPES.name, [typed('a', { amount: 3, open: false }, 15)]);
      expect(await cellsOf(store, 'a')).toEqual({ amount: 2, label: 'two', open: false });
      await store.write(TYPES.name, [typed('a', { amount: 4, label: 'four', open: true }, 5)]);
      const row = await store.get(TYPES.name, ['a']);
      expect(row?.cells).toEqual({ amount: 2, label: 'two', open: false });
      expect(row?.writeTime).toBe(20);
    }),
    storeCase(options, 'drops an older write whole, also over a restart', async (it) => {
      await it.store.write(TYPES.name, [typed('a', { amount: 2 }, 20)]);
      await it.restart();
      await it.store.write(TYPES.name, [typed('a', { amount: 1 }, 19)]);
      expect(await it.store.get(TYPES.name, ['a'])).toEqual({
        key: ['a'],
        cells: { amount: 2 },
        writeTime: 20,
      });
    }),
    storeCase(options, 'gives the same row for a repeated write', async ({ store }) => {
      const rows = [typed('a', FULL, 5), typed('b', { amount: 1 }, 6)];
      await store.write(TYPES.name, rows);
      await store.write(TYPES.name, rows);
      await store.write(TYPES.name, [...rows].reverse());
      expect(await cellsOf(store, 'a')).toEqual(FULL);
      expect(await cellsOf(store, 'b')).toEqual({ amount: 1 });
    }),
    storeCase(options, 'lets the greater value win among equal write times', async ({ store }) => {
      const ties: readonly (readonly [Cells, Cells])[] = [
        [{ amount: 5 }, { amount: 300 }],
        [{ amount: 2 ** 40 }, { amount: 2 ** 40 + 1 }],
        [{ amount: 300 }, { amount: -7 }],
        [{ amount: -8 }, { amount: -7 }],
        [{ label: 'a' }, { label: 'ab' }],
        [{ label: 'b'.repeat(3) }, { label: 'c' }],
        [{ ratio: 1.5 }, { ratio: 2.5 }],
        [{ open: false }, { open: true }],
        [{ sketch: Uint8Array.of(1, 2) }, { sketch: Uint8Array.of(2) }],
      ];
      for (const [index, [lesser, greater]] of ties.entries()) {
        const writes = [typed('', lesser, 10 + index), typed('', greater, 10 + index)] as const;
        await leavesInAnyOrder(store, writes, { ...greater });
        const ids = ['forwards', 'backwards', 'together'];
        const gone = ids.map((id) => ({ key: [id], writeTime: 10 + index }));
        await store.remove(TYPES.name, gone);
      }
    }),
    storeCase(options, 'merges writes of one row within one call', async ({ store }) => {
      const writes = [
        typed('a', { amount: 1, label: 'old' }, 1),
        typed('a', { amount: 3 }, 3),
        typed('a', { amount: 2, open: true }, 2),
      ];
      await store.write(TYPES.name, writes);
      expect(await cellsOf(store, 'a')).toEqual({ amount: 3, label: 'old', open: true });
    }),
  ];
}

function removeCases(options: TableStoreConformance): readonly ConformanceCase[] {
  const remove = (id: string, writeTime: number) => [{ key: [id], writeTime }];
  return [
    storeCase(options, 'removes what was written at or before the delete', async ({ store }) => {
      await store.write(TYPES.name, [typed('a', { amount: 1 }, 10)]);
      await store.write(TYPES.name, [typed('a', { label: 'newer' }, 12)]);
      await store.remove(TYPES.name, remove('a', 10));
      expect(await cellsOf(store, 'a')).toEqual({ label: 'newer' });
      await store.remove(TYPES.name, remove('a', 12));
      expect(await cellsOf(store, 'a')).toBeUndefined();
      await store.remove(TYPES.name, remove('never there', 5));
      expect(await cellsOf(store, 'never there')).toBeUndefined();
    }),
    storeCase(options, 'keeps an older write from bringing a deleted row back', async (it) => {
      await it.store.write(TYPES.name, [typed('a', { amount: 1 }, 10)]);
      await it.store.remove(TYPES.name, remove('a', 20));
      await it.restart();
      await it.store.write(TYPES.name, [
        typed('a', { amount: 2 }, 19),
        typed('b', { amount: 1 }, 1),
      ]);
      expect(await cellsOf(it.store, 'a')).toBeUndefined();
      await it.store.write(TYPES.name, [typed('a', { amount: 3 }, 21)]);
      await it.store.write(TYPES.name, [typed('a', { label: 'too old' }, 20)]);
      expect(await cellsOf(it.store, 'a')).toEqual({ amount: 3 });
    }),
    storeCase(options, 'leaves deleted rows out of scans', async ({ store }) => {
      const key = (n: number) => ['views', 0, n, 'all'];
      const rows = [1, 2, 3].map((n) => ({ key: key(n), cells: { a: n }, writeTime: 1 }));
      await store.write(WINDOWS.name, rows);
      await store.remove(WINDOWS.name, [{ key: key(2), writeTime: 1 }]);
      const read: unknown[] = [];
      for await (const row of store.scan(WINDOWS.name, ['views', 0], { limit: 2 })) {
        read.push(row.cells['a']);
      }
      expect(read).toEqual([1, 3]);
    }),
  ];
}
