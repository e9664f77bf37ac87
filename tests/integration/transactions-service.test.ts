import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import {
  AnomalyKind,
  OrderState,
  PaymentState,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { lookUpPayment } from '@bytebasket/server/transactions/look-up-payment';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { failureOf } from '../support/test-gateway.js';
import {
  attempted,
  authorised,
  openTransactionShop,
  ordered,
  refunded,
  told,
  type TransactionShop,
} from './transaction-shop.js';

const YEAR_MS = 365 * 86_400_000;
let shop: TransactionShop;
beforeEach(async () => {
  shop = await openTransactionShop();
});
afterEach(() => shop.close());

/** Ids of all pages. */
async function listed(request: Parameters<TransactionShop['client']['listTransactions']>[0]) {
  const ids: string[] = [];
  let pages = 0;
  let pageToken = '';
  do {
    const page = await shop.client.listTransactions({ ...request, pageToken });
    ids.push(...page.transactions.map(({ transactionId }) => transactionId));
    pageToken = page.nextPageToken;
    pages += 1;
  } while (pageToken !== '');
  return { ids, pages };
}

const label = (paymentId: string, verdict: LabelVerdict) => ({
  payload: {
    $case: 'labelReported' as const,
    value: { paymentId, verdict, source: LabelSource.CHARGEBACK },
  },
});

describe('GetTransaction', () => {
  test('answers with the order, its payments and their decisions, by either id', async () => {
    await shop.send(told(ordered('o1')), told(attempted('p1', 'o1')));
    await shop.send(told(authorised('p1')));
    await shop.decide('p1');
    const found = await shop.get('o1');
    expect(found).toMatchObject({
      transactionId: 'o1',
      userId: 'ann',
      anonymousId: 'device-a',
      orderState: OrderState.PLACED,
      items: 2,
      paymentsTotal: 1,
      anomalies: [],
      version: 3n,
    });
    expect(found.captured).toEqual({ currencyCode: 'EUR', units: 10n, nanos: 0 });
    expect(found.payments[0]).toMatchObject({ paymentId: 'p1', state: PaymentState.AUTHORISED });
    expect(found.payments[0]?.decision?.decisionId).toBe('d-p1');
    expect(await shop.get('p1')).toEqual(found);
  });

  test('joins what a guest did before the login with what came after it', async () => {
    const guest = { userId: '', anonymousId: 'device-z' };
    await shop.send(told({ ...attempted('p1', 'o1'), ...guest }));
    await shop.send(told({ ...authorised('p1'), ...guest }), told(ordered('o1')));
    const found = await shop.get('o1');
    expect(found).toMatchObject({ userId: 'ann', anomalies: [], version: 3n });
    expect(found.payments[0]?.state).toBe(PaymentState.AUTHORISED);
  });

  test('takes a payment without an order as a transaction, until an order claims it', async () => {
    await shop.send(told(attempted('p1')));
    expect(await shop.get('p1')).toMatchObject({ transactionId: 'p1', version: 1n });
    await shop.send(told(authorised('p1', 'o1')), told(ordered('o1')));
    const found = await shop.get('p1');
    expect(found).toMatchObject({ transactionId: 'o1', anomalies: [], version: 3n });
    expect(found.payments[0]).toMatchObject({ attempts: 1, state: PaymentState.AUTHORISED });
  });

  test('knows labels from before the payment, a second one, and one from years later', async () => {
    const now = Date.now();
    await shop.send(told(label('p1', LabelVerdict.INCONCLUSIVE), now - YEAR_MS));
    await shop.send(told(ordered('o1')), told(attempted('p1', 'o1')));
    await shop.send(told(label('p1', LabelVerdict.LEGITIMATE), now + 3 * YEAR_MS));
    await shop.send(told(label('p1', LabelVerdict.FRAUD), now));
    const { payments, anomalies } = await shop.get('o1');
    expect(anomalies).toEqual([]);
    expect(payments[0]?.labels.map(({ verdict }) => verdict)).toEqual([
      LabelVerdict.INCONCLUSIVE,
      LabelVerdict.FRAUD,
      LabelVerdict.LEGITIMATE,
    ]);
    expect(payments[0]?.labels.at(-1)?.knownTime).toEqual(new Date(now + 3 * YEAR_MS));
  });

  test('flags what cannot be right', async () => {
    await shop.send(told(ordered('o1')), told(refunded('o1', 1_001)));
    const { anomalies, anomaliesTotal } = await shop.get('o1');
    expect(anomalies.map(({ kind }) => kind)).toEqual([AnomalyKind.OVER_REFUND]);
    expect(anomaliesTotal).toBe(1);
  });

  test('says TRANSACTION_UNKNOWN when there is none, and FIELD_INVALID without an id', async () => {
    const unknown = await failureOf(shop.client.getTransaction({ transactionId: 'nobody' }));
    expect(unknown).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'TRANSACTION_UNKNOWN',
      metadata: { transaction_id: 'nobody' },
    });
    const invalid = await failureOf(shop.client.getTransaction({ transactionId: '' }));
    expect(invalid.reason).toBe('FIELD_INVALID');
  });
});

describe('ListTransactions', () => {
  test('answers sensibly while there is nothing', async () => {
    expect(await listed({})).toEqual({ ids: [], pages: 1 });
    expect(await listed({ userId: 'nobody' })).toEqual({ ids: [], pages: 1 });
    expect((await listed({ startTime: new Date(0) })).ids).toEqual([]);
  });

  test('lists the newest first, in pages of any size, each transaction once', async () => {
    const now = Date.now();
    const seed = testSeed();
    const random = seededRandom(seed);
    const created = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      // Some at the same time, some on the same day, over about three weeks.
      const ms = now - random.int(0, 20) * 86_400_000 - random.int(0, 3) * 1_000;
      created.set(`o${i}`, ms);
    }
    const events = [...created].map(([id, ms]) => {
      const person = random.pick([{}, { userId: 'bob' }, { userId: '', anonymousId: 'guest' }]);
      return told({ ...ordered(id), ...person }, ms);
    });
    await shop.send(...events);
    const expected = (wanted: (index: number) => boolean): string[] =>
      [...created]
        .filter((_, index) => wanted(index))
        .sort(([a, aMs], [b, bMs]) => bMs - aMs || (a < b ? 1 : -1))
        .map(([id]) => id);
    for (const pageSize of [1, 7, 500]) {
      expect((await listed({ pageSize })).ids, `seed ${seed}`).toEqual(expected(() => true));
      const ofBob = expected((index) => events[index]?.userId === 'bob');
      expect((await listed({ pageSize, userId: 'bob' })).ids).toEqual(ofBob);
      const ofGuest = expected((index) => events[index]?.anonymousId === 'guest');
      expect((await listed({ pageSize, userId: 'guest' })).ids).toEqual(ofGuest);
    }
    const startTime = new Date(now - 10 * 86_400_000);
    const endTime = new Date(now - 3 * 86_400_000);
    const within = [...created.keys()].map((id) => created.get(id) ?? 0);
    expect((await listed({ pageSize: 3, startTime, endTime })).ids).toEqual(
      expected((index) => {
        const ms = within[index] ?? 0;
        return ms >= startTime.getTime() && ms < endTime.getTime();
      }),
    );
  });

  test('filters by state and by anomaly', async () => {
    await shop.send(told(ordered('o1')), told(ordered('o2')), told(refunded('o2', 10)));
    await shop.send(told(ordered('o3')), told(refunded('o3', 5_000)));
    const { PARTIALLY_REFUNDED, REFUNDED } = OrderState;
    expect((await listed({ orderStates: [PARTIALLY_REFUNDED] })).ids).toEqual(['o2']);
    expect((await listed({ orderStates: [PARTIALLY_REFUNDED, REFUNDED] })).ids.sort()).toEqual([
      'o2',
      'o3',
    ]);
    expect((await listed({ anomalous: true })).ids).toEqual(['o3']);
  });

  test('lists a split transaction once, for the guest and for the user', async () => {
    const guest = { userId: '', anonymousId: 'device-z' };
    await shop.send(told({ ...attempted('p1'), ...guest }));
    await shop.send(told({ ...authorised('p1', 'o1'), ...guest }));
    await shop.send(told({ ...ordered('o1'), anonymousId: 'device-z' }));
    expect((await listed({})).ids).toEqual(['o1']);
    expect((await listed({ userId: 'device-z' })).ids).toEqual(['o1']);
    expect((await listed({ userId: 'ann' })).ids).toEqual(['o1']);
  });

  test('lists nothing under the device from which the shop tells refunds and answers', async () => {
    const shopSide = { anonymousId: 'backend' };
    await shop.send(told({ ...authorised('p1', 'o1'), ...shopSide }));
    await shop.send(told(ordered('o1')), told({ ...refunded('o1', 5), ...shopSide }));
    expect((await listed({ userId: 'backend' })).ids).toEqual([]);
    expect((await listed({ userId: 'device-a' })).ids).toEqual(['o1']);
    expect((await shop.get('o1')).anonymousId).toBe('device-a');
  });

  test('ends a page after a bounded look, and goes on behind it', async () => {
    const old = Date.now() - 12 * YEAR_MS;
    await shop.send(told(ordered('old'), old), told(refunded('old', 5_000), old));
    await shop.send(...Array.from({ length: 2_000 }, (_, i) => told(ordered(`o${i}`))));
    const { ids, pages } = await listed({ startTime: new Date(0), anomalous: true });
    expect(ids).toEqual(['old']);
    expect(pages).toBe(2);
  });

  test('refuses a range that ends before it starts, and a token of another list', async () => {
    await shop.send(told(ordered('o1')), told(ordered('o2')));
    const times = { startTime: new Date(2_000), endTime: new Date(1_000) };
    const backwards = await failureOf(shop.client.listTransactions(times));
    expect(backwards.violations[0]?.field).toBe('start_time');
    const { nextPageToken } = await shop.client.listTransactions({ pageSize: 1 });
    const foreign = { userId: 'bob', pageToken: nextPageToken };
    const refusal = await failureOf(shop.client.listTransactions(foreign));
    expect(refusal.reason).toBe('PAGE_TOKEN_INVALID');
  });
});

describe('looking a payment up', () => {
  test('finds it by its own id, or the last one authorised of an order, else the last one tried', async () => {
    const { tables } = shop.world;
    expect(await lookUpPayment(tables, 'o1')).toBeUndefined();
    await shop.send(told(ordered('o1')));
    expect(await lookUpPayment(tables, 'o1')).toBeUndefined();
    await shop.send(told({ ...attempted('p1', 'o1'), userId: '' }), told(attempted('p2', 'o1')));
    expect((await lookUpPayment(tables, 'o1'))?.paymentId).toBe('p2');
    await shop.send(told(authorised('p1')));
    const guest = { paymentId: 'p1', userId: '', anonymousId: 'device-a' };
    expect(await lookUpPayment(tables, 'o1')).toEqual(guest);
    expect(await lookUpPayment(tables, 'p1')).toEqual(guest);
    expect((await lookUpPayment(tables, 'p2'))?.userId).toBe('ann');
    await shop.send(told(label('p9', LabelVerdict.FRAUD)));
    expect(await lookUpPayment(tables, 'p9')).toBeUndefined();
  });
});
