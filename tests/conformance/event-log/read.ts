import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { LogRecord } from '@bytebasket/server/ports/event-log';
import type { ConformanceCase } from '../suite.js';
import {
  collect,
  logCase,
  record,
  records,
  rejects,
  textOf,
  texts,
  TOPIC,
  withSetup,
  type EventLogConformance,
} from './context.js';

export function readCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [...rangeCases(options), ...followCases(options), ...retentionCases(options)];
}

function rangeCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'reads from any offset, also inside an append', async ({ log }) => {
      await log.append(TOPIC, records(0, 'a', 5));
      await log.append(TOPIC, records(0, 'b', 5));
      for (let from = 0; from <= 10; from++) {
        const read = await collect(log, 0, { from });
        expect(read.map(({ offset }) => offset)).toEqual(
          Array.from({ length: 10 - from }, (_, index) => from + index),
        );
      }
      expect(await texts(log, 0, { from: 4 })).toEqual(['a 4', 'b 0', 'b 1', 'b 2', 'b 3', 'b 4']);
    }),
    logCase(
      options,
      'yields no array above recordsMax and loses nothing by it',
      async ({ log }) => {
        await log.append(TOPIC, records(0, 'a', 100));
        await log.append(TOPIC, records(0, 'b', 23));
        for (const recordsMax of [1, 7, 100, 10_000]) {
          const sizes: number[] = [];
          const read: LogRecord[] = [];
          for await (const some of log.read(TOPIC, 0, { from: 0, recordsMax })) {
            sizes.push(some.length);
            read.push(...some);
          }
          expect(Math.max(...sizes)).toBeLessThanOrEqual(recordsMax);
          expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
          expect(read.map(({ offset }) => offset)).toEqual(read.map((_, index) => index));
          expect(read).toHaveLength(123);
        }
        for (const recordsMax of [0, 10_001, 1.5]) {
          await rejects(collect(log, 0, { recordsMax }), 'OutOfRange', `${recordsMax}`);
        }
      },
    ),
    logCase(options, 'refuses offsets behind the end or that are no offsets', async ({ log }) => {
      await log.append(TOPIC, records(0, 'a', 3));
      expect(await collect(log, 0, { from: 3 })).toEqual([]);
      for (const from of [4, -1, 1.5]) {
        await rejects(collect(log, 0, { from }), 'OutOfRange', `${from}`);
      }
    }),
    logCase(options, 'ends at the end as of the call when it does not follow', async ({ log }) => {
      await log.append(TOPIC, records(0, 'a', 20));
      const reading = log.read(TOPIC, 0, { from: 0, recordsMax: 5 });
      let read = 0;
      for await (const some of reading) {
        read += some.length;
        await log.append(TOPIC, [record(0, 'more')]);
      }
      expect(read).toBe(20);
    }),
    logCase(options, 'reads large amounts in order across many appends', async ({ log }) => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(
          Array.from({ length: 5 }, (_, i) => log.append(TOPIC, records(0, `${round}-${i}`, 400))),
        );
      }
      const read = await collect(log, 0, { recordsMax: 333 });
      expect(read).toHaveLength(20_000);
      expect(read.every(({ offset }, index) => offset === index)).toBe(true);
      expect(new Set(read.map(textOf)).size).toBe(20_000);
    }),
  ];
}

function followCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'waits at the end for new records when it follows', async ({ log }) => {
      await log.append(TOPIC, [record(0, 'a')]);
      const stop = new AbortController();
      const reading = texts(log, 0, { follow: true, signal: stop.signal, count: 3 });
      await delay(30);
      await log.append(TOPIC, [record(1, 'elsewhere')]);
      await log.append(TOPIC, [record(0, 'b')]);
      await delay(10);
      await log.append(TOPIC, [record(0, 'c')]);
      expect(await reading).toEqual(['a', 'b', 'c']);
    }),
    logCase(options, 'ends a follower without an error when it is aborted', async ({ log }) => {
      await log.append(TOPIC, [record(0, 'a')]);
      const stop = new AbortController();
      const idle = texts(log, 0, { follow: true, signal: stop.signal });
      const early = texts(log, 0, { follow: true, signal: AbortSignal.abort() });
      await delay(30);
      stop.abort();
      expect(await idle).toEqual(['a']);
      expect(await early).toEqual([]);
    }),
    logCase(options, 'gives every follower every record', async ({ log }) => {
      const stop = new AbortController();
      setMaxListeners(20, stop.signal);
      const followers = Array.from({ length: 20 }, () =>
        texts(log, 0, { follow: true, signal: stop.signal, count: 50 }),
      );
      for (let i = 0; i < 50; i++) {
        await log.append(TOPIC, [record(0, `${i}`)]);
      }
      const expected = Array.from({ length: 50 }, (_, index) => `${index}`);
      for (const read of await Promise.all(followers)) expect(read).toEqual(expected);
      stop.abort();
    }),
    logCase(
      options,
      'shows a record to a reader as soon as its append resolved',
      async ({ log }) => {
        for (let i = 0; i < 20; i++) {
          const [offset] = await log.append(TOPIC, [record(0, `${i}`)]);
          expect(await texts(log, 0, { from: offset ?? -1 })).toEqual([`${i}`]);
        }
      },
    ),
  ];
}

const AGE_MS = 60_000;

function retentionCases(options: EventLogConformance): readonly ConformanceCase[] {
  const byAge = { topics: [{ name: TOPIC, retention: { maxAgeMs: AGE_MS } }] };
  const byBytes = { topics: [{ name: TOPIC, retention: { bytesMax: 5_000 } }] };
  const keep = { topics: [{ name: TOPIC, retention: {} }] };
  return [
    logCase(
      withSetup(options, byAge),
      'frees records above the age, not those at it, and moves the start',
      async (it) => {
        // An engine with a clock of its own proves this in a suite of its own.
        const { clock } = it;
        if (clock === undefined) return;
        await it.log.append(TOPIC, records(0, 'old', 3));
        await clock.advance(1_000);
        await it.log.append(TOPIC, records(0, 'new', 2));
        expect(await it.log.expire(clock.nowMs() - 1_000 + AGE_MS)).toBe(0);
        expect(await it.log.expire(clock.nowMs() - 1_000 + AGE_MS + 1)).toBe(3);
        expect((await it.log.bounds(TOPIC))[0]).toEqual({ partition: 0, start: 3, end: 5 });
        await rejects(collect(it.log, 0, { from: 2 }), 'OutOfRange', '3');
        expect(await texts(it.log, 0, { from: 3 })).toEqual(['new 0', 'new 1']);
      },
    ),
    logCase(
      withSetup(options, byAge),
      'goes on counting offsets after everything expired, also over a restart',
      async (it) => {
        const { clock } = it;
        if (clock === undefined) return;
        await it.log.append(TOPIC, records(0, 'a', 4));
        await it.log.expire(clock.nowMs() + AGE_MS * 2);
        await it.restart();
        expect((await it.log.bounds(TOPIC))[0]).toEqual({ partition: 0, start: 4, end: 4 });
        expect(await it.log.append(TOPIC, [record(0, 'b')])).toEqual([4]);
        expect(await texts(it.log, 0, { from: 4 })).toEqual(['b']);
      },
    ),
    logCase(withSetup(options, byAge), 'tells a reader that expiry overtook it', async (it) => {
      const { clock } = it;
      if (clock === undefined) return;
      for (let i = 0; i < 5; i++) await it.log.append(TOPIC, records(0, `${i}`, 4));
      const reading = it.log.read(TOPIC, 0, { from: 0, recordsMax: 2 })[Symbol.asyncIterator]();
      await reading.next();
      await it.log.expire(clock.nowMs() + AGE_MS * 2);
      const rest = async (): Promise<void> => {
        while ((await reading.next()).done !== true);
      };
      await rejects(rest(), 'OutOfRange', 'outside 20 to 20');
    }),
    logCase(
      withSetup(options, byBytes),
      'frees the oldest records of a partition above its bytes',
      async ({ log }) => {
        for (let i = 0; i < 10; i++) {
          await log.append(TOPIC, [{ ...record(0, ''), value: Buffer.alloc(1_000, i) }]);
        }
        await log.append(TOPIC, [record(1, 'small')]);
        const freed = await log.expire(Date.UTC(2026, 0, 1));
        expect(freed).toBeGreaterThanOrEqual(5);
        expect(freed).toBeLessThanOrEqual(7);
        const [first, second] = await log.bounds(TOPIC);
        expect(first).toEqual({ partition: 0, start: freed, end: 10 });
        expect(second?.start).toBe(0);
        expect((await collect(log, 0, { from: freed })).map(({ value }) => value[0])).toEqual(
          Array.from({ length: 10 - freed }, (_, index) => freed + index),
        );
        expect(await log.expire(Date.UTC(2026, 0, 1))).toBe(0);
      },
    ),
    logCase(
      withSetup(options, keep),
      'keeps everything of a topic without retention',
      async ({ log }) => {
        await log.append(TOPIC, records(0, 'a', 3));
        expect(await log.expire(Date.UTC(2100, 0, 1))).toBe(0);
        expect(await texts(log, 0)).toHaveLength(3);
      },
    ),
  ];
}
