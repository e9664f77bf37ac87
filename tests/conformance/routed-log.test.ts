import { join } from 'node:path';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import type { EventLog, GroupHandler } from '@bytebasket/server/ports/event-log';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../support/manual-clock.js';
import { eventually } from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { appendCases } from './event-log/append.js';
import {
  OTHER_TOPIC,
  record,
  rejects,
  TOPIC,
  type EventLogConformance,
  type EventLogFixture,
  type EventLogSetup,
} from './event-log/context.js';
import { groupCases } from './event-log/groups.js';
import { readCases } from './event-log/read.js';
import { lmdbEventLog } from './lmdb-event-log.js';
import { registerCases } from './suite.js';

interface RoutedFixture extends EventLogFixture {
  readonly temp: TempFolder;
  readonly setup: EventLogSetup;
}

/** Two lmdb logs with one topic each, behind one. */
async function openIn(
  temp: TempFolder,
  setup: EventLogSetup,
  clock = manualClock(),
): Promise<RoutedFixture> {
  const open = (topics: EventLogSetup['topics'], folder: string): Promise<EventLog> =>
    openLmdbEventLog({ ...setup, folder: join(temp.path, folder), topics, clock });
  const orders = await open(
    setup.topics.filter(({ name }) => name === TOPIC),
    'orders',
  );
  const views = await open(
    setup.topics.filter(({ name }) => name === OTHER_TOPIC),
    'views',
  );
  const log = routedLog({ [TOPIC]: orders, [OTHER_TOPIC]: views });
  return {
    log,
    clock,
    temp,
    setup,
    async dispose() {
      await log.close();
      await temp.remove();
    },
  };
}

const routed: EventLogConformance = {
  ...lmdbEventLog,
  name: 'routed lmdb',
  open: async (setup) => openIn(await tempFolder('routed'), setup),
  async restart(fixture) {
    const { log, temp, setup } = fixture as RoutedFixture;
    await log.close();
    return openIn(temp, setup, fixture.clock);
  },
};
registerCases('EventLog: routed lmdb', [
  ...appendCases(routed),
  ...readCases(routed),
  ...groupCases(routed),
]);

describe('a routed log', () => {
  let folder: TempFolder;
  let orders: EventLog;
  let views: EventLog;
  const open = (name: string, topic: string, partitions: number): Promise<EventLog> =>
    openLmdbEventLog({
      folder: join(folder.path, name),
      topics: [{ name: topic, retention: { maxAgeMs: 1_000 } }],
      partitions,
      clock: manualClock(),
    });
  beforeEach(async () => {
    folder = await tempFolder('routed-log');
    orders = await open('orders', TOPIC, 2);
    views = await open('views', OTHER_TOPIC, 2);
  });
  afterEach(async () => {
    await Promise.all([orders.close(), views.close()]);
    await folder.remove();
  });

  test('sends every topic to its log, and refuses one without a route', async () => {
    const log = routedLog({ [TOPIC]: orders, [OTHER_TOPIC]: views });
    await log.append(TOPIC, [record(0, 'a'), record(0, 'b')]);
    await log.append(OTHER_TOPIC, [record(1, 'c')]);
    expect((await orders.bounds(TOPIC)).map(({ end }) => end)).toEqual([2, 0]);
    expect((await views.bounds(OTHER_TOPIC)).map(({ end }) => end)).toEqual([0, 1]);
    await rejects(log.append('nowhere', [record(0, 'd')]), 'NotFound', 'nowhere');
    await rejects(log.commit('group', [{ topic: 'no', partition: 0, offset: 0 }]), 'NotFound');
    expect(() => log.read('nowhere', 0, { from: 0 })).toThrow('nowhere');
  });

  test('ends the group in every log when the handler fails in one', async () => {
    const log = routedLog({ [TOPIC]: orders, [OTHER_TOPIC]: views });
    const assigned: string[] = [];
    const revoked: string[] = [];
    const failure = new Error('the fold broke');
    const handler: GroupHandler = {
      assigned: async ({ topic, partition }) => {
        assigned.push(`${topic}/${partition}`);
        return 0;
      },
      records: ({ topic }) =>
        topic === OTHER_TOPIC ? Promise.reject(failure) : Promise.resolve(undefined),
      revoked: async ({ topic, partition }) => {
        revoked.push(`${topic}/${partition}`);
      },
    };
    const { signal } = new AbortController();
    const topics = [TOPIC, OTHER_TOPIC];
    const consuming = log.consume({ group: 'group', topics, handler, signal });
    const outcome = expect(consuming).rejects.toBe(failure);
    await eventually('all partitions', () => assigned.length === 4);
    await log.append(TOPIC, [record(0, 'fine')]);
    await log.append(OTHER_TOPIC, [record(0, 'poison')]);
    await outcome;
    expect(revoked.sort()).toEqual(assigned.sort());
  });

  test('ends the group in the other logs when one log ends it without an error', async () => {
    const ending: EventLog = { ...views, consume: () => Promise.resolve() };
    const log = routedLog({ [TOPIC]: orders, [OTHER_TOPIC]: ending });
    const revoked: number[] = [];
    const handler: GroupHandler = {
      assigned: async () => 0,
      records: async () => undefined,
      revoked: async ({ partition }) => void revoked.push(partition),
    };
    const { signal } = new AbortController();
    await log.consume({ group: 'group', topics: [TOPIC, OTHER_TOPIC], handler, signal });
    expect(revoked.sort()).toEqual([0, 1]);
  });

  test('stores positions of several logs in one commit', async () => {
    const log = routedLog({ [TOPIC]: orders, [OTHER_TOPIC]: views });
    await log.append(TOPIC, [record(0, 'a'), record(0, 'b')]);
    await log.append(OTHER_TOPIC, [record(1, 'c')]);
    await log.commit('group', [
      { topic: TOPIC, partition: 0, offset: 2 },
      { topic: OTHER_TOPIC, partition: 1, offset: 1 },
    ]);
    const committed = new Map<string, number | undefined>();
    const stop = new AbortController();
    const handler: GroupHandler = {
      assigned: async ({ topic, partition }, offset) => {
        committed.set(`${topic}/${partition}`, offset);
        if (committed.size === 4) stop.abort();
        return offset ?? 0;
      },
      records: async () => undefined,
      revoked: async () => undefined,
    };
    const topics = [TOPIC, OTHER_TOPIC];
    await log.consume({ group: 'group', topics, handler, signal: stop.signal });
    expect(committed.get(`${TOPIC}/0`)).toBe(2);
    expect(committed.get(`${OTHER_TOPIC}/1`)).toBe(1);
  });

  test('expires and closes every log once, however many topics it has', async () => {
    const calls: string[] = [];
    const told = (log: EventLog, name: string): EventLog => ({
      ...log,
      expire: async () => calls.push(`expire ${name}`),
      close: async () => void calls.push(`close ${name}`),
    });
    const one = told(orders, 'one');
    const log = routedLog({ [TOPIC]: one, more: one, [OTHER_TOPIC]: told(views, 'two') });
    expect(await log.expire(5)).toBe(3);
    await log.close();
    expect(calls).toEqual(['expire one', 'expire two', 'close one', 'close two']);
  });

  test('can do what the weakest of its logs can', () => {
    const shared = { singleWriter: false, atomicAppend: false, sharedGroups: true };
    const log = routedLog({ a: orders, b: { ...views, capabilities: shared } });
    expect(log.capabilities).toEqual({
      singleWriter: false,
      atomicAppend: false,
      sharedGroups: false,
    });
  });

  test('refuses logs with different numbers of partitions, and no logs at all', async () => {
    const other = await open('other', 'other', 3);
    expect(() => routedLog({ [TOPIC]: orders, other })).toThrow('3 partitions');
    expect(() => routedLog({})).toThrow('one route');
    await other.close();
  });
});
