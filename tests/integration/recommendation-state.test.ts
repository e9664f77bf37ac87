import { createHash } from 'node:crypto';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { StateStore } from '@bytebasket/server/recommendation/serving/state-store';
import { SERVING_TABLES } from '@bytebasket/server/recommendation/tables';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const positions = (next: number) => ({ 'user-activity': [next, 0] });

describe('the saved state of recommendations', () => {
  let folder: TempFolder;
  let world: World;
  let nowMs = 1_000_000;
  beforeEach(async () => {
    folder = await tempFolder('serving-state');
    world = await openWorld({ folder: folder.path, tables: SERVING_TABLES });
  });
  afterEach(async () => {
    await world.close();
    await folder.remove();
  });
  const storeOver = (tables: TableStore, owner = 'me'): StateStore =>
    new StateStore({ tables, owner, nowMs: () => nowMs });

  async function rows(): Promise<number> {
    let count = 0;
    for await (const row of world.tables.scan('serving_state', ['me'])) count += row.key.length / 4;
    return count;
  }

  test('comes back as it was saved, chunks of any size, without leftovers', async () => {
    const store = storeOver(world.tables);
    expect(await store.load()).toBeUndefined();
    const large = new Uint8Array(700_000).map((_, index) => index % 251);
    const a = new Map([
      ['x/a', text('1')],
      ['x/large', large],
      ['x/empty', new Uint8Array(0)],
    ]);
    await store.save({ positions: positions(5), chunks: a });
    const loaded = await storeOver(world.tables).load();
    expect(loaded?.positions).toEqual(positions(5));
    expect(digests(loaded?.chunks)).toEqual(digests(a));
    // One piece for each small chunk, three for the large one, one for the manifest.
    expect(await rows()).toBe(6);

    const second = storeOver(world.tables);
    await second.load();
    const changes = new Map([
      ['x/a', text('2')],
      ['x/large', undefined],
    ]);
    await second.save({ positions: positions(9), chunks: changes });
    const state = await storeOver(world.tables).load();
    expect(state?.positions).toEqual(positions(9));
    expect([...(state?.chunks ?? [])]).toEqual([
      ['x/a', text('2')],
      ['x/empty', new Uint8Array(0)],
    ]);
    expect(await rows()).toBe(3);
  });

  test('stays what it was when a save dies, whatever the write it dies at', async () => {
    const first = new Map([['x/a', text('old')]]);
    await storeOver(world.tables).save({ positions: positions(1), chunks: first });
    const chunks = new Map([
      ['x/a', text('new')],
      ['x/b', new Uint8Array(5 * 1024 * 1024)],
    ]);
    let died = 0;
    for (let writes = 0; ; writes++) {
      const dying = storeOver(dyingTables(world.tables, writes));
      const save = async (): Promise<boolean> => {
        await dying.load();
        await dying.save({ positions: positions(2), chunks });
        return true;
      };
      const saved = await save().catch(() => false);
      // A restart with a clock that was set back must not mix the two.
      nowMs -= 500;
      const state = await storeOver(world.tables).load();
      const moved = saved || state?.positions['user-activity']?.[0] === 2;
      expect(state?.positions).toEqual(positions(moved ? 2 : 1));
      expect(digests(state?.chunks)).toEqual(digests(moved ? chunks : first));
      if (saved) break;
      died += 1;
    }
    expect(died).toBeGreaterThanOrEqual(3);
  });

  test('of one owner is not the other’s', async () => {
    const chunks = new Map([['x/a', text('1')]]);
    await storeOver(world.tables).save({ positions: positions(1), chunks });
    expect(await storeOver(world.tables, 'you').load()).toBeUndefined();
  });

  test('is gone when a piece of it is missing, and can be saved anew', async () => {
    const chunks = new Map([['x/a', text('1')]]);
    await storeOver(world.tables).save({ positions: positions(1), chunks });
    const writeTime = nowMs * 2_000;
    await world.tables.remove('serving_state', [{ key: ['me', 'x/a', 1, 0], writeTime }]);
    const store = storeOver(world.tables);
    expect(await store.load()).toBeUndefined();
    await store.clear();
    expect(await rows()).toBe(0);
    await store.save({ positions: positions(2), chunks });
    expect((await storeOver(world.tables).load())?.positions).toEqual(positions(2));
  });
});

/** Comparing megabytes one by one would take seconds. */
function digests(chunks: ReadonlyMap<string, Uint8Array> | undefined): string[] {
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  return [...(chunks ?? [])].map(([name, bytes]) => `${name} ${digest(bytes)}`);
}

/** Tables that fail for good at the first change after `changes` of them. */
function dyingTables(tables: TableStore, changes: number): TableStore {
  let left = changes;
  const spend = (): void => {
    left -= 1;
    if (left < 0) throw new Error('the process died here');
  };
  return {
    capabilities: tables.capabilities,
    get: (table, key) => tables.get(table, key),
    scan: (table, key, options) => tables.scan(table, key, options),
    compareAndSet: (table, change) => tables.compareAndSet(table, change),
    expire: (nowMs) => tables.expire(nowMs),
    close: () => tables.close(),
    async write(table, rows) {
      spend();
      await tables.write(table, rows);
    },
    async remove(table, rows) {
      spend();
      await tables.remove(table, rows);
    },
  };
}
