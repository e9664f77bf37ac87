import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { GroupHandler, TopicPartition } from '@bytebasket/server/ports/event-log';
import type { ConformanceCase } from '../suite.js';
import {
  logCase,
  OTHER_TOPIC,
  record,
  records,
  rejects,
  textOf,
  TOPIC,
  withSetup,
  type EventLogConformance,
  type LogContext,
} from './context.js';

const GROUP = 'metrics';

/** A handler that notes what happens to it. */
function recorder(options: { readonly from?: number } = {}) {
  const assigned: { readonly at: string; readonly committed: number | undefined }[] = [];
  const revoked: string[] = [];
  const seen: string[] = [];
  const handler: GroupHandler = {
    async assigned(at, committed) {
      assigned.push({ at: placeOf(at), committed });
      return committed ?? options.from ?? 0;
    },
    async records(_, some) {
      seen.push(...some.map(textOf));
    },
    async revoked(at) {
      revoked.push(placeOf(at));
    },
  };
  return { handler, assigned, revoked, seen };
}

function placeOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

async function until(condition: () => boolean, label: string): Promise<void> {
  for (let waited = 0; waited < 5_000; waited += 5) {
    if (condition()) return;
    await delay(5);
  }
  throw new Error(`waited 5 s in vain: ${label}`);
}

/** Consumes until `seen` holds `count` texts, then leaves the group. */
async function consumeUntil(
  { log }: LogContext,
  group: string,
  count: number,
): Promise<ReturnType<typeof recorder>> {
  const member = recorder();
  const stop = new AbortController();
  const { handler } = member;
  const consuming = log.consume({ group, topics: [TOPIC], handler, signal: stop.signal });
  await until(() => member.seen.length >= count, `${count} records of ${group}`);
  stop.abort();
  await consuming;
  return member;
}

export function groupCases(options: EventLogConformance): readonly ConformanceCase[] {
  const cases = [...membershipCases(options), ...positionCases(options)];
  return options.capabilities.sharedGroups ? cases : [...cases, ...exclusiveCases(options)];
}

function membershipCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'gives a lone member every partition and takes each back', async (it) => {
      const member = recorder();
      const stop = new AbortController();
      const topics = [TOPIC, OTHER_TOPIC];
      const { handler } = member;
      const consuming = it.log.consume({ group: GROUP, topics, handler, signal: stop.signal });
      const all = topics.flatMap((topic) =>
        Array.from({ length: it.log.partitions }, (_, partition) => `${topic}/${partition}`),
      );
      await until(() => member.assigned.length === all.length, 'all partitions');
      expect(member.assigned.map(({ at }) => at).sort()).toEqual([...all].sort());
      expect(member.assigned.every(({ committed }) => committed === undefined)).toBe(true);
      await it.log.append(TOPIC, [record(0, 'a')]);
      await it.log.append(OTHER_TOPIC, [record(1, 'b')]);
      await until(() => member.seen.length === 2, 'both records');
      expect(member.revoked).toEqual([]);
      stop.abort();
      await consuming;
      expect(member.revoked.sort()).toEqual([...all].sort());
    }),
    logCase(
      options,
      'never overlaps deliveries of a partition, and keeps their order',
      async (it) => {
        const running = new Map<number, number>();
        const seen: string[] = [];
        let concurrent = 0;
        let most = 0;
        const stop = new AbortController();
        const consuming = it.log.consume({
          group: GROUP,
          topics: [TOPIC],
          signal: stop.signal,
          recordsMax: 3,
          handler: {
            assigned: async () => 0,
            async records({ partition }, some) {
              expect(running.get(partition) ?? 0).toBe(0);
              expect(some.length).toBeLessThanOrEqual(3);
              running.set(partition, 1);
              most = Math.max(most, ++concurrent);
              await delay(2);
              concurrent -= 1;
              running.set(partition, 0);
              seen.push(...some.map((one) => `${partition} ${textOf(one)}`));
            },
            revoked: async () => undefined,
          },
        });
        for (let i = 0; i < 5; i++) {
          await it.log.append(TOPIC, [...records(0, `${i}`, 4), ...records(1, `${i}`, 4)]);
        }
        await until(() => seen.length === 40, 'all records');
        stop.abort();
        await consuming;
        for (const partition of [0, 1]) {
          const expected = Array.from({ length: 20 }, (_, i) => {
            return `${partition} ${Math.floor(i / 4)} ${i % 4}`;
          });
          expect(seen.filter((one) => one.startsWith(`${partition} `))).toEqual(expected);
        }
        expect(most).toBeLessThanOrEqual(it.log.partitions);
      },
    ),
    logCase(
      options,
      'ends with the error of its handler, after taking partitions back',
      async (it) => {
        await it.log.append(TOPIC, records(0, 'a', 3));
        const member = recorder();
        const failure = new Error('the fold broke');
        const handler = { ...member.handler, records: () => Promise.reject(failure) };
        const signal = new AbortController().signal;
        const consuming = it.log.consume({ group: GROUP, topics: [TOPIC], handler, signal });
        await expect(consuming).rejects.toBe(failure);
        expect(member.revoked).toHaveLength(it.log.partitions);
        const again = await consumeUntil(it, GROUP, 3);
        expect(again.seen).toEqual(['a 0', 'a 1', 'a 2']);
      },
    ),
    logCase(options, 'finishes the delivery under way before it ends', async (it) => {
      await it.log.append(TOPIC, [record(0, 'a')]);
      const stop = new AbortController();
      const steps: string[] = [];
      await it.log.consume({
        group: GROUP,
        topics: [TOPIC],
        signal: stop.signal,
        handler: {
          assigned: async () => 0,
          async records() {
            stop.abort();
            await delay(30);
            steps.push('delivered');
          },
          async revoked({ partition }) {
            if (partition === 0) steps.push('revoked');
          },
        },
      });
      expect(steps).toEqual(['delivered', 'revoked']);
    }),
    logCase(options, 'begins where the handler says', async (it) => {
      await it.log.append(TOPIC, records(0, 'a', 5));
      const seen: string[] = [];
      const stop = new AbortController();
      const consuming = it.log.consume({
        group: GROUP,
        topics: [TOPIC],
        signal: stop.signal,
        handler: {
          assigned: async ({ partition }) => (partition === 0 ? 3 : 0),
          records: async (_, some) => void seen.push(...some.map(textOf)),
          revoked: async () => undefined,
        },
      });
      await until(() => seen.length === 2, 'two records');
      stop.abort();
      await consuming;
      expect(seen).toEqual(['a 3', 'a 4']);
    }),
  ];
}

function positionCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'resumes at the committed offset, also over a restart', async (it) => {
      await it.log.append(TOPIC, [...records(0, 'a', 5), ...records(1, 'b', 2)]);
      await it.log.commit(GROUP, [
        { topic: TOPIC, partition: 0, offset: 3 },
        { topic: TOPIC, partition: 1, offset: 2 },
      ]);
      await it.restart();
      await it.log.append(TOPIC, [record(1, 'later')]);
      const member = await consumeUntil(it, GROUP, 3);
      expect(member.seen.sort()).toEqual(['a 3', 'a 4', 'later']);
      const committed = new Map(member.assigned.map((one) => [one.at, one.committed]));
      expect(committed.get(`${TOPIC}/0`)).toBe(3);
      expect(committed.get(`${TOPIC}/1`)).toBe(2);
      if (it.log.partitions > 2) expect(committed.get(`${TOPIC}/2`)).toBeUndefined();
    }),
    logCase(options, 'keeps the positions of groups apart', async (it) => {
      await it.log.append(TOPIC, records(0, 'a', 4));
      await it.log.commit('one', [{ topic: TOPIC, partition: 0, offset: 4 }]);
      await it.log.commit('on', [{ topic: TOPIC, partition: 0, offset: 2 }]);
      expect((await consumeUntil(it, 'on', 2)).seen).toEqual(['a 2', 'a 3']);
      expect((await consumeUntil(it, 'other', 4)).seen).toHaveLength(4);
      const one = await consumeUntil(it, 'one', 0);
      expect(one.seen).toEqual([]);
    }),
    logCase(options, 'takes a commit of the end and refuses one behind it', async ({ log }) => {
      await log.append(TOPIC, records(0, 'a', 4));
      await log.commit(GROUP, [{ topic: TOPIC, partition: 0, offset: 4 }]);
      for (const offset of [5, -1, 0.5]) {
        const positions = [{ topic: TOPIC, partition: 0, offset }];
        await rejects(log.commit(GROUP, positions), 'OutOfRange', `${offset}`);
      }
      await rejects(log.commit('', []), 'OutOfRange');
      await rejects(log.commit('g'.repeat(201), []), 'OutOfRange');
    }),
    logCase(
      withSetup(options, { topics: [{ name: TOPIC, retention: { maxAgeMs: 1_000 } }] }),
      'tells a member nothing of a position that expired',
      async (it) => {
        const { clock } = it;
        if (clock === undefined) return;
        await it.log.append(TOPIC, records(0, 'a', 4));
        await it.log.commit(GROUP, [{ topic: TOPIC, partition: 0, offset: 2 }]);
        await it.log.expire(clock.nowMs() + 10_000);
        const member = recorder({ from: 4 });
        const stop = new AbortController();
        const handler: GroupHandler = {
          ...member.handler,
          async assigned(at, committed) {
            await member.handler.assigned(at, committed);
            return at.partition === 0 ? 4 : 0;
          },
        };
        const { signal } = stop;
        const consuming = it.log.consume({ group: GROUP, topics: [TOPIC], handler, signal });
        await until(() => member.assigned.length === it.log.partitions, 'all partitions');
        stop.abort();
        await consuming;
        expect(member.assigned.every(({ committed }) => committed === undefined)).toBe(true);
      },
    ),
  ];
}

function exclusiveCases(options: EventLogConformance): readonly ConformanceCase[] {
  return [
    logCase(options, 'refuses a second member of a group until the first one left', async (it) => {
      const first = recorder();
      const stop = new AbortController();
      const { handler } = first;
      const consuming = it.log.consume({
        group: GROUP,
        topics: [TOPIC],
        handler,
        signal: stop.signal,
      });
      await until(() => first.assigned.length === it.log.partitions, 'all partitions');
      const second = it.log.consume({
        group: GROUP,
        topics: [TOPIC],
        handler: recorder().handler,
        signal: new AbortController().signal,
      });
      await rejects(second, 'Conflict', GROUP);
      stop.abort();
      await consuming;
      await consumeUntil(it, GROUP, 0);
    }),
  ];
}
