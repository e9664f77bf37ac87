/** The lmdb tables as the suites want them; also opened from other threads and processes. */
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { openLmdbTableStore } from '@bytebasket/server/adapters/lmdb/table-store';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import type { TableDeclaration, TableStore } from '@bytebasket/server/ports/table-store';
import { manualClock } from '../support/manual-clock.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { TABLES } from './table-store/context.js';
import type { TableStoreConformance, TableStoreFixture } from './table-store/context.js';

interface LmdbFixture extends TableStoreFixture {
  readonly temp: TempFolder;
  readonly tables: readonly TableDeclaration[];
  readonly notifier: SharedArrayBuffer;
}

interface Argument {
  readonly folder: string;
  readonly notifier: SharedArrayBuffer | undefined;
}

/** Opens the tables of a test from another thread (which shares the notifier) or process. */
export function openElsewhere(argument: unknown): Promise<TableStore> {
  const { folder, notifier } = argument as Argument;
  return openLmdbTableStore({ folder, notifier, tables: TABLES, clock: systemClock() });
}

async function openIn(
  temp: TempFolder,
  tables: readonly TableDeclaration[],
  clock = manualClock(),
): Promise<LmdbFixture> {
  const notifier = createNotifierMemory();
  const store = await openLmdbTableStore({ folder: temp.path, notifier, tables, clock });
  return {
    store,
    clock,
    temp,
    tables,
    notifier,
    async dispose() {
      await store.close();
      await temp.remove();
    },
  };
}

export const lmdbTableStore: TableStoreConformance = {
  name: 'lmdb',
  capabilities: { atomicWrite: true, nativeExpiry: false },
  open: async (tables) => openIn(await tempFolder('tables'), tables),
  async restart(fixture, tables) {
    const before = fixture as LmdbFixture;
    await before.store.close();
    return openIn(before.temp, tables ?? before.tables, before.clock);
  },
  elsewhere: {
    module: new URL(import.meta.url),
    argument(fixture, where) {
      const { temp, notifier } = fixture as LmdbFixture;
      return { folder: temp.path, notifier: where === 'thread' ? notifier : undefined };
    },
  },
};
