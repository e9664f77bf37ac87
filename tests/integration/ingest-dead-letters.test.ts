import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { DeadLetter } from '@bytebasket/proto/gen/bytebasket/admin/v1/dead_letter';
import { foldFailureRecord } from '@bytebasket/server/ingest/dead-letter';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  administrator,
  eur,
  ingestWorld,
  order,
  publisher,
  recordsOf,
  START_MS,
  view,
  type IngestWorld,
} from '../support/ingest-world.js';
import { failureOf } from '../support/test-gateway.js';

let world: IngestWorld;
beforeEach(async () => {
  world = await ingestWorld();
});
afterEach(() => world.close());

const bytesOf = (event: Event): Buffer => Buffer.from(Event.encode(event).finish());
const bad = (n: number) => view(n, { anonymousId: '' });

/** Follows the page tokens to the end. */
async function listAll(
  request: Parameters<ReturnType<typeof administrator>['listDeadLetters']>[0],
) {
  const pages: DeadLetter[][] = [];
  let pageToken = '';
  do {
    const page = await administrator(world).listDeadLetters({ ...request, pageToken });
    pages.push(page.deadLetters);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return pages;
}

/** Position of the only dead letter. */
async function onlyPosition() {
  const letters = (await listAll({})).flat();
  const position = letters[0]?.position;
  if (letters.length !== 1 || position === undefined) throw new Error('not one dead letter');
  return position;
}

describe('ListDeadLetters', () => {
  test('shows the bytes, the reason, the batch and the time', async () => {
    const events = [bad(1)];
    await publisher(world).publish({ events, clientId: 'shop', batchNumber: 3n });
    const { deadLetters } = await administrator(world).listDeadLetters({});
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters[0]).toMatchObject({
      clientId: 'shop',
      batchNumber: 3n,
      createTime: new Date(START_MS),
      rejection: {
        reason: ErrorReason.FIELD_INVALID,
        field: 'anonymous_id',
        rule: 'string.pattern',
      },
      source: undefined,
    });
    expect(Buffer.from(deadLetters[0]?.original ?? []).equals(bytesOf(bad(1)))).toBe(true);
  });

  test('pages through all partitions, each letter once', async () => {
    const events = Array.from({ length: 57 }, (_, i) => bad(i));
    await publisher(world).publish({ events });
    const pages = await listAll({ pageSize: 10 });
    expect(pages.map((page) => page.length)).toEqual([10, 10, 10, 10, 10, 7]);
    const seen = new Set(pages.flat().map(({ original }) => Buffer.from(original).toString('hex')));
    expect(seen.size).toBe(57);
    expect((await administrator(world).listDeadLetters({})).deadLetters).toHaveLength(50);
  });

  test('bounds a page to 2 MiB', async () => {
    const url = `/${'x'.repeat(2_000)}`;
    const fat = (n: number) => ({ ...bad(n), context: fatContext });
    const fatContext = view(0, {
      context: { page: { path: url, title: '', referrer: url } },
    }).context;
    for (let k = 0; k < 4; k++) {
      const events = Array.from({ length: 200 }, (_, i) => fat(200 * k + i));
      await publisher(world).publish({ events });
    }
    const pages = await listAll({ pageSize: 500 });
    expect(pages.flat()).toHaveLength(800);
    const sizes = pages.map((page) => page.reduce((sum, { original }) => sum + original.length, 0));
    expect(Math.max(...sizes)).toBeLessThan(2 * 1024 * 1024);
    expect(pages.length).toBeLessThan(5);
  });

  test('filters by client and by time, from inclusive, to exclusive', async () => {
    for (let n = 0; n < 4; n++) {
      await publisher(world).publish({ events: [bad(n)], clientId: n % 2 === 0 ? 'even' : 'odd' });
      await world.clock.advance(1_000);
    }
    const at = (seconds: number) => new Date(START_MS + seconds * 1_000);
    const counts = async (request: Parameters<typeof listAll>[0]) =>
      (await listAll(request)).flat().length;
    expect(await counts({ clientId: 'odd' })).toBe(2);
    expect(await counts({ startTime: at(1), endTime: at(3) })).toBe(2);
    expect(await counts({ startTime: at(1), endTime: at(3), clientId: 'odd' })).toBe(1);
    expect(await counts({ startTime: at(4) })).toBe(0);
  });

  test('refuses a token of another request and a page that is too large', async () => {
    const events = Array.from({ length: 3 }, (_, i) => bad(i));
    await publisher(world).publish({ events });
    const { nextPageToken } = await administrator(world).listDeadLetters({ pageSize: 1 });
    const other = administrator(world).listDeadLetters({ pageToken: nextPageToken, clientId: 'x' });
    expect(await failureOf(other)).toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
    const large = await failureOf(administrator(world).listDeadLetters({ pageSize: 501 }));
    expect(large).toMatchObject({ reason: 'FIELD_INVALID', metadata: { field: 'page_size' } });
  });

  test('shows a failure of a fold once although it was written twice after a crash', async () => {
    await publisher(world).publish({ events: [view(1)], clientId: 'shop', batchNumber: 2n });
    const [kept] = await recordsOf(world.log, 'user-activity');
    if (kept === undefined) throw new Error('no record');
    const { topic, partition, offset } = kept;
    const failure = () =>
      foldFailureRecord({
        source: { topic, partition, offset },
        record: { ...kept, key: Buffer.from(kept.key), appendMs: START_MS },
        fold: 'metrics',
        error: new Error('broken'),
        partitions: world.log.partitions,
      });
    await world.log.append('dead-letters', [failure()]);
    expect((await listAll({})).flat()).toHaveLength(1);
    await publisher(world).publish({ events: [bad(1)] });
    await world.log.append('dead-letters', [failure()]);
    const letters = (await listAll({ pageSize: 1 })).flat();
    expect(letters).toHaveLength(2);
    const source = letters.find((letter) => letter.source !== undefined);
    expect(source).toMatchObject({
      clientId: 'shop',
      batchNumber: 2n,
      source: { stream: 1, partition, offset: BigInt(offset) },
      rejection: { reason: ErrorReason.FOLD_FAILED, rule: 'metrics' },
    });
    expect(source?.rejection?.message).toContain('broken');
  });
});

describe('RepairDeadLetters', () => {
  test('publishes a patched event once: again it answers DUPLICATE with the position', async () => {
    await publisher(world).publish({ events: [bad(1)], clientId: 'shop' });
    const positions = [await onlyPosition()];
    const patches = [{ field: 'anonymous_id', jsonValue: '"device-1"' }];
    const request = { positions, patches };
    const dry = await administrator(world).repairDeadLetters({ ...request, dryRun: true });
    expect(dry.outcomes[0]).toMatchObject({
      position: positions[0],
      eventId: bad(1).eventId,
      result: { status: 1, position: undefined },
    });
    expect(await recordsOf(world.log, 'user-activity')).toHaveLength(0);
    const first = await administrator(world).repairDeadLetters(request);
    const again = await administrator(world).repairDeadLetters(request);
    expect([first, again].map(({ outcomes }) => outcomes[0]?.result?.status)).toEqual([1, 2]);
    expect(again.outcomes[0]?.result?.position).toEqual(first.outcomes[0]?.result?.position);
    const [kept] = await recordsOf(world.log, 'user-activity');
    expect(Event.decode(kept?.value ?? Buffer.alloc(0))).toEqual(
      Event.decode(bytesOf(view(1, { anonymousId: 'device-1' }))),
    );
    expect(kept?.headers['client_id']).toBe('shop');
    expect(kept?.headers['repair_of']).toMatch(/^\d\/0$/);
  });

  test('derives the same id each time for an event without a valid one and keeps its bytes', async () => {
    const event = view(1, { eventId: 'none' });
    await publisher(world).publish({ events: [event] });
    const request = { positions: [await onlyPosition()] };
    const first = await administrator(world).repairDeadLetters(request);
    const again = await administrator(world).repairDeadLetters(request);
    expect([first, again].map(({ outcomes }) => outcomes[0]?.result?.status)).toEqual([1, 2]);
    const [one, other] = [first.outcomes[0], again.outcomes[0]];
    expect(one?.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect(other?.eventId).toBe(one?.eventId);
    const [kept] = await recordsOf(world.log, 'user-activity');
    expect(kept?.value.subarray(0, bytesOf(event).length).equals(bytesOf(event))).toBe(true);
    expect(Event.decode(kept?.value ?? Buffer.alloc(0)).eventId).toBe(one?.eventId);
  });

  test('rejects what is still bad without making another dead letter', async () => {
    await publisher(world).publish({ events: [order(1, eur(9n))] });
    const positions = [await onlyPosition()];
    const still = await administrator(world).repairDeadLetters({ positions });
    expect(still.outcomes[0]?.result).toMatchObject({
      status: 3,
      rejection: { reason: ErrorReason.ORDER_TOTAL_MISMATCH },
    });
    expect(await recordsOf(world.log, 'dead-letters')).toHaveLength(1);
    const patches = [{ field: 'order_completed.total.units', jsonValue: '"10"' }];
    const right = await administrator(world).repairDeadLetters({ positions, patches });
    expect(right.outcomes[0]?.result).toMatchObject({ status: 1, position: { stream: 2 } });
  });

  test('answers for a position without a dead letter in its own outcome', async () => {
    await publisher(world).publish({ events: [bad(1)] });
    const good = await onlyPosition();
    const positions = [{ partition: 1, offset: 99n }, good, { partition: 77, offset: 0n }];
    const patches = [{ field: 'anonymous_id', jsonValue: '"d"' }];
    const { outcomes } = await administrator(world).repairDeadLetters({ positions, patches });
    const reasons = outcomes.map(({ result }) => result?.rejection?.reason);
    const unknown = ErrorReason.DEAD_LETTER_UNKNOWN;
    expect(reasons).toEqual([unknown, undefined, unknown]);
  });

  test('refuses patches that do not fit the contract', async () => {
    const positions = [{ partition: 0, offset: 0n }];
    const patches = [{ field: 'nothing', jsonValue: '1' }];
    const failure = await failureOf(administrator(world).repairDeadLetters({ positions, patches }));
    expect(failure).toMatchObject({
      reason: 'FIELD_INVALID',
      metadata: { field: 'patches[0].field' },
    });
    const none = await failureOf(administrator(world).repairDeadLetters({ positions: [] }));
    expect(none).toMatchObject({ reason: 'FIELD_INVALID', metadata: { field: 'positions' } });
  });

  test('repairs an unknown payload after an upgrade with the bytes as received', async () => {
    // What a newer client sent, given by an older gateway's dead letter; this gateway knows the payload.
    const event = bytesOf(view(5));
    await world.log.append('dead-letters', [
      { partition: 2, key: Buffer.alloc(16), value: event, headers: { reason: 'PAYLOAD_UNKNOWN' } },
    ]);
    const positions = [{ partition: 2, offset: 0n }];
    const { outcomes } = await administrator(world).repairDeadLetters({ positions });
    expect(outcomes[0]?.result?.status).toBe(1);
    const [kept] = await recordsOf(world.log, 'user-activity');
    expect(kept?.value.equals(event)).toBe(true);
  });
});
