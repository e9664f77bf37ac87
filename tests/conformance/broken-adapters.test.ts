import { describe, expect, test } from 'vitest';
import type { EventLog, LogRecord } from '@bytebasket/server/ports/event-log';
import type { Row, TableStore } from '@bytebasket/server/ports/table-store';
import { eventLogCases } from './event-log.js';
import type { EventLogConformance, EventLogFixture } from './event-log/context.js';
import { lmdbEventLog } from './lmdb-event-log.js';
import { lmdbTableStore } from './lmdb-table-store.js';
import { caseNamed, type ConformanceCase } from './suite.js';
import { tableStoreCases } from './table-store.js';
import type { TableStoreConformance, TableStoreFixture } from './table-store/context.js';

/** The suites prove something only if a broken adapter fails in them, in the case that names what is broken. */

/** The lmdb log behind a wrapper that spoils it; `restarts` counts from 0. */
function spoiledLog(spoil: (log: EventLog, restarts: number) => EventLog): EventLogConformance {
  const originals = new WeakMap<EventLogFixture, EventLogFixture>();
  const wrap = (original: EventLogFixture, restarts: number): EventLogFixture => {
    const fixture = { ...original, log: spoil(original.log, restarts) };
    originals.set(fixture, original);
    return fixture;
  };
  const originalOf = (fixture: EventLogFixture): EventLogFixture =>
    originals.get(fixture) ?? fixture;
  return {
    ...lmdbEventLog,
    name: 'broken',
    open: async (setup) => wrap(await lmdbEventLog.open(setup), 0),
    restart: async (fixture) => wrap(await lmdbEventLog.restart(originalOf(fixture)), 1),
    elsewhere: {
      ...lmdbEventLog.elsewhere,
      argument: (fixture, where) => lmdbEventLog.elsewhere.argument(originalOf(fixture), where),
    },
  };
}

/** The lmdb tables behind a wrapper that spoils them. */
function spoiledStore(spoil: (store: TableStore) => TableStore): TableStoreConformance {
  const originals = new WeakMap<TableStoreFixture, TableStoreFixture>();
  const wrap = (original: TableStoreFixture): TableStoreFixture => {
    const fixture = { ...original, store: spoil(original.store) };
    originals.set(fixture, original);
    return fixture;
  };
  const originalOf = (fixture: TableStoreFixture): TableStoreFixture =>
    originals.get(fixture) ?? fixture;
  return {
    ...lmdbTableStore,
    name: 'broken',
    open: async (tables) => wrap(await lmdbTableStore.open(tables)),
    restart: async (fixture, tables) =>
      wrap(await lmdbTableStore.restart(originalOf(fixture), tables)),
    elsewhere: {
      ...lmdbTableStore.elsewhere,
      argument: (fixture, where) => lmdbTableStore.elsewhere.argument(originalOf(fixture), where),
    },
  };
}

async function* mapArrays(
  arrays: AsyncIterable<readonly LogRecord[]>,
  change: (records: readonly LogRecord[]) => readonly LogRecord[],
): AsyncGenerator<readonly LogRecord[]> {
  for await (const records of arrays) {
    const changed = change(records);
    if (changed.length > 0) yield changed;
  }
}

/** Forgets the newest record of each partition when it is opened again, as a log that acknowledges too early does. */
function losesTail(log: EventLog, restarts: number): EventLog {
  if (restarts === 0) return log;
  return {
    ...log,
    async bounds(topic) {
      const bounds = await log.bounds(topic);
      return bounds.map((one) => ({ ...one, end: Math.max(one.start, one.end - 1) }));
    },
    async *read(topic, partition, options) {
      const end = (await log.bounds(topic))[partition]?.end ?? 0;
      const kept = (some: readonly LogRecord[]) => some.filter(({ offset }) => offset < end - 1);
      yield* mapArrays(log.read(topic, partition, options), kept);
    },
  };
}

/** Delivers two neighbours in the wrong order, with the offsets of the right one. */
function reorders(log: EventLog): EventLog {
  const swapped = (some: readonly LogRecord[]): readonly LogRecord[] => {
    const [first, second, ...rest] = some;
    if (first === undefined || second === undefined) return some;
    const as = (record: LogRecord, offset: number): LogRecord => ({
      offset,
      appendMs: record.appendMs,
      key: record.key,
      value: record.value,
      headers: record.headers,
    });
    return [as(second, first.offset), as(first, second.offset), ...rest];
  };
  return { ...log, read: (...args) => mapArrays(log.read(...args), swapped) };
}

/** Shows what it saw at the time of an earlier look, as a reader does that keeps its snapshot. */
function readsStale(store: TableStore): TableStore {
  const remembered = new Map<string, readonly Row[]>();
  return {
    ...store,
    async *scan(table, partitionKey, options) {
      const id = JSON.stringify([table, partitionKey, options]);
      const before = remembered.get(id);
      const now: Row[] = [];
      for await (const row of store.scan(table, partitionKey, options)) now.push(row);
      remembered.set(id, now);
      yield* before ?? now;
    },
  };
}

/** Compares, then writes, without holding the row between the two. */
function forgetsCompare(store: TableStore): TableStore {
  return {
    ...store,
    async compareAndSet(table, { key, expected, next, writeTime }) {
      const row = await store.get(table, key);
      const same =
        expected === undefined
          ? row === undefined
          : Object.entries(expected).every(([name, cell]) => row?.cells[name] === cell);
      if (!same) return false;
      await store.write(table, [{ key, cells: next, writeTime }]);
      return true;
    },
  };
}

/** Lets the last caller win instead of the newest write time. */
function ignoresWriteTimes(store: TableStore): TableStore {
  let time = 1_000;
  return {
    ...store,
    write: (table, rows) =>
      store.write(
        table,
        rows.map((row) => ({ ...row, writeTime: time++ })),
      ),
  };
}

const BROKEN: readonly (readonly [string, readonly ConformanceCase[], readonly string[]])[] = [
  [
    'a log that loses its tail over a restart',
    eventLogCases(spoiledLog(losesTail)),
    ['survives a restart with its offsets, and goes on behind them'],
  ],
  [
    'a log that reorders within a partition',
    eventLogCases(spoiledLog(reorders)),
    [
      'keeps the order of each caller among concurrent appends',
      'keeps the order of appends that do not wait for each other',
    ],
  ],
  [
    'tables that read stale rows',
    tableStoreCases(spoiledStore(readsStale)),
    ['reads what another thread was told is durable'],
  ],
  [
    'tables that forget to compare',
    tableStoreCases(spoiledStore(forgetsCompare)),
    ['lets exactly one of many racers win each round', 'loses no compare-and-set of two threads'],
  ],
  [
    'tables that ignore write times',
    tableStoreCases(spoiledStore(ignoresWriteTimes)),
    ['lets the newest write of each cell win', 'drops an older write whole, also over a restart'],
  ],
];

describe('the conformance suites', () => {
  for (const [broken, cases, failing] of BROKEN) {
    for (const name of failing) {
      test(`catch ${broken}: "${name}" fails`, async () => {
        await expect(caseNamed(cases, name).run()).rejects.toThrow();
      });
    }
  }

  test('pass a wrapper that spoils nothing', async () => {
    const log = eventLogCases(spoiledLog((one) => one));
    const store = tableStoreCases(spoiledStore((one) => one));
    // Those of other threads and processes take seconds, and the suites run them anyway.
    const quick = BROKEN.flatMap(([, , names]) => names).filter(
      (name) => !/thread|kill/.test(name),
    );
    const named = new Set(quick);
    for (const one of [...log, ...store]) if (named.has(one.name)) await one.run();
  });
});
