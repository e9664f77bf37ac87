import type { ReconcileResponse } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { afterEach, describe, expect, test } from 'vitest';
import { heldLog } from '../support/held-log.js';
import {
  administrator,
  ingestWorld,
  order,
  publisher,
  recordsOf,
  START_MS,
  view,
  type IngestWorld,
  type WorldOptions,
} from '../support/ingest-world.js';
import { failureOf } from '../support/test-gateway.js';

let world: IngestWorld;
afterEach(() => world.close());

async function open(options: WorldOptions = {}): Promise<void> {
  world = await ingestWorld(options);
}

const publish = (batchNumber: number, ...events: ReturnType<typeof view>[]) =>
  publisher(world).publish({ events, clientId: 'shop', batchNumber: BigInt(batchNumber) });

async function account(start: number, end: number, startTime?: Date) {
  const response = await administrator(world).reconcile({
    clientId: 'shop',
    startBatchNumber: BigInt(start),
    endBatchNumber: BigInt(end),
    startTime,
  });
  return shown(response);
}

function shown(response: ReconcileResponse) {
  const ranges = (list: ReconcileResponse['durable']) =>
    list.map((one) => `${one.startBatchNumber.toString()}-${one.endBatchNumber.toString()}`);
  return {
    durable: ranges(response.durable),
    missing: ranges(response.missing),
    duplicate: ranges(response.duplicate),
    events: Number(response.durableEventCount),
    deadLetters: Number(response.deadLetterCount),
  };
}

const bad = (n: number) => view(n, { anonymousId: '' });

describe('Reconcile', () => {
  test('finds every number asked for either durable or missing', async () => {
    await open();
    await publish(2, view(1), order(2));
    await publish(3, view(3), bad(4));
    await publish(4, bad(5));
    await publish(7, view(6));
    await publish(0, view(7));
    await publisher(world).publish({ events: [view(8)], clientId: 'other', batchNumber: 5n });
    expect(await account(1, 9)).toEqual({
      durable: ['2-5', '7-8'],
      missing: ['1-2', '5-7', '8-9'],
      duplicate: [],
      events: 4,
      deadLetters: 2,
    });
    expect(await account(3, 4)).toMatchObject({ durable: ['3-4'], missing: [], events: 1 });
  });

  test('calls a batch missing of which one topic was not written, until it was sent again', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    const events = [view(1), view(2), order(3), bad(4)];
    held.fail('transactions');
    await failureOf(publish(1, ...events));
    expect(await account(1, 2)).toMatchObject({ durable: [], missing: ['1-2'], events: 2 });
    await publish(1, ...events);
    expect(await account(1, 2)).toMatchObject({
      durable: ['1-2'],
      missing: [],
      duplicate: [],
      events: 3,
    });
  });

  test('calls a batch missing whose dead letters were not written', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.fail('dead-letters');
    await failureOf(publish(1, view(1), bad(2)));
    expect(await account(1, 2)).toMatchObject({ missing: ['1-2'], deadLetters: 0 });
    await publish(1, view(1), bad(2));
    expect(await account(1, 2)).toMatchObject({ durable: ['1-2'], deadLetters: 1 });
  });

  test('does not take a repeat for a missing event', async () => {
    const shared = (log: EventLog): EventLog => ({
      ...log,
      capabilities: { ...log.capabilities, singleWriter: false },
    });
    await open({ tamper: shared });
    const [kept] = [await publish(1, view(1), view(2))];
    expect(kept.results).toHaveLength(2);
    const [record] = await recordsOf(world.log, 'user-activity');
    if (record === undefined) throw new Error('no record');
    const { partition, value, headers, key } = record;
    const again = {
      partition,
      value,
      headers: { ...headers, batch_number: '2' },
      key: Buffer.from(key),
    };
    // Of batch 2, which had two events, one was written twice.
    await world.log.append('user-activity', [again, again]);
    expect(await account(1, 3)).toEqual({
      durable: ['1-2'],
      missing: ['2-3'],
      duplicate: ['2-3'],
      events: 3,
      deadLetters: 0,
    });
  });

  test('names a batch that was written twice as durable and duplicate', async () => {
    await open({ limits: { horizonRecords: 1 } });
    const own = (n: number) => view(n, { userId: 'one-key' });
    await publish(1, own(1), own(2));
    await publish(2, own(3));
    await publish(1, own(1), own(2));
    expect(await account(1, 3)).toMatchObject({
      durable: ['1-3'],
      missing: [],
      duplicate: ['1-2'],
      events: 3,
    });
  });

  test('looks only at what was appended since the time given', async () => {
    await open();
    for (let n = 1; n <= 20; n++) {
      await publish(n, view(n), order(100 + n));
      await world.clock.advance(1_000);
    }
    const since = (seconds: number) => new Date(START_MS + seconds * 1_000);
    expect(await account(1, 21, since(5))).toMatchObject({ missing: ['1-6'], durable: ['6-21'] });
    expect(await account(1, 21, since(60))).toMatchObject({ missing: ['1-21'], events: 0 });
  });

  test('refuses a range that is empty or too large and takes the largest', async () => {
    await open();
    const ask = (startBatchNumber: bigint, endBatchNumber: bigint) =>
      administrator(world).reconcile({ clientId: 'shop', startBatchNumber, endBatchNumber });
    expect(await failureOf(ask(5n, 5n))).toMatchObject({
      reason: 'FIELD_INVALID',
      metadata: { field: 'end_batch_number' },
    });
    expect(await failureOf(ask(1n, 1_000_002n))).toMatchObject({
      reason: 'RANGE_TOO_LARGE',
      metadata: { value: '1000001', limit: '1000000' },
    });
    const { missing } = await ask(2n ** 62n, 2n ** 62n + 1_000_000n);
    expect(missing).toEqual([
      { startBatchNumber: 2n ** 62n, endBatchNumber: 2n ** 62n + 1_000_000n },
    ]);
  });
});
