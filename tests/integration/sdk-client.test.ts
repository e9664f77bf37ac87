import { PAYLOADS } from '@bytebasket/proto/options';
import {
  createByteBasket,
  isAccessDeniedError,
  isByteBasketError,
  isEventRejectedError,
  money,
  type ByteBasketOptions,
  type ObserverEvent,
  type Overflow,
} from '@bytebasket/sdk';
import { Status } from 'nice-grpc-common';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../support/manual-clock.js';
import { richError, startScriptedGateway, type ScriptedGateway } from './sdk-scripted-gateway.js';

const DEAD_ENDPOINT = 'http://127.0.0.1:9';
const product = { product: { productId: 'p-1' } };
const someone = { anonymousId: 'device-1' };

describe('tracking', () => {
  let gateway: ScriptedGateway;
  beforeEach(async () => {
    gateway = await startScriptedGateway();
  });
  afterEach(() => gateway.close());

  test('has one method for every payload of the contract', async () => {
    const bb = createByteBasket({ endpoint: gateway.endpoint });
    expect(Object.keys(bb.track).sort()).toEqual(Object.keys(PAYLOADS).sort());
    await bb.close();
  });

  test('fills in id, time and defaults, lets a call override them, and merges contexts', async () => {
    const clock = manualClock(Date.UTC(2026, 10, 23));
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      clock,
      batch: { intervalMs: 0 },
      defaults: { anonymousId: 'till-1', context: { country: 'DE', locale: 'de-DE' } },
    });
    await bb.track.productViewed(product);
    const guest = bb.visitor({ userId: 'u-1', context: { country: 'AT' } });
    const occurTime = new Date(Date.UTC(2026, 10, 22));
    await guest.track.pageViewed({}, { sessionId: 's-1', context: { ip: '::1' }, occurTime });
    await bb.flush();
    const [first, second] = gateway.log;
    expect(first?.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    expect(first).toMatchObject({
      anonymousId: 'till-1',
      userId: '',
      occurTime: new Date(clock.nowMs()),
      context: { country: 'DE', locale: 'de-DE' },
    });
    expect(second).toMatchObject({
      anonymousId: 'till-1',
      userId: 'u-1',
      sessionId: 's-1',
      occurTime,
      context: { country: 'AT', locale: 'de-DE', ip: '::1' },
      payload: { $case: 'pageViewed' },
    });
    await bb.close();
  });

  test('refuses what breaks the contract before it is sent, naming field and rule', async () => {
    const bb = createByteBasket({ endpoint: gateway.endpoint });
    const line = { product: { productId: 'p-1' }, quantity: 1, total: money('EUR', '10') };
    const cases: [Promise<unknown>, object][] = [
      [
        bb.track.productAdded({ ...product, quantity: 0 }, someone),
        { reason: 'FIELD_INVALID', field: 'product_added.quantity' },
      ],
      [bb.track.productViewed(product), { reason: 'FIELD_INVALID', field: 'anonymous_id' }],
      [
        bb.track.orderCompleted(
          { orderId: 'o-1', lines: [line], total: money('EUR', '12.50') },
          someone,
        ),
        { reason: 'ORDER_TOTAL_MISMATCH', field: 'order_completed.total' },
      ],
      [
        bb.track.productAdded({ ...product, quantity: 'many' as unknown as number }, someone),
        { reason: 'FIELD_INVALID' },
      ],
      [
        bb.track.cartViewed({ lines: 5 as unknown as [] }, someone),
        { reason: 'FIELD_INVALID', field: 'cart_viewed' },
      ],
    ];
    for (const [call, facts] of cases) {
      const error: unknown = await call.catch((caught: unknown) => caught);
      expect(isEventRejectedError(error)).toBe(true);
      expect(error).toMatchObject({ ...facts, rejectedBy: 'client', retryable: false });
    }
    await bb.flush();
    expect(gateway.log).toHaveLength(0);
    expect(bb.stats()).toMatchObject({ refused: 5, tracked: 0 });
    await bb.close();
  });

  test('waits for company up to the interval, then sends', async () => {
    const clock = manualClock();
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      clock,
      batch: { eventsMax: 3, intervalMs: 200 },
    });
    await bb.track.productViewed(product, someone);
    await bb.track.productViewed(product, someone);
    await clock.advance(199);
    expect(gateway.arrivals).toHaveLength(0);
    await clock.advance(1);
    await expect.poll(() => gateway.log.length).toBe(2);
    // A full batch does not wait.
    for (let count = 0; count < 3; count += 1) await bb.track.productViewed(product, someone);
    await expect.poll(() => gateway.arrivals.length).toBe(2);
    await bb.close();
  });

  test('publish resolves with one result per event, in order, whatever each is', async () => {
    const bb = createByteBasket({ endpoint: gateway.endpoint });
    const eventId = '01a20905-2a1e-704b-ac82-0d4aed1bbd9b';
    const good = { ...someone, payload: { $case: 'productViewed', value: product } } as const;
    const bad = { ...good, anonymousId: 'no spaces please' };
    const results = await bb.publish([{ ...good, eventId }, bad, { ...good, eventId }, good]);
    expect(results.map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'duplicate',
      'accepted',
    ]);
    expect(results[2]).toMatchObject({ eventId, position: { offset: 0n, partition: 0 } });
    expect(results[1]).toMatchObject({ error: { field: 'anonymous_id' } });
    await bb.close();
  });

  test('sends the client id with its instance once per stream', async () => {
    const bb = createByteBasket({ endpoint: gateway.endpoint, clientId: 'shop' });
    for (let round = 0; round < 2; round += 1) {
      await bb.track.productViewed(product, someone);
      await bb.flush();
    }
    const ids = gateway.arrivals.map(({ clientId }) => clientId);
    expect(ids).toEqual([expect.stringMatching(/^shop:[0-9a-f]{12}$/), '']);
    await bb.close();
  });
});

describe('a full queue', () => {
  const fill = async (overflow: Overflow, more: ByteBasketOptions['queue'] = {}) => {
    const seen: ObserverEvent[] = [];
    const bb = createByteBasket({
      endpoint: DEAD_ENDPOINT,
      queue: { eventsMax: 3, overflow, ...more },
      observer: (event) => seen.push(event),
    });
    const receipts = [];
    for (let count = 0; count < 3; count += 1) {
      receipts.push(await bb.track.productViewed(product, someone));
    }
    return { bb, receipts, seen };
  };
  const close = (bb: ReturnType<typeof createByteBasket>) =>
    bb.close({ signal: AbortSignal.abort() });

  test('rejects under `reject`', async () => {
    const { bb } = await fill('reject');
    await expect(bb.track.productViewed(product, someone)).rejects.toMatchObject({
      name: 'QueueFullError',
      reason: 'QUEUE_FULL',
      retryable: true,
    });
    expect(await close(bb)).toMatchObject({ undelivered: 3, kept: false });
  });

  test('drops the new event under `drop-newest` and says so', async () => {
    const { bb, seen } = await fill('drop-newest');
    const receipt = await bb.track.productViewed(product, someone);
    expect(receipt.status).toBe('dropped');
    await expect(receipt.delivered).rejects.toMatchObject({ reason: 'EVENT_DROPPED' });
    expect(seen).toContainEqual({ type: 'dropped', eventId: receipt.eventId });
    expect(bb.stats()).toMatchObject({ dropped: 1, queuedEvents: 3 });
    await close(bb);
  });

  test('drops the oldest event under `drop-oldest`', async () => {
    const { bb, receipts } = await fill('drop-oldest', { bytesMax: 1 << 20 });
    const receipt = await bb.track.productViewed(product, someone);
    expect(receipt.status).toBe('queued');
    expect(receipts.map(({ status }) => status)).toEqual(['dropped', 'queued', 'queued']);
    expect(bb.stats()).toMatchObject({ dropped: 1, queuedEvents: 3 });
    await close(bb);
  });

  test('waits under `wait`, in order, until there is room, the signal or the end', async () => {
    const gateway = await startScriptedGateway();
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      queue: { eventsMax: 2 },
      batch: { intervalMs: 1 },
    });
    const calls = Array.from({ length: 40 }, () => bb.track.productViewed(product, someone));
    const ids = (await Promise.all(calls)).map(({ eventId }) => eventId);
    await bb.flush();
    expect(gateway.log.map(({ eventId }) => eventId)).toEqual(ids);
    await bb.close();
    await gateway.close();

    const { bb: stuck } = await fill('wait', { waitersMax: 2 });
    const reason = new Error('enough');
    const given = new AbortController();
    const first = stuck.track.productViewed(product, { ...someone, signal: given.signal });
    const second = stuck.track.productViewed(product, someone);
    await expect(stuck.track.productViewed(product, someone)).rejects.toMatchObject({
      reason: 'QUEUE_FULL',
    });
    given.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(stuck.stats().waitingCalls).toBe(1);
    const closed = close(stuck);
    await expect(second).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
    await closed;
  });
});

describe('a refused key', () => {
  test('stops sending with a typed error, keeps the queue, and goes on after resume', async () => {
    let key = 'old';
    const gateway = await startScriptedGateway({
      authorize: ({ metadata }) => {
        if (metadata.get('authorization') === 'Bearer new') return;
        throw richError(Status.UNAUTHENTICATED, 'KEY_INVALID', { message: 'the key is not known' });
      },
    });
    const seen: ObserverEvent[] = [];
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      key: () => key,
      queue: { eventsMax: 2 },
      observer: (event) => seen.push(event),
    });
    const receipt = await bb.track.productViewed(product, someone);
    const error: unknown = await bb.flush().catch((caught: unknown) => caught);
    expect(isAccessDeniedError(error)).toBe(true);
    expect(error).toMatchObject({ reason: 'KEY_INVALID', code: 'UNAUTHENTICATED' });
    expect(bb.stats()).toMatchObject({ state: 'stopped', queuedEvents: 1 });
    expect(seen.map(({ type }) => type)).toEqual(['stopped']);

    await bb.track.productViewed(product, someone);
    // Nothing will make room, so nobody waits for it.
    await expect(bb.track.productViewed(product, someone)).rejects.toBe(error);
    key = 'new';
    bb.resume();
    await bb.flush();
    expect((await receipt.delivered).eventId).toBe(gateway.log[0]?.eventId);
    expect(gateway.log).toHaveLength(2);
    await bb.close();
    await gateway.close();
  });
});

describe('the end of a client', () => {
  test('close delivers what is queued and refuses what comes later', async () => {
    const gateway = await startScriptedGateway({ answerDelayMs: 20 });
    const bb = createByteBasket({ endpoint: gateway.endpoint });
    for (let count = 0; count < 250; count += 1) await bb.track.productViewed(product, someone);
    const report = bb.close();
    await expect(bb.track.productViewed(product, someone)).rejects.toMatchObject({
      reason: 'CLIENT_CLOSED',
    });
    expect(await report).toEqual({ undelivered: 0, kept: false });
    expect(await bb.close()).toEqual({ undelivered: 0, kept: false });
    expect(gateway.log).toHaveLength(250);
    expect(gateway.endedStreams, 'an orderly end, not a cancelled call').toBe(1);
    expect(bb.stats().state).toBe('closed');
    await gateway.close();
  });

  test('a receipt that nobody looks at, or looks at late, does not end the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const bb = createByteBasket({ endpoint: DEAD_ENDPOINT });
      await bb.track.productViewed(product, someone);
      const { delivered } = await bb.track.productViewed(product, someone);
      const report = await bb.close({ signal: AbortSignal.timeout(20) });
      expect(report).toMatchObject({ undelivered: 2, cause: { name: 'TimeoutError' } });
      await new Promise((resolve) => setTimeout(resolve, 10));
      await expect(delivered).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' });
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  test('flush gives up by its signal and leaves the queue as it is', async () => {
    const bb = createByteBasket({ endpoint: DEAD_ENDPOINT });
    await bb.track.productViewed(product, someone);
    await expect(bb.flush({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(bb.stats().queuedEvents).toBe(1);
    await bb.close({ signal: AbortSignal.abort() });
  });
});

describe('options', () => {
  test.each([
    ['endpoint', { endpoint: 'somewhere' }],
    ['endpoint', { endpoint: 'http://a:99999' }],
    ['tls', { endpoint: 'http://a:1', tls: true }],
    ['tls', { endpoint: 'https://a:1', tls: { cert: 'x' } }],
    ['batch.eventsMax', { batch: { eventsMax: 501 } }],
    ['batch.eventsMax', { batch: { eventsMax: 0 } }],
    ['batch.bytesMax', { batch: { bytesMax: 1024 * 1024 } }],
    ['batch.intervalMs', { batch: { intervalMs: -1 } }],
    ['batch.inFlightMax', { batch: { inFlightMax: 65 } }],
    ['queue.eventsMax', { queue: { eventsMax: 1.5 } }],
    ['queue.overflow', { queue: { overflow: 'spill' as Overflow } }],
    ['queue.overflow', { queue: { overflow: 'drop-oldest', folder: '/nowhere' } }],
    ['retry.delayMaxMs', { retry: { delayBaseMs: 100, delayMaxMs: 99 } }],
    ['deadlines.readMs', { deadlines: { readMs: 0 } }],
    ['clientId', { clientId: 'a b' }],
  ] satisfies [string, Partial<ByteBasketOptions>][])(
    'are refused at once by name: %s %j',
    (field, options) => {
      let caught: unknown;
      try {
        createByteBasket({ endpoint: DEAD_ENDPOINT, ...options });
      } catch (error) {
        caught = error;
      }
      expect(isByteBasketError(caught)).toBe(true);
      expect(caught).toMatchObject({ name: 'OptionError', field, reason: 'OPTION_INVALID' });
    },
  );

  test.each([
    { batch: { eventsMax: 500, bytesMax: 1024 * 1020, intervalMs: 60_000, inFlightMax: 64 } },
    { batch: { eventsMax: 1, bytesMax: 1024, intervalMs: 0, inFlightMax: 1 } },
    { endpoint: 'https://[::1]:443', tls: {} },
    { endpoint: 'shop.example:443', tls: true },
  ] satisfies Partial<ByteBasketOptions>[])('are taken at their bounds: %j', async (options) => {
    const bb = createByteBasket({ endpoint: DEAD_ENDPOINT, ...options });
    await bb.close();
    expect(bb.stats().state).toBe('closed');
  });
});
