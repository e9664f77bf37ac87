import { expect } from 'vitest';
import type {
  Cells,
  Key,
  Row,
  RowWrite,
  ScanOptions,
  TableDeclaration,
  TableStore,
  TableStoreCapabilities,
} from '@bytebasket/server/ports/table-store';
import type { ManualClock } from '../../support/manual-clock.js';
import type { ConformanceCase } from '../suite.js';

/** An open store on data of its own. */
export interface TableStoreFixture {
  readonly store: TableStore;
  /** The store's clock; undefined when the engine has one of its own. */
  readonly clock: ManualClock | undefined;
  /** Closes the store and deletes its data. */
  dispose(): Promise<void>;
}

/** What an adapter gives to the suite. */
export interface TableStoreConformance {
  readonly name: string;
  readonly capabilities: TableStoreCapabilities;
  open(tables: readonly TableDeclaration[]): Promise<TableStoreFixture>;
  /** Closes the store and opens it again on the same data; other declarations may be given. */
  restart(
    fixture: TableStoreFixture,
    tables?: readonly TableDeclaration[],
  ): Promise<TableStoreFixture>;
  /** How another thread or process of this machine opens the same store: see `elsewhere.ts`. */
  readonly elsewhere: {
    readonly module: URL;
    argument(fixture: TableStoreFixture, where: 'thread' | 'process'): unknown;
  };
}

export interface StoreContext {
  readonly store: TableStore;
  readonly fixture: TableStoreFixture;
  readonly clock: ManualClock | undefined;
  restart(tables?: readonly TableDeclaration[]): Promise<void>;
}

/** One column of every type. */
export const TYPES: TableDeclaration = {
  name: 'types',
  partitionKey: [{ name: 'id', type: 'text' }],
  clusteringKey: [],
  columns: [
    { name: 'label', type: 'text', merge: 'last' },
    { name: 'amount', type: 'int', merge: 'sum' },
    { name: 'exact', type: 'bigint', merge: 'last' },
    { name: 'ratio', type: 'double', merge: 'max' },
    { name: 'open', type: 'boolean', merge: 'last' },
    { name: 'sketch', type: 'bytes', merge: 'sketch' },
  ],
};

/** Two partition columns, two clustering columns. */
export const WINDOWS: TableDeclaration = {
  name: 'windows',
  partitionKey: [
    { name: 'metric', type: 'text' },
    { name: 'shard', type: 'int' },
  ],
  clusteringKey: [
    { name: 'start', type: 'int' },
    { name: 'dimension', type: 'text' },
  ],
  columns: [
    { name: 'a', type: 'int', merge: 'sum' },
    { name: 'b', type: 'int', merge: 'sum' },
    { name: 'c', type: 'int', merge: 'sum' },
  ],
};

/** Rows kept for a minute. */
export const SHORT: TableDeclaration = {
  name: 'short_lived',
  partitionKey: [{ name: 'id', type: 'text' }],
  clusteringKey: [{ name: 'n', type: 'int' }],
  columns: [{ name: 'a', type: 'int', merge: 'last' }],
  retentionMs: 60_000,
};

export const TABLES: readonly TableDeclaration[] = [TYPES, WINDOWS, SHORT];

/** A case that gets fresh tables, which are disposed of whatever happens. */
export function storeCase(
  options: TableStoreConformance,
  name: string,
  run: (context: StoreContext) => Promise<void>,
): ConformanceCase {
  return {
    name,
    async run() {
      let fixture = await options.open(TABLES);
      try {
        await run({
          get store() {
            return fixture.store;
          },
          get fixture() {
            return fixture;
          },
          get clock() {
            return fixture.clock;
          },
          async restart(tables) {
            fixture = await options.restart(fixture, tables);
          },
        });
      } finally {
        await fixture.dispose();
      }
    },
  };
}

/** A row of `types`. */
export function typed(id: string, cells: Cells, writeTime = 1): RowWrite {
  return { key: [id], cells, writeTime };
}

/** A row of `windows`. */
export function windowed(key: Key, cells: Cells, writeTime = 1): RowWrite {
  return { key, cells, writeTime };
}

/** The cells of a row of `types`; undefined when there is no row. */
export async function cellsOf(store: TableStore, id: string): Promise<Cells | undefined> {
  return (await store.get(TYPES.name, [id]))?.cells;
}

export async function scanAll(
  store: TableStore,
  partitionKey: Key,
  options: ScanOptions & { readonly table?: string } = {},
): Promise<Row[]> {
  const { table = WINDOWS.name, ...scan } = options;
  const rows: Row[] = [];
  for await (const row of store.scan(table, partitionKey, scan)) rows.push(row);
  return rows;
}

/** The clustering keys that a scan of `windows` gives. */
export async function scanKeys(...args: Parameters<typeof scanAll>): Promise<Key[]> {
  return (await scanAll(...args)).map(({ key }) => key.slice(2));
}

/** Fails unless both orders of the two writes leave these cells. */
export async function leavesInAnyOrder(
  store: TableStore,
  writes: readonly [RowWrite, RowWrite],
  expected: Cells,
): Promise<void> {
  const [first, second] = writes;
  for (const [id, order] of [
    ['forwards', [first, second]],
    ['backwards', [second, first]],
    ['together', [first, second]],
  ] as const) {
    const rows = order.map((one) => ({ ...one, key: [id] }));
    if (id === 'together') await store.write(TYPES.name, rows);
    else for (const row of rows) await store.write(TYPES.name, [row]);
    expect(await cellsOf(store, id), id).toEqual(expected);
  }
}
