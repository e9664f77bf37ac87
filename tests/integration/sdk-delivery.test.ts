import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { createByteBasket, type ByteBasket, type ObserverEvent } from '@bytebasket/sdk';
import { describe, expect, test } from 'vitest';
import { startScriptedGateway, type Script, type ScriptedGateway } from './sdk-scripted-gateway.js';
import { mulberry32 } from '../support/random.js';

const FAST = { delayBaseMs: 1, delayMaxMs: 4 };

/** Runs a body with a gateway and a client, and takes both down. */
async function withClient(
  script: Script,
  options: Omit<Parameters<typeof createByteBasket>[0], 'endpoint'>,
  body: (bb: ByteBasket, gateway: ScriptedGateway, seen: ObserverEvent[]) => Promise<void>,
): Promise<void> {
  const gateway = await startScriptedGateway(script);
  const seen: ObserverEvent[] = [];
  const bb = createByteBasket({
    endpoint: gateway.endpoint,
    retry: FAST,
    observer: (event) => seen.push(event),
    ...options,
  });
  try {
    await body(bb, gateway, seen);
  } finally {
    await bb.close({ signal: AbortSignal.timeout(2_000) });
    await gateway.close();
  }
}

const view = (bb: ByteBasket, order: number, anonymousId = `visitor-${order % 5}`) =>
  bb.track.productViewed({ product: { productId: `p-${order}` } }, { anonymousId });

const ids = (gateway: ScriptedGateway): string[] => gateway.log.map((event) => event.eventId);

describe('delivery by the SDK', () => {
  test('delivers every event once and in order through 200 random breaks', async () => {
    const seed = Date.now() % 1_000_000;
    const random = mulberry32(seed);
    let faults = 0;
    const script: Script = {
      credit: () => ({ batches: 1 + Math.floor(random() * 6), bytes: 1 << 20 }),
      step: () => {
        if (faults >= 200 || random() < 0.5) return 'accept';
        faults += 1;
        const dice = random();
        if (dice < 0.4) return 'break-before';
        if (dice < 0.8) return 'break-after';
        return { refuse: ErrorReason.GATEWAY_SATURATED, delayMs: 1 };
      },
    };
    await withClient(script, { batch: { eventsMax: 10, intervalMs: 1 } }, async (bb, gateway) => {
      const tracked: string[] = [];
      for (let order = 0; order < 4_000; order += 1) {
        tracked.push((await view(bb, order)).eventId);
        if (order % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await bb.flush({ signal: AbortSignal.timeout(20_000) });
      expect(faults, `seed ${seed}`).toBe(200);
      // One writer and one partition: the order of all keys together is kept, so that of each key is too.
      expect(ids(gateway), `seed ${seed}`).toEqual(tracked);
      expect(bb.stats()).toMatchObject({ delivered: 4_000, rejected: 0, queuedEvents: 0 });
      expect(bb.stats().duplicates).toBeGreaterThan(0);
    });
  });

  test('never sends an event again whose answer it has seen', async () => {
    const random = mulberry32(7);
    let settled = 0;
    const settledAtBreak: number[] = [0];
    const script: Script = { step: () => (random() < 0.7 ? 'accept' : 'break-after') };
    await withClient(
      script,
      {
        batch: { eventsMax: 5, intervalMs: 0 },
        observer: (event) => {
          if (event.type === 'delivered') settled = event.batchNumber;
          if (event.type === 'disconnected') settledAtBreak.push(settled);
        },
      },
      async (bb, gateway) => {
        for (let order = 0; order < 500; order += 1) await view(bb, order);
        await bb.flush();
        expect(gateway.streams).toBeGreaterThan(5);
        for (const { stream, batchNumber } of gateway.arrivals) {
          expect(batchNumber).toBeGreaterThan(settledAtBreak[stream - 1] ?? 0);
        }
      },
    );
  });

  test('sends a batch again with the same number and the same events', async () => {
    let breaks = 3;
    const script: Script = { step: () => (breaks-- > 0 ? 'break-before' : 'accept') };
    await withClient(script, { batch: { eventsMax: 3 } }, async (bb, gateway) => {
      for (let order = 0; order < 9; order += 1) await view(bb, order);
      await bb.flush();
      const first = gateway.arrivals.filter(({ batchNumber }) => batchNumber === 1);
      expect(first).toHaveLength(4);
      for (const arrival of first) expect(arrival.eventIds).toEqual(first[0]?.eventIds);
    });
  });

  test('goes back to a refused batch after the delay that the gateway asks for', async () => {
    let refusals = 2;
    const script: Script = {
      step: ({ batchNumber }) =>
        batchNumber === 2n && refusals-- > 0
          ? { refuse: ErrorReason.GATEWAY_SATURATED, delayMs: 60 }
          : 'accept',
    };
    await withClient(script, { batch: { eventsMax: 2 } }, async (bb, gateway, seen) => {
      const started = performance.now();
      const tracked: string[] = [];
      for (let order = 0; order < 20; order += 1) tracked.push((await view(bb, order)).eventId);
      await bb.flush();
      expect(performance.now() - started).toBeGreaterThanOrEqual(119);
      expect(ids(gateway)).toEqual(tracked);
      expect(gateway.streams).toBe(1);
      const refused = seen.filter((event) => event.type === 'refused');
      expect(refused).toHaveLength(2);
      expect(refused[0]).toMatchObject({ batchNumber: 2, reason: 'GATEWAY_SATURATED' });
      expect(gateway.arrivals.filter(({ batchNumber }) => batchNumber === 1)).toHaveLength(1);
    });
  });

  test.each([1, 3])('keeps at most the credited %i batches in flight', async (batches) => {
    const script: Script = { credit: () => ({ batches, bytes: 1 << 20 }), answerDelayMs: 1 };
    await withClient(script, { batch: { eventsMax: 1, inFlightMax: 64 } }, async (bb, gateway) => {
      for (let order = 0; order < 200; order += 1) await view(bb, order);
      await bb.flush();
      expect(gateway.inFlightPeak).toBe(batches);
    });
  });

  test('cuts batches to the credited bytes', async () => {
    const script: Script = { credit: () => ({ batches: 8, bytes: 2_000 }) };
    await withClient(script, { batch: { eventsMax: 500 } }, async (bb, gateway) => {
      await view(bb, 0);
      await bb.flush();
      for (let order = 1; order < 300; order += 1) await view(bb, order);
      await bb.flush();
      const sizes = gateway.arrivals.map(({ bytes }) => bytes);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
      expect(Math.max(...sizes)).toBeGreaterThan(1_800);
      expect(gateway.log).toHaveLength(300);
    });
  });

  test('surfaces a rejected event, delivers its neighbours and does not send it again', async () => {
    const script: Script = {
      rejects: ({ payload }) =>
        payload?.$case === 'productViewed' && payload.value.product?.productId === 'p-1',
    };
    await withClient(script, {}, async (bb, gateway, seen) => {
      const receipts = [await view(bb, 0), await view(bb, 1), await view(bb, 2)];
      await bb.flush();
      const outcomes = await Promise.allSettled(receipts.map((one) => one.delivered));
      expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({
        reason: {
          name: 'EventRejectedError',
          reason: 'OCCUR_TIME_IN_FUTURE',
          field: 'occur_time',
          rejectedBy: 'gateway',
          retryable: false,
          eventId: receipts[1]?.eventId,
        },
      });
      expect(seen.filter((event) => event.type === 'rejected')).toHaveLength(1);
      expect(bb.stats()).toMatchObject({ delivered: 2, rejected: 1 });
      expect(gateway.arrivals).toHaveLength(1);
    });
  });

  test('publishes a batch that exceeds the gateway’s own limit in pieces, in order', async () => {
    await withClient({ eventsMax: 7 }, { batch: { eventsMax: 50 } }, async (bb, gateway) => {
      const tracked: string[] = [];
      for (let order = 0; order < 120; order += 1) tracked.push((await view(bb, order)).eventId);
      await bb.flush();
      expect(ids(gateway)).toEqual(tracked);
      const before = gateway.unaryCalls;
      for (let order = 120; order < 300; order += 1) await view(bb, order);
      await bb.flush();
      expect(gateway.log).toHaveLength(300);
      expect(gateway.unaryCalls - before, 'later batches are cut smaller').toBeLessThan(60);
    });
  });

  test('opens a new stream where dropped batches left a gap in the numbers', async () => {
    await withClient(
      { answerDelayMs: 50 },
      {
        queue: { eventsMax: 3, overflow: 'drop-oldest' },
        batch: { eventsMax: 1, inFlightMax: 1 },
      },
      async (bb, gateway, seen) => {
        const tracked: string[] = [];
        for (let order = 0; order < 3; order += 1) tracked.push((await view(bb, order)).eventId);
        await expect.poll(() => gateway.arrivals.length).toBe(1);
        for (let order = 3; order < 5; order += 1) tracked.push((await view(bb, order)).eventId);
        await bb.flush();
        expect(ids(gateway)).toEqual([tracked[0], tracked[3], tracked[4]]);
        expect(gateway.arrivals.map(({ batchNumber }) => batchNumber)).toEqual([1, 4, 5]);
        expect(gateway.streams).toBe(2);
        expect(seen.filter(({ type }) => type === 'disconnected')).toEqual([]);
      },
    );
  });

  test('opens the stream anew when an answer does not come', async () => {
    let hangs = 1;
    const script: Script = { step: () => (hangs-- > 0 ? 'hang' : 'accept') };
    await withClient(script, { deadlines: { answerMs: 150 } }, async (bb, gateway, seen) => {
      await view(bb, 0);
      await bb.flush();
      expect(gateway.streams).toBe(2);
      expect(seen).toContainEqual(
        expect.objectContaining({
          type: 'disconnected',
          error: expect.objectContaining({ reason: 'DEADLINE_EXCEEDED' }),
        }),
      );
    });
  });

  test('outlives a gateway that goes away and comes back on its port', async () => {
    const first = await startScriptedGateway();
    const bb = createByteBasket({ endpoint: first.endpoint, retry: FAST });
    await view(bb, 0);
    await bb.flush();
    await first.close();
    const tracked = [(await view(bb, 1)).eventId, (await view(bb, 2)).eventId];
    const second = await startScriptedGateway({}, first.port);
    await bb.flush({ signal: AbortSignal.timeout(10_000) });
    expect(ids(second)).toEqual(tracked);
    expect(await bb.close()).toEqual({ undelivered: 0, kept: false });
    await second.close();
  });
});
