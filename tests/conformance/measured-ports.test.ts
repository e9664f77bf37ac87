import { measuredEventLog } from '@bytebasket/server/ports/wrappers/measured-event-log';
import { measuredTableStore } from '@bytebasket/server/ports/wrappers/measured-table-store';
import type { OnCall } from '@bytebasket/server/ports/wrappers/measured';
import { afterAll, describe, expect, test } from 'vitest';
import { appendCases } from './event-log/append.js';
import { TOPICS } from './event-log/context.js';
import type { EventLogConformance, EventLogFixture } from './event-log/context.js';
import { groupCases } from './event-log/groups.js';
import { readCases } from './event-log/read.js';
import { lmdbEventLog } from './lmdb-event-log.js';
import { lmdbTableStore } from './lmdb-table-store.js';
import { registerCases } from './suite.js';
import { cellCases } from './table-store/cells.js';
import { changeCases } from './table-store/changes.js';
import type { TableStoreConformance, TableStoreFixture } from './table-store/context.js';
import { keyCases } from './table-store/keys.js';

const told = new Map<string, number>();
const onCall: OnCall = (operation, ms, outcome) => {
  expect(ms).toBeGreaterThanOrEqual(0);
  const name = `${operation} ${outcome}`;
  told.set(name, (told.get(name) ?? 0) + 1);
};
const measuredLog = (fixture: EventLogFixture): EventLogFixture => ({
  ...fixture,
  log: measuredEventLog(fixture.log, onCall),
});
const measuredStore = (fixture: TableStoreFixture): TableStoreFixture => ({
  ...fixture,
  store: measuredTableStore(fixture.store, onCall),
});

// Other threads open the adapters without the wrapper: those cases would say nothing about it.
const log: EventLogConformance = {
  ...lmdbEventLog,
  open: async (setup) => measuredLog(await lmdbEventLog.open(setup)),
  restart: async (fixture) => measuredLog(await lmdbEventLog.restart(fixture)),
};
const store: TableStoreConformance = {
  ...lmdbTableStore,
  open: async (tables) => measuredStore(await lmdbTableStore.open(tables)),
  restart: async (fixture, tables) => measuredStore(await lmdbTableStore.restart(fixture, tables)),
};
registerCases('EventLog: measured lmdb', [
  ...appendCases(log),
  ...readCases(log),
  ...groupCases(log),
]);
registerCases('TableStore: measured lmdb', [
  ...keyCases(store),
  ...cellCases(store),
  ...changeCases(store),
]);

describe('the measured ports', () => {
  afterAll(() => told.clear());

  test('told of the calls of the suites, those that failed too', () => {
    const operations = ['append', 'commit', 'bounds', 'expire', 'write', 'remove', 'get', 'scan'];
    for (const operation of [...operations, 'compareAndSet']) {
      expect(told.get(`${operation} ok`), operation).toBeGreaterThan(0);
    }
    expect(told.get('append failed')).toBeGreaterThan(0);
    expect(told.get('write failed')).toBeGreaterThan(0);
  });

  test('tell of an append once, however many records it has, and of a failure as such', async () => {
    const calls: unknown[] = [];
    const failure = new Error('away');
    const fixture = await lmdbEventLog.open({ topics: TOPICS });
    try {
      const one = { partition: 0, key: Buffer.from('k'), value: Buffer.from('v'), headers: {} };
      const topic = 'orders';
      const wrapped = measuredEventLog(
        {
          ...fixture.log,
          append: (to, records) =>
            to === topic ? Promise.resolve(records.map(() => 0)) : Promise.reject(failure),
        },
        (operation, _, outcome) => calls.push([operation, outcome]),
      );
      await wrapped.append(
        topic,
        Array.from({ length: 500 }, () => one),
      );
      await expect(wrapped.append('other', [one])).rejects.toBe(failure);
    } finally {
      await fixture.dispose();
    }
    expect(calls).toEqual([
      ['append', 'ok'],
      ['append', 'failed'],
    ]);
  });
});
