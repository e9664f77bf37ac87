import { expect } from 'vitest';
import { isPortError, type PortError } from '@bytebasket/server/ports/errors';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import type { ConformanceCase } from '../suite.js';
import {
  collect,
  logCase,
  NO_HEADERS,
  OTHER_TOPIC,
  record,
  records,
  rejects,
  texts,
  TOPIC,
  TOPICS,
  withSetup,
  type EventLogConformance,
} from './context.js';

const MIB = 1024 * 1024;

export function appendCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [...orderCases(options), ...contentCases(options), ...limitCases(options)];
}

function orderCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'has the capabilities that its adapter promises', async ({ log }) => {
      expect(log.capabilities).toEqual(options.capabilities);
      expect(log.partitions).toBeGreaterThanOrEqual(1);
    }),
    logCase(options, 'gives offsets from 0 without gaps, in the order of the call', async (it) => {
      const mixed = [record(0, 'a'), record(1, 'b'), record(0, 'c'), record(0, 'd')];
      expect(await it.log.append(TOPIC, mixed)).toEqual([0, 0, 1, 2]);
      expect(await it.log.append(TOPIC, [record(1, 'e'), record(0, 'f')])).toEqual([1, 3]);
      expect(await texts(it.log, 0)).toEqual(['a', 'c', 'd', 'f']);
      expect(await texts(it.log, 1)).toEqual(['b', 'e']);
    }),
    logCase(options, 'counts offsets per topic', async ({ log }) => {
      await log.append(TOPIC, records(0, 'a', 3));
      expect(await log.append(OTHER_TOPIC, [record(0, 'b')])).toEqual([0]);
      expect(await texts(log, 0, { topic: OTHER_TOPIC })).toEqual(['b']);
    }),
    logCase(options, 'keeps the order of each caller among concurrent appends', async ({ log }) => {
      const callers = Array.from({ length: 16 }, (_, caller) => caller);
      const told = new Map<string, string>();
      await Promise.all(
        callers.map(async (caller) => {
          for (let round = 0; round < 5; round++) {
            const some = records(caller % 2, `${caller}/${round}`, 7);
            const offsets = await log.append(TOPIC, some);
            some.forEach(({ value, partition }, index) =>
              told.set(`${partition}:${offsets[index] ?? -1}`, Buffer.from(value).toString()),
            );
          }
        }),
      );
      const read = new Map<string, string>();
      for (const partition of [0, 1]) {
        const all = await collect(log, partition);
        expect(all.map(({ offset }) => offset)).toEqual(all.map((_, index) => index));
        for (const one of all) {
          read.set(`${partition}:${one.offset}`, Buffer.from(one.value).toString());
        }
        for (const caller of callers.filter((one) => one % 2 === partition)) {
          const mine = [...read].filter(([place, text]) => {
            return place.startsWith(`${partition}:`) && text.startsWith(`${caller}/`);
          });
          const expected = Array.from({ length: 35 }, (_, at) => {
            return `${caller}/${Math.floor(at / 7)} ${at % 7}`;
          });
          expect(mine.map(([, text]) => text)).toEqual(expected);
        }
      }
      expect(read).toEqual(told);
    }),
    logCase(options, 'keeps the order of appends that do not wait for each other', async (it) => {
      const appends = Array.from({ length: 30 }, (_, i) =>
        it.log.append(TOPIC, [record(0, `${i}`)]),
      );
      const offsets = await Promise.all(appends);
      expect(offsets.flat()).toEqual(appends.map((_, index) => index));
      expect(await texts(it.log, 0)).toEqual(appends.map((_, index) => `${index}`));
    }),
    logCase(options, 'stamps append times that never go back', async ({ log, clock }) => {
      const before = clock?.nowMs() ?? 0;
      await log.append(TOPIC, [record(0, 'a')]);
      await clock?.set(before - 60_000);
      await log.append(TOPIC, [record(0, 'b')]);
      await clock?.set(before + 5);
      await log.append(TOPIC, [record(0, 'c')]);
      const stamps = (await collect(log, 0)).map(({ appendMs }) => appendMs);
      if (clock === undefined) expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
      else expect(stamps).toEqual([before, before, before + 5]);
    }),
    logCase(options, 'survives a restart with its offsets, and goes on behind them', async (it) => {
      await it.log.append(TOPIC, records(0, 'a', 5));
      await it.log.append(TOPIC, [record(0, 'last')]);
      await it.restart();
      expect(await texts(it.log, 0)).toEqual(['a 0', 'a 1', 'a 2', 'a 3', 'a 4', 'last']);
      expect(await it.log.append(TOPIC, [record(0, 'next')])).toEqual([6]);
    }),
    logCase(options, 'waits for appends under way when it closes', async (it) => {
      const pending = it.log.append(TOPIC, records(0, 'a', 10));
      await it.log.close();
      expect(await pending).toHaveLength(10);
      await rejects(it.log.append(TOPIC, [record(0, 'late')]), 'Unavailable');
      await rejects(it.log.bounds(TOPIC), 'Unavailable');
      await it.restart();
      expect(await texts(it.log, 0)).toHaveLength(10);
    }),
    logCase(options, 'tells the bounds of every partition in order', async ({ log }) => {
      await log.append(TOPIC, [...records(0, 'a', 3), record(1, 'b')]);
      const bounds = await log.bounds(TOPIC);
      expect(bounds.map(({ partition }) => partition)).toEqual(
        Array.from({ length: log.partitions }, (_, partition) => partition),
      );
      expect(bounds.slice(0, 2)).toEqual([
        { partition: 0, start: 0, end: 3 },
        { partition: 1, start: 0, end: 1 },
      ]);
    }),
  ];
}

function contentCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'keeps key, value and headers byte for byte', async ({ log }) => {
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const shared = { client: 'shop-1', Größe: 'größer als ß', '🛒': '🧺\u0000\uffff', empty: '' };
      const written = [
        { partition: 0, key: all, value: all, headers: shared },
        { partition: 0, key: new Uint8Array(0), value: new Uint8Array(0), headers: NO_HEADERS },
        {
          partition: 0,
          key: Buffer.from('ключ'),
          value: Buffer.alloc(300_000, 7),
          headers: shared,
        },
        { partition: 0, key: all, value: Buffer.from([0]), headers: { batch: '17', client: 'x' } },
      ];
      await log.append(TOPIC, written);
      const read = await collect(log, 0);
      expect(read).toHaveLength(written.length);
      read.forEach((one, index) => {
        const { key, value, headers } = written[index] ?? { headers: undefined };
        expect(Buffer.from(one.key)).toEqual(Buffer.from(key ?? []));
        expect(Buffer.compare(one.value, value ?? new Uint8Array(1))).toBe(0);
        expect(one.headers).toEqual(headers);
      });
    }),
    logCase(
      options,
      'keeps records as they were when the caller reuses its bytes later',
      async (it) => {
        const value = Buffer.from('first');
        await it.log.append(TOPIC, [{ ...record(0, ''), value }]);
        value.write('other');
        await it.log.append(TOPIC, [{ ...record(0, ''), value }]);
        expect(await texts(it.log, 0)).toEqual(['first', 'other']);
      },
    ),
    logCase(
      options,
      'keeps a record readable while later ones are read and written',
      async (it) => {
        await it.log.append(TOPIC, records(0, 'early', 50));
        const early = await collect(it.log, 0, { recordsMax: 10 });
        await it.log.append(TOPIC, records(0, 'late', 500));
        await collect(it.log, 0, { recordsMax: 7 });
        expect(early.map(({ value }) => Buffer.from(value).toString())).toEqual(
          Array.from({ length: 50 }, (_, index) => `early ${index}`),
        );
      },
    ),
    logCase(options, 'takes an append of nothing', async ({ log }) => {
      expect(await log.append(TOPIC, [])).toEqual([]);
      expect(await log.bounds(TOPIC)).toContainEqual({ partition: 0, start: 0, end: 0 });
    }),
    logCase(options, 'lets a key choose the same partition everywhere', async ({ log }) => {
      const key = Buffer.from('user-1', 'utf8');
      const partition = partitionOf(key, log.partitions);
      await log.append(TOPIC, [{ partition, key, value: key, headers: NO_HEADERS }]);
      expect(await collect(log, partition)).toHaveLength(1);
    }),
  ];
}

function limitCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'takes a record of 1 MiB and refuses one byte more', async ({ log }) => {
      const key = Buffer.alloc(24, 1);
      const headers = { ä: 'bcdef' };
      const fits = { partition: 0, key, headers, value: Buffer.alloc(MIB - 24 - 7, 2) };
      await log.append(TOPIC, [fits]);
      const above = { ...fits, value: Buffer.alloc(MIB - 24 - 6, 2) };
      await rejects(log.append(TOPIC, [above]), 'OutOfRange', `${MIB + 1}`);
      const [kept] = await collect(log, 0);
      expect(kept?.value.length).toBe(fits.value.length);
    }),
    logCase(options, 'takes a key of 1,024 bytes and refuses one more', async ({ log }) => {
      const long = { ...record(0, 'a'), key: Buffer.alloc(1_024, 1) };
      await log.append(TOPIC, [long]);
      const longer = { ...long, key: Buffer.alloc(1_025, 1) };
      await rejects(log.append(TOPIC, [longer]), 'OutOfRange', '1025');
    }),
    logCase(options, 'takes 10,000 records at once and refuses one more', async ({ log }) => {
      const most = records(0, 'a', 10_000);
      expect(await log.append(TOPIC, most)).toHaveLength(10_000);
      await rejects(log.append(TOPIC, [...most, record(0, 'b')]), 'OutOfRange', '10001');
      expect((await log.bounds(TOPIC))[0]?.end).toBe(10_000);
    }),
    logCase(options, 'refuses partitions that are not there', async ({ log }) => {
      for (const partition of [-1, log.partitions, 0.5, Number.NaN]) {
        await rejects(log.append(TOPIC, [record(partition, 'a')]), 'OutOfRange', `${partition}`);
        await rejects(collect(log, partition), 'OutOfRange', `${partition}`);
      }
    }),
    logCase(options, 'keeps nothing of an append with one bad record', async ({ log }) => {
      const bad = [record(0, 'a'), record(1, 'b'), record(-1, 'c')];
      await rejects(log.append(TOPIC, bad), 'OutOfRange');
      await log.append(TOPIC, [record(0, 'd')]);
      expect(await texts(log, 0)).toEqual(['d']);
      expect(await texts(log, 1)).toEqual([]);
    }),
    logCase(options, 'refuses topics that were not declared', async ({ log }) => {
      const topic = 'nowhere';
      await rejects(log.append(topic, [record(0, 'a')]), 'NotFound', topic);
      await rejects(log.bounds(topic), 'NotFound', topic);
      await rejects(collect(log, 0, { topic }), 'NotFound', topic);
      await rejects(log.commit('group', [{ topic, partition: 0, offset: 0 }]), 'NotFound', topic);
    }),
    logCase(
      withSetup(options, { topics: TOPICS, waitingRecordsMax: 100 }),
      'refuses appends while more than the bound waits, and takes them again afterwards',
      async ({ log }) => {
        const appends = Array.from({ length: 40 }, (_, i) =>
          log.append(TOPIC, records(0, `${i}`, 10)).then(
            () => 'durable',
            (error: unknown) => {
              expect(isPortError(error, 'Throttled')).toBe(true);
              expect((error as PortError).retryAfterMs).toBeGreaterThan(0);
              return 'throttled';
            },
          ),
        );
        const outcomes = await Promise.all(appends);
        const durable = outcomes.filter((outcome) => outcome === 'durable').length;
        expect(durable).toBeGreaterThanOrEqual(1);
        expect(durable).toBeLessThan(40);
        expect((await log.bounds(TOPIC))[0]?.end).toBe(durable * 10);
        await log.append(TOPIC, records(0, 'again', 10));
      },
    ),
  ];
}
