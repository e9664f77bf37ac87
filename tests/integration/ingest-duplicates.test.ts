import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { EventResult } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { afterEach, describe, expect, test } from 'vitest';
import { heldLog } from '../support/held-log.js';
import {
  idOf,
  ingestWorld,
  order,
  publisher,
  recordsOf,
  view,
  type IngestWorld,
  type WorldOptions,
} from '../support/ingest-world.js';
import { eventually, failureOf } from '../support/test-gateway.js';

const worlds: IngestWorld[] = [];

async function openWorld(options: WorldOptions = {}): Promise<IngestWorld> {
  const world = await ingestWorld(options);
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const statuses = ({ results }: { results: EventResult[] }): number[] =>
  results.map(({ status }) => status);
const positions = ({ results }: { results: EventResult[] }) =>
  results.map(({ position }) => position);
const range = (from: number, to: number): Event[] =>
  Array.from({ length: to - from }, (_, i) => (i % 5 === 0 ? order(from + i) : view(from + i)));

describe('the duplicate check', () => {
  test('answers what is durable with its original position and writes nothing', async () => {
    const world = await openWorld();
    const events = range(0, 200);
    const first = await publisher(world).publish({ events });
    const again = await publisher(world).publish({ events: [...events].reverse() });
    expect(statuses(again)).toEqual(new Array(200).fill(2));
    expect(positions(again).reverse()).toEqual(positions(first));
    const topics = ['user-activity', 'transactions', 'dead-letters'];
    const counts = topics.map(async (topic) => (await recordsOf(world.log, topic)).length);
    expect(await Promise.all(counts)).toEqual([160, 40, 0]);
  });

  test('answers with the original position after a restart', async () => {
    const world = await openWorld();
    const events = range(0, 300);
    const first = await publisher(world).publish({ events });
    await world.stop();
    worlds.length = 0;
    const second = await openWorld({ folder: world.folder });
    const again = await publisher(second).publish({ events: [...events, ...range(300, 350)] });
    expect(statuses(again)).toEqual([...new Array(300).fill(2), ...new Array(50).fill(1)]);
    expect(positions(again).slice(0, 300)).toEqual(positions(first));
  });

  test('finds ids that do not stand first or stand twice in their event, also after a restart', async () => {
    const world = await openWorld();
    const plain = Buffer.from(Event.encode(view(1)).finish());
    const idField = plain.subarray(0, 38);
    const reordered = Event.decode(plain);
    expect(idField.subarray(2).toString()).toBe(idOf(1));
    // The codec writes in field order, so the record is put into the log as another encoder would send it.
    const last = Buffer.concat([plain.subarray(38), idField]);
    const twice = Buffer.concat([Buffer.from(`0a24`, 'hex'), Buffer.from(idOf(9)), last]);
    const idOf2 = Buffer.from(Event.encode(view(2)).finish()).subarray(0, 38);
    const adjacent = Buffer.concat([Buffer.from('0a24', 'hex'), Buffer.from(idOf(8)), idOf2]);
    const record = { key: Buffer.from('k'), headers: {} };
    await world.log.append('user-activity', [
      { ...record, partition: 1, value: twice },
      { ...record, partition: 2, value: Buffer.concat([adjacent, plain.subarray(38)]) },
    ]);
    await world.stop();
    worlds.length = 0;
    const second = await openWorld({ folder: world.folder });
    const events = [reordered, view(2), view(8), view(9)];
    const answer = await publisher(second).publish({ events });
    const reused = ErrorReason.EVENT_ID_REUSED;
    const reasons = answer.results.map(({ rejection }) => rejection?.reason);
    expect(reasons).toEqual([reused, reused, undefined, undefined]);
  });

  test('does not take an id for another one that has the same hash', async () => {
    const world = await openWorld();
    await publisher(world).publish({ events: [view(1)] });
    await world.stop();
    worlds.length = 0;
    // The table is made from records that claim another id than the log holds: what equal hashes look like.
    let lie = true;
    const forged = Buffer.from(Event.encode(view(77)).finish());
    const tamper: WorldOptions['tamper'] = (log) => ({
      ...log,
      async *read(topic, partition, options) {
        for await (const records of log.read(topic, partition, options)) {
          yield lie
            ? records.map((one) => ({ ...one, offset: one.offset, value: forged }))
            : records;
        }
      },
    });
    const second = await openWorld({ folder: world.folder, tamper });
    lie = false;
    const events = [view(77), view(78)];
    expect(statuses(await publisher(second).publish({ events }))).toEqual([1, 1]);
    expect(statuses(await publisher(second).publish({ events }))).toEqual([2, 2]);
  });

  test('keeps the first of equal events in one batch and refuses an id with other content', async () => {
    const world = await openWorld();
    const events = [view(1), view(1), view(1, { userId: 'other' }), view(2)];
    const answer = await publisher(world).publish({ events });
    expect(statuses(answer)).toEqual([1, 2, 3, 1]);
    expect(answer.results[1]?.position).toEqual(answer.results[0]?.position);
    const { partition, offset } = answer.results[0]?.position ?? { partition: -1, offset: 0n };
    const place = `user-activity/${partition}/${offset.toString()}`;
    expect(answer.results[2]?.rejection?.message).toContain(place);
    const dead = await recordsOf(world.log, 'dead-letters');
    expect(dead.map(({ headers }) => headers['reason'])).toEqual(['EVENT_ID_REUSED']);
  });

  test('refuses an id used before with other content and keeps the bytes', async () => {
    const world = await openWorld();
    await publisher(world).publish({ events: [view(1)] });
    const other = view(1, { sessionId: 's2' });
    const answer = await publisher(world).publish({ events: [view(3), other] });
    expect(statuses(answer)).toEqual([1, 3]);
    expect(answer.results[1]?.rejection?.reason).toBe(ErrorReason.EVENT_ID_REUSED);
    const dead = await recordsOf(world.log, 'dead-letters');
    expect(dead[0]?.value.equals(Buffer.from(Event.encode(other).finish()))).toBe(true);
  });

  test('waits for the commit of an event that is still being written', async () => {
    const held = heldLog();
    const world = await openWorld({ tamper: held.wrap });
    held.hold();
    const first = publisher(world).publish({ events: [view(1)] });
    await eventually(() => world.waitingEvents() === 1);
    const again = publisher(world).publish({
      events: [view(1), view(1, { userId: 'u' }), view(2)],
    });
    await eventually(() => world.waitingEvents() === 4);
    held.release();
    const answer = await again;
    expect(statuses(answer)).toEqual([2, 3, 1]);
    expect(answer.results[0]?.position).toEqual((await first).results[0]?.position);
  });

  test('forgets the ids of a failed commit, also those that a waiting call has', async () => {
    const held = heldLog();
    const world = await openWorld({ tamper: held.wrap });
    held.hold();
    held.fail('user-activity');
    const first = failureOf(publisher(world).publish({ events: [view(1), order(2)] }));
    await eventually(() => world.waitingEvents() === 2);
    const waiting = failureOf(publisher(world).publish({ events: [view(1), order(3)] }));
    await eventually(() => world.waitingEvents() === 4);
    held.release();
    expect(await first).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'LOG_UNAVAILABLE',
      retryMs: 70,
    });
    expect(await waiting).toMatchObject({ reason: 'LOG_UNAVAILABLE' });
    const answer = await publisher(world).publish({ events: [view(1), order(2), order(3)] });
    expect(statuses(answer)).toEqual([1, 2, 2]);
  });

  test('gives the whole batch up when the log cannot be read, and keeps no claim', async () => {
    const held = heldLog();
    const world = await openWorld({ tamper: held.wrap });
    await publisher(world).publish({ events: [view(1)] });
    held.failReads(true);
    const failure = await failureOf(publisher(world).publish({ events: [view(2), view(1)] }));
    expect(failure.reason).toBe('LOG_UNAVAILABLE');
    held.failReads(false);
    const answer = await publisher(world).publish({ events: [view(2), view(1)] });
    expect(statuses(answer)).toEqual([1, 2]);
  });

  test('knows the last records of each partition and none before', async () => {
    const world = await openWorld({ limits: { horizonRecords: 10 } });
    const own = (n: number) => view(n, { userId: 'one-key' });
    for (let n = 0; n < 25; n++) await publisher(world).publish({ events: [own(n)] });
    const inside = await publisher(world).publish({ events: [own(15)] });
    expect(statuses(inside)).toEqual([2]);
    const outside = await publisher(world).publish({ events: [own(14)] });
    expect(statuses(outside)).toEqual([1]);
    await world.stop();
    worlds.length = 0;
    const second = await openWorld({ folder: world.folder, limits: { horizonRecords: 10 } });
    const later = await publisher(second).publish({ events: [own(14), own(16), own(15)] });
    expect(statuses(later)).toEqual([2, 2, 1]);
  });

  test('tells how far back it reaches', async () => {
    const world = await openWorld({ limits: { horizonRecords: 2 } });
    expect(await world.ingest.horizonSeconds()).toBe(0);
    const own = (n: number) => view(n, { userId: 'one-key' });
    for (let n = 0; n < 4; n++) {
      await publisher(world).publish({ events: [own(n)] });
      await world.clock.advance(1_000);
    }
    expect(await world.ingest.horizonSeconds()).toBe(2);
  });

  test('is off where several gateways write: the folds drop repeats', async () => {
    const tamper: WorldOptions['tamper'] = (log) => ({
      ...log,
      capabilities: { ...log.capabilities, singleWriter: false },
    });
    const world = await openWorld({ tamper });
    const events = [view(1), view(1)];
    expect(statuses(await publisher(world).publish({ events }))).toEqual([1, 1]);
    expect(world.ingest.duplicateBytes).toBe(0);
  });
});
