import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../../../tests/support/manual-clock.js';
import type { TableDeclaration } from '../../ports/table-store.js';
import { openLmdbEnvironment } from './environment.js';
import { openLmdbEventLog } from './event-log.js';
import { createNotifierMemory, openNotifier } from './notifier.js';
import { openLmdbTableStore } from './table-store.js';

const TOPICS = [{ name: 'orders', retention: { maxAgeMs: 1_000 } }];
const RECORD = { partition: 0, key: Buffer.from('k'), value: Buffer.from('v'), headers: {} };
const TABLE: TableDeclaration = {
  name: 'rows',
  partitionKey: [{ name: 'id', type: 'text' }],
  clusteringKey: [],
  columns: [{ name: 'a', type: 'int', merge: 'last' }],
};

describe('an lmdb environment', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytebasket-environment-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock();

  test('refuses writes while room is short, frees room all the same, and recovers', async () => {
    let free = 100_000_000;
    const environment = await openLmdbEnvironment({ folder, freeBytesOf: async () => free });
    const log = await openLmdbEventLog({ environment, topics: TOPICS, clock });
    await log.append('orders', [RECORD]);
    free = 1_000;
    // The room is asked for every 200 ms at most; a first append may still pass.
    await new Promise((resolve) => setTimeout(resolve, 220));
    await expect(log.append('orders', [RECORD])).rejects.toMatchObject({
      kind: 'Unavailable',
      retryAfterMs: 1_000,
      message: expect.stringContaining('1000 bytes free, 67108864 are needed') as string,
    });
    expect((await log.bounds('orders'))[0]).toEqual({ partition: 0, start: 0, end: 1 });
    expect(await log.expire(clock.nowMs() + 10_000)).toBe(1);
    free = 100_000_000;
    expect(await log.append('orders', [RECORD])).toEqual([1]);
    await environment.close();
  });

  test('is shared by a log and tables, and closed by whoever opened it', async () => {
    const environment = await openLmdbEnvironment({ folder });
    const log = await openLmdbEventLog({ environment, topics: TOPICS, clock });
    const store = await openLmdbTableStore({ environment, tables: [TABLE], clock });
    const write = store.write('rows', [{ key: ['x'], cells: { a: 1 }, writeTime: 1 }]);
    await Promise.all([write, log.append('orders', [RECORD])]);
    await log.close();
    await expect(log.bounds('orders')).rejects.toMatchObject({ kind: 'Unavailable' });
    expect((await store.get('rows', ['x']))?.cells).toEqual({ a: 1 });
    await environment.close();
    await environment.close();
    await expect(store.get('rows', ['x'])).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  test('fails one work that throws and commits the others of its group', async () => {
    const environment = await openLmdbEnvironment({ folder });
    const key = Buffer.from('x');
    const mistake = new Error('a mistake');
    const outcomes = await Promise.allSettled([
      environment.write(() => void environment.meta.put(Buffer.from('a'), key)),
      environment.write(() => {
        void environment.meta.put(Buffer.from('b'), key);
        throw mistake;
      }),
      environment.write(() => void environment.meta.put(Buffer.from('c'), key)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: mistake });
    environment.beginRead();
    const kept = ['a', 'b', 'c'].filter((name) => environment.meta.doesExist(Buffer.from(name)));
    expect(kept).toEqual(['a', 'c']);
    await environment.close();
  });

  test('ends a follower with Unavailable when it closes', async () => {
    const environment = await openLmdbEnvironment({ folder });
    const log = await openLmdbEventLog({ environment, topics: TOPICS, clock });
    const reading = log.read('orders', 0, { from: 0, follow: true })[Symbol.asyncIterator]();
    const next = reading.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await environment.close();
    await expect(next).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  test('refuses all work of every thread once one of them failed', async () => {
    const notifier = createNotifierMemory();
    const environment = await openLmdbEnvironment({ folder, notifier });
    const log = await openLmdbEventLog({ environment, topics: TOPICS, clock });
    openNotifier(notifier).markFailed();
    await expect(log.append('orders', [RECORD])).rejects.toThrow('refuses all work');
    await expect(log.bounds('orders')).rejects.toThrow('check the disk');
    await expect(openLmdbEnvironment({ folder, notifier })).rejects.toThrow('refuses all work');
    await environment.close();
  });

  test('refuses a folder that was made with other partitions, keys or types', async () => {
    await (await openLmdbEventLog({ folder, topics: TOPICS, clock, partitions: 2 })).close();
    await expect(openLmdbEventLog({ folder, topics: TOPICS, clock })).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('has 2 partitions per topic, asked for 4') as string,
    });
    await (await openLmdbTableStore({ folder, tables: [TABLE], clock })).close();
    const columns = [{ name: 'a', type: 'text', merge: 'last' }] as const;
    const changed = openLmdbTableStore({ folder, tables: [{ ...TABLE, columns }], clock });
    await expect(changed).rejects.toMatchObject({ kind: 'Conflict' });
    const clusteringKey = [{ name: 'n', type: 'int' }] as const;
    const longer = openLmdbTableStore({ folder, tables: [{ ...TABLE, clusteringKey }], clock });
    await expect(longer).rejects.toThrow('keep the key');
  });

  test('finds commits of another handle without a notifier, by polling', async () => {
    const log = await openLmdbEventLog({ folder, topics: TOPICS, clock });
    const other = await openLmdbEventLog({ folder, topics: TOPICS, clock });
    const reading = log.read('orders', 0, { from: 0, follow: true })[Symbol.asyncIterator]();
    const next = reading.next();
    await other.append('orders', [RECORD]);
    expect((await next).done).toBe(false);
    await reading.return?.();
    await other.close();
    await log.close();
  });
});
