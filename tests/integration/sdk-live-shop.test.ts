import {
  Availability,
  createByteBasket,
  money,
  type Alert,
  type AlertWatchUpdate,
  type ByteBasket,
  type RecommendationUpdate,
  type Transaction,
  type TransactionUpdate,
} from '@bytebasket/sdk';
import { startTestGateway, type TestGateway } from '@bytebasket/sdk/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cuttableWay, type CuttableWay } from '../support/cuttable-way.js';
import { seededRandom, testSeed } from '../support/random.js';

let gateway: TestGateway;
let way: CuttableWay;
let bb: ByteBasket;
beforeAll(async () => {
  gateway = await startTestGateway({ processor: true });
  way = await cuttableWay(gateway.port);
  bb = createByteBasket({ endpoint: gateway.endpoint });
});
afterAll(async () => {
  await bb.close();
  way.close();
  await gateway.close();
});

const SOON = { timeout: 15_000, interval: 50 };

/** Tries `cards` cards on one device: from the fourth on the rules ask for a review. */
async function testCards(device: string, cards: number): Promise<void> {
  const payments = Array.from({ length: cards }, (_, at) => ({
    anonymousId: device,
    payload: {
      $case: 'paymentAttempted',
      value: {
        paymentId: `${device}-p${at}`,
        orderId: `${device}-o${at}`,
        amount: money('EUR', '1.00'),
        method: 'card',
        card: { fingerprint: `${device}-card-${at}` },
      },
    } as const,
  }));
  for (const { status } of await bb.publish(payments)) expect(status).toBe('accepted');
}

/** Collects what a watch delivers until `stop`. */
function collecting<T>(watch: (signal: AbortSignal) => AsyncIterable<T>) {
  const controller = new AbortController();
  const seen: T[] = [];
  const done = (async () => {
    try {
      for await (const update of watch(controller.signal)) seen.push(update);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  })();
  // A test that fails before it stops the watch tells its own failure, not that of the watch.
  done.catch(() => undefined);
  const stop = async (): Promise<void> => {
    controller.abort();
    await done;
  };
  return { seen, stop };
}

const valuesOf = <T>(updates: readonly ({ type: string } | { type: 'value'; value: T })[]): T[] =>
  updates.flatMap((update) => ('value' in update ? [update.value] : []));

describe('the SDK and a real shop', () => {
  test('a purchase is scored, watched from attempt to label, and read back with its decision', async () => {
    const visitor = bb.visitor({ anonymousId: 'buyer-1', userId: 'u-1', sessionId: 's-1' });
    const watching = collecting<TransactionUpdate>((signal) =>
      bb.transactions.watch({ userId: 'u-1', signal }),
    );
    await vi.waitFor(() => {
      expect(watching.seen[0]?.type).toBe('checkpoint');
    }, SOON);
    const amount = money('EUR', '94.89');
    const payment = { paymentId: 'buy-p', orderId: 'buy-o', amount, method: 'card' };
    const who = { anonymousId: 'buyer-1', userId: 'u-1', sessionId: 's-1' };
    const decision = await bb.fraud.score({ payment, ...who });
    expect(decision).toMatchObject({ action: 'allow', origin: 'asked', paymentId: 'buy-p' });
    const again = await bb.fraud.score({ payment, ...who });
    expect(again).toEqual(decision);
    const { decisionId } = decision;
    await visitor.track.paymentAttempted({ ...payment, decisionId });
    await visitor.track.paymentAuthorised({ paymentId: 'buy-p', orderId: 'buy-o', amount });
    const lines = [{ product: { productId: 'shoe-1' }, quantity: 1, total: amount }];
    await visitor.track.orderCompleted({ orderId: 'buy-o', lines, total: amount });
    await bb.flush();
    const label = { transactionId: 'buy-o', source: 'chargeback', verdict: 'fraud' } as const;
    const receipt = await bb.fraud.reportLabel({
      ...label,
      note: 'taken back',
      deadlineMs: 20_000,
    });
    expect(receipt.paymentId).toBe('buy-p');
    await vi.waitFor(async () => {
      const got = await bb.transactions.get('buy-p');
      expect(got).toMatchObject({
        ...{ transactionId: 'buy-o', userId: 'u-1', orderState: 'placed', items: 1 },
        captured: { currency: 'EUR', amount: '94.89' },
        payments: [
          {
            ...{ state: 'authorised', method: 'card', attempts: 1 },
            labels: [{ source: 'chargeback', verdict: 'fraud', note: 'taken back' }],
            decision: { decisionId, action: 'allow' },
          },
        ],
      });
      expect(valuesOf<Transaction>(watching.seen).at(-1)).toEqual(got);
    }, SOON);
    await watching.stop();
    const listed = await bb.transactions.list({ userId: 'u-1', states: ['placed'] });
    expect(listed.map(({ transactionId }) => transactionId)).toEqual(['buy-o']);
    await expect(bb.transactions.get('nobody')).rejects.toMatchObject({
      reason: 'TRANSACTION_UNKNOWN',
    });
  });

  test('an alert that one operator resolves is seen by another, and of two at once one wins', async () => {
    const watching = collecting<AlertWatchUpdate>((signal) =>
      bb.alerts.watch({ includeUnresolved: true, signal }),
    );
    await testCards('tester-1', 4);
    const mine = () =>
      valuesOf<Alert>(watching.seen).filter(({ anonymousId }) => anonymousId === 'tester-1');
    await vi.waitFor(() => {
      expect(mine()).toHaveLength(1);
    }, SOON);
    const [opened] = mine();
    expect(opened).toMatchObject({ state: 'open', version: 1, action: 'review' });
    expect(opened?.reasons[0]?.text).toContain('4 cards on one device');
    const alertId = opened?.alertId ?? '';
    const both = await Promise.allSettled([
      bb.alerts.update({ alertId, expectedVersion: 1, state: 'assigned', assignee: 'ann' }),
      bb.alerts.update({ alertId, expectedVersion: 1, state: 'assigned', assignee: 'bob' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ reason: 'ALERT_VERSION_STALE', retryable: false });
    const resolve = { alertId, expectedVersion: 2, state: 'false-positive' } as const;
    const request = { ...resolve, note: 'a known tester', requestId: 'resolve-1' };
    const resolved = await bb.alerts.update(request);
    expect(await bb.alerts.update(request)).toEqual(resolved);
    await vi.waitFor(() => {
      expect(mine().map(({ version, state }) => `${version} ${state}`)).toEqual([
        ...['1 open', '2 assigned', '3 false-positive'],
      ]);
    }, SOON);
    await watching.stop();
    const details = await bb.alerts.get(alertId);
    expect(details.alert).toEqual(resolved);
    expect(details.decision?.features['cards_per_device_1h']).toBe(4);
    expect(details.history.map(({ state, note }) => [state, note])).toEqual([
      ...[
        ['open', ''],
        ['assigned', ''],
        ['false-positive', 'a known tester'],
      ],
    ]);
    expect((await bb.alerts.list({ states: ['false-positive'] }))[0]?.alertId).toBe(alertId);
  });

  test('watches over cut connections miss nothing and repeat nothing', async () => {
    const seed = testSeed();
    const hint = `repeat with BYTEBASKET_SEED=${seed}`;
    const random = seededRandom(seed);
    const retry = { delayBaseMs: 1, delayMaxMs: 5 };
    const cut = createByteBasket({ endpoint: way.endpoint, retry });
    const alerts = collecting<AlertWatchUpdate>((signal) => cut.alerts.watch({ signal }));
    const states = collecting<TransactionUpdate>((signal) => cut.transactions.watch({ signal }));
    await vi.waitFor(() => {
      for (const { seen } of [alerts, states]) expect(seen[0]?.type).toBe('checkpoint');
    }, SOON);
    const devices = Array.from({ length: 12 }, (_, at) => `cut-${at}`);
    for (const device of devices) {
      await testCards(device, 5);
      for (let cuts = 0; cuts < 3; cuts += 1) {
        way.cut();
        await new Promise((resolve) => setTimeout(resolve, random.int(0, 120)));
      }
    }
    // The fourth and the fifth card of each device open an alert; each of the five payments is a transaction.
    await vi.waitFor(() => {
      const got = valuesOf<Alert>(alerts.seen).map(({ paymentId }) => paymentId);
      expect(got.sort(), hint).toEqual(devices.flatMap((d) => [`${d}-p3`, `${d}-p4`]).sort());
      const newest = new Map(
        valuesOf<Transaction>(states.seen).map((one) => [one.transactionId, one]),
      );
      const decided = [...newest.values()].filter(({ payments: [one] }) => one?.decision);
      expect(decided, hint).toHaveLength(devices.length * 5);
    }, SOON);
    const shown = valuesOf<Transaction>(states.seen).map(({ transactionId, version, payments }) =>
      [transactionId, version, payments[0]?.decision?.decisionId].join(' '),
    );
    expect(new Set(shown).size, hint).toBe(shown.length);
    const breaks = alerts.seen.filter(({ type }) => type === 'reconnecting').length;
    expect(breaks, hint).toBeGreaterThanOrEqual(12);
    await alerts.stop();
    await states.stop();
    await cut.close();
  });

  test('recommendations follow the visitor’s clicks, and a blocked product leaves them', async () => {
    const views = (device: string, items: readonly string[]) =>
      items.map((productId) => ({
        anonymousId: device,
        sessionId: `${device}-s`,
        payload: { $case: 'productViewed', value: { product: { productId } } } as const,
      }));
    for (let at = 0; at < 8; at += 1) {
      await bb.publish(views(`fan-${at}`, ['boot', 'sock', 'lace']));
    }
    const query = { anonymousId: 'guest-1', limit: 5 };
    const watching = collecting<RecommendationUpdate>((signal) =>
      bb.recommendations.watch({ ...query, signal }),
    );
    await bb.publish(views('guest-1', ['boot']));
    await vi.waitFor(() => {
      const newest = watching.seen.findLast(({ type }) => type === 'value');
      const items = newest?.type === 'value' ? newest.value.items : [];
      const sock = items.find(({ itemId }) => itemId === 'sock');
      expect(sock?.reason).toContain('boot');
    }, SOON);
    await watching.stop();
    const similar = await bb.recommendations.similar({ itemId: 'boot' });
    expect(similar.items.map(({ itemId }) => itemId)).toContain('sock');
    const trending = await bb.recommendations.trending({ limit: 3 });
    expect(trending.items.map(({ itemId }) => itemId)).toContain('boot');
    await bb.track.productUpdated(
      { product: { productId: 'sock' }, availability: Availability.OUT_OF_STOCK },
      { anonymousId: 'back-office' },
    );
    await bb.flush();
    await vi.waitFor(async () => {
      const { items } = await bb.recommendations.get(query);
      expect(items.map(({ itemId }) => itemId)).not.toContain('sock');
      expect(items.length).toBeGreaterThan(0);
    }, SOON);
  });
});
