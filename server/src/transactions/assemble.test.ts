import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import {
  TransactionFact,
  TransactionFactKind as Kind,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import {
  AnomalyKind,
  OrderState,
  PaymentState,
  type Transaction,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { describe, expect, test } from 'vitest';
import { ANOMALIES_MAX } from './anomalies.js';
import { assemble, PAYMENTS_MAX, type PlacedFact } from './assemble.js';
import { LABELS_MAX } from './payment-history.js';

interface Told extends Omit<Partial<TransactionFact>, 'amount'> {
  /** Cents of EUR, or of another currency. */
  readonly cents?: number;
  readonly currency?: string;
  readonly partition?: number;
}

/** Facts one second apart, each by an event of its own. */
function facts(told: readonly Told[]): PlacedFact[] {
  return told.map(({ cents, currency = 'EUR', partition = 0, ...rest }, index) => ({
    partition,
    fact: TransactionFact.create({
      offset: BigInt(index),
      appendMs: BigInt(1_000 * (index + 1)),
      occurMs: BigInt(500_000 + 1_000 * index),
      eventId: `e${index}`,
      anonymousId: 'device',
      userId: 'ann',
      amount:
        cents === undefined
          ? undefined
          : {
              currencyCode: currency,
              units: BigInt(Math.floor(cents / 100)),
              nanos: (cents % 100) * 10_000_000,
            },
      ...rest,
    }),
  }));
}

const of = (...told: Told[]): Transaction => assemble('o1', facts(told), told.length);
const placed = (cents = 1_000): Told => ({ kind: Kind.ORDER_PLACED, cents, items: 3 });
const updated = (cents = 1_200): Told => ({ kind: Kind.ORDER_UPDATED, cents, items: 4 });
const cancelled: Told = { kind: Kind.ORDER_CANCELLED };
const refunded = (cents: number): Told => ({ kind: Kind.ORDER_REFUNDED, cents });
const payment = { paymentId: 'p1', cents: 1_000 };
const attempted: Told = { ...payment, kind: Kind.PAYMENT_ATTEMPTED, code: 'card' };
const authorised: Told = { ...payment, kind: Kind.PAYMENT_AUTHORISED };
const declined: Told = { ...payment, kind: Kind.PAYMENT_DECLINED, code: 'no_funds' };

const kinds = ({ anomalies }: Transaction): AnomalyKind[] => anomalies.map(({ kind }) => kind);
const euros = (money: Transaction['total']): number | undefined =>
  money === undefined ? undefined : Number(money.units) + money.nanos / 1e9;

describe('an order', () => {
  test.each<[string, readonly Told[], OrderState]>([
    ['placed', [placed()], OrderState.PLACED],
    ['changed', [placed(), updated()], OrderState.UPDATED],
    ['called off', [placed(), cancelled], OrderState.CANCELLED],
    ['called off after a change', [placed(), updated(), cancelled], OrderState.CANCELLED],
    ['refunded in part', [placed(), refunded(300)], OrderState.PARTIALLY_REFUNDED],
    ['refunded in two parts', [placed(), refunded(300), refunded(700)], OrderState.REFUNDED],
    [
      'called off, part of the money back',
      [placed(), cancelled, refunded(1)],
      OrderState.CANCELLED,
    ],
    ['called off and refunded', [placed(), cancelled, refunded(1_000)], OrderState.REFUNDED],
    ['only paid', [attempted, authorised], OrderState.UNSPECIFIED],
  ])('that was %s has that state and no anomaly', (_, told, state) => {
    const transaction = of(...told);
    expect(transaction.orderState).toBe(state);
    expect(transaction.anomalies).toEqual([]);
    expect(transaction.anomaliesTotal).toBe(0);
  });

  test('costs and holds what its last change says', () => {
    const transaction = of(placed(), updated(1_234));
    expect(euros(transaction.total)).toBe(12.34);
    expect(transaction.items).toBe(4);
    expect(transaction.version).toBe(2n);
  });

  test.each<[string, readonly Told[]]>([
    ['changed after it was called off', [placed(), cancelled, updated()]],
    ['called off twice', [placed(), cancelled, cancelled]],
    ['called off after a refund', [placed(), refunded(1), cancelled]],
    ['changed after it was refunded', [placed(), refunded(1_000), updated()]],
    ['placed twice', [placed(), placed()]],
  ])('that is %s keeps its state, and that is flagged', (_, told) => {
    const transaction = of(...told);
    const before = of(...told.slice(0, -1));
    expect(kinds(transaction)).toEqual([AnomalyKind.ILLEGAL_TRANSITION]);
    expect(transaction.orderState).toBe(before.orderState);
    expect(transaction.total).toEqual(before.total);
  });

  test('given back to the last cent is no anomaly, one nano more is', () => {
    expect(kinds(of(placed(), refunded(1_000)))).toEqual([]);
    const amount = { currencyCode: 'EUR', units: 10n, nanos: 1 };
    const [first, second] = facts([placed(), refunded(0)]);
    if (first === undefined || second === undefined) throw new Error('no facts');
    const more = { ...second, fact: { ...second.fact, amount } };
    const transaction = assemble('o1', [first, more], 2);
    expect(kinds(transaction)).toEqual([AnomalyKind.OVER_REFUND]);
    expect(transaction.anomalies[0]?.description).toBe(
      'order o1: 10.000000001 EUR was given back, it cost 10.00 EUR',
    );
    expect(transaction.orderState).toBe(OrderState.REFUNDED);
  });

  test('may give back what was captured, even when the order costs more or less', () => {
    const paid = [placed(2_000), attempted, authorised];
    expect(of(...paid, refunded(1_000)).orderState).toBe(OrderState.REFUNDED);
    expect(kinds(of(...paid, refunded(1_000)))).toEqual([]);
    expect(kinds(of(...paid, refunded(1_001)))).toEqual([AnomalyKind.OVER_REFUND]);
    expect(kinds(of(placed(500), attempted, authorised, refunded(1_000)))).toEqual([]);
  });

  test('that was never placed is flagged once, by its first event, and not when it is placed later', () => {
    const transaction = of(refunded(100), cancelled);
    expect(kinds(transaction)).toEqual([AnomalyKind.UNKNOWN_ORDER, AnomalyKind.ILLEGAL_TRANSITION]);
    expect(transaction.anomalies[0]?.eventId).toBe('e0');
    const late = of(updated(900), placed());
    expect(kinds(late)).toEqual([]);
    expect(late.orderState).toBe(OrderState.UPDATED);
    expect(euros(late.total)).toBe(9);
  });

  test('refunded in another currency is flagged and not counted', () => {
    const transaction = of(placed(), { ...refunded(100), currency: 'USD' });
    expect(kinds(transaction)).toEqual([AnomalyKind.AMOUNT_MISMATCH]);
    expect(transaction.refunded).toBeUndefined();
  });

  test('placed by somebody else under the same id is flagged and changes nothing', () => {
    const transaction = of(placed(), { ...placed(5), userId: 'bob' });
    expect(kinds(transaction)).toEqual([AnomalyKind.ID_REUSED]);
    expect(transaction.userId).toBe('ann');
    expect(euros(transaction.total)).toBe(10);
    const guests = of({ ...placed(), userId: '' }, { ...placed(), userId: '', anonymousId: 'x' });
    expect(kinds(guests)).toEqual([AnomalyKind.ID_REUSED]);
    const login = of({ ...attempted, userId: '' }, { ...attempted, anonymousId: 'x' });
    expect(kinds(login)).toEqual([]);
  });
});

describe('a payment', () => {
  const one = (...told: Told[]) => {
    const transaction = of(...told);
    const [first] = transaction.payments;
    if (first === undefined) throw new Error('no payment');
    return { ...first, kinds: kinds(transaction), captured: euros(transaction.captured) };
  };

  test('goes from attempted to authorised, and is captured then', () => {
    expect(one(attempted)).toMatchObject({ state: PaymentState.ATTEMPTED, attempts: 1, kinds: [] });
    expect(one(attempted).captured).toBeUndefined();
    const { state, method, captured } = one(attempted, authorised);
    expect({ state, method, captured }).toEqual({
      state: PaymentState.AUTHORISED,
      method: 'card',
      captured: 10,
    });
  });

  test('may be declined and attempted again', () => {
    const found = one(attempted, declined, attempted, authorised);
    expect(found.state).toBe(PaymentState.AUTHORISED);
    expect(found.attempts).toBe(2);
    expect(found.declineCode).toBe('no_funds');
    expect(found.kinds).toEqual([]);
    expect(one(attempted, declined).state).toBe(PaymentState.DECLINED);
  });

  test('answered twice keeps the first answer, and the second is flagged', () => {
    const found = one(attempted, declined, authorised);
    expect(found.state).toBe(PaymentState.DECLINED);
    expect(found.captured).toBeUndefined();
    expect(found.kinds).toEqual([AnomalyKind.SECOND_ANSWER]);
    expect(one(attempted, authorised, authorised).captured).toBe(10);
    expect(one(attempted, authorised, authorised).kinds).toEqual([AnomalyKind.SECOND_ANSWER]);
  });

  test('attempted again after it was authorised is flagged', () => {
    const found = one(attempted, authorised, attempted);
    expect(found.state).toBe(PaymentState.AUTHORISED);
    expect(found.kinds).toEqual([AnomalyKind.ILLEGAL_TRANSITION]);
  });

  test('answered for another amount or currency is flagged, whichever came first', () => {
    const other = { ...authorised, cents: 1_001 };
    expect(one(attempted, other).kinds).toEqual([AnomalyKind.AMOUNT_MISMATCH]);
    expect(one(other, attempted).kinds).toEqual([AnomalyKind.AMOUNT_MISMATCH]);
    expect(one(attempted, { ...authorised, currency: 'USD' }).kinds).toEqual([
      AnomalyKind.AMOUNT_MISMATCH,
    ]);
    expect(one(attempted, other).captured).toBe(10.01);
  });

  test('answered before its attempt came is fine, without one it is flagged', () => {
    const early = one(authorised, attempted);
    expect(early).toMatchObject({ state: PaymentState.AUTHORISED, attempts: 1, kinds: [] });
    expect(one(authorised)).toMatchObject({
      state: PaymentState.AUTHORISED,
      attempts: 0,
      kinds: [AnomalyKind.UNKNOWN_PAYMENT],
    });
  });

  test('attempted by somebody else under the same id is flagged', () => {
    const found = one(attempted, { ...attempted, userId: 'bob' });
    expect(found.attempts).toBe(1);
    expect(found.kinds).toEqual([AnomalyKind.ID_REUSED]);
  });

  test('lists its labels by when they were known, the newest ones', () => {
    const label = (knownMs: number, verdict: LabelVerdict): Told => ({
      paymentId: 'p1',
      kind: Kind.PAYMENT_LABELLED,
      label: {
        source: LabelSource.CHARGEBACK,
        verdict,
        knownTime: new Date(knownMs),
        fraudTime: undefined,
        note: '',
      },
    });
    const twice = one(
      label(9_000, LabelVerdict.LEGITIMATE),
      attempted,
      label(2_000, LabelVerdict.FRAUD),
    );
    expect(twice.labels.map(({ verdict }) => verdict)).toEqual([
      LabelVerdict.FRAUD,
      LabelVerdict.LEGITIMATE,
    ]);
    expect(twice.kinds).toEqual([]);
    const many = Array.from({ length: LABELS_MAX + 5 }, (_, i) => label(i, LabelVerdict.FRAUD));
    const listed = one(attempted, ...many).labels;
    expect(listed.length).toBe(LABELS_MAX);
    expect(listed[0]?.knownTime).toEqual(new Date(5));
    expect(one(label(1, LabelVerdict.FRAUD)).state).toBe(PaymentState.UNSPECIFIED);
  });
});

describe('a transaction', () => {
  test('sums the captured payments of one currency', () => {
    const second = { paymentId: 'p2', cents: 250 };
    const transaction = of(
      attempted,
      authorised,
      { ...attempted, ...second },
      { ...authorised, ...second },
      { ...attempted, paymentId: 'p3', currency: 'USD' },
      { ...authorised, paymentId: 'p3', currency: 'USD' },
    );
    expect(euros(transaction.captured)).toBe(12.5);
    expect(transaction.paymentsTotal).toBe(3);
  });

  test('takes the facts of several partitions by the time of the log, a repeated event once', () => {
    const told = facts([
      { ...attempted, partition: 1, userId: '' },
      { ...placed(), partition: 0 },
      { ...authorised, partition: 1 },
    ]);
    const shuffled = [...told].reverse();
    const repeated = [...shuffled, ...shuffled];
    const transaction = assemble('o1', repeated, 6);
    expect(transaction).toEqual(assemble('o1', told, 6));
    expect(transaction.anomalies).toEqual([]);
    expect(transaction.userId).toBe('ann');
    expect(transaction.createTime).toEqual(new Date(500_000));
    expect(transaction.updateTime).toEqual(new Date(502_000));
  });

  test('lists a bounded number of payments and anomalies, and counts all', () => {
    const answers = Array.from({ length: ANOMALIES_MAX + 5 }, (_, i) => ({
      ...authorised,
      paymentId: `p${i}`,
    }));
    const transaction = of(placed(), ...answers);
    expect(transaction.payments.length).toBe(PAYMENTS_MAX);
    expect(transaction.paymentsTotal).toBe(ANOMALIES_MAX + 5);
    expect(transaction.anomalies.length).toBe(ANOMALIES_MAX);
    expect(transaction.anomaliesTotal).toBe(ANOMALIES_MAX + 5);
    expect(transaction.anomalies[0]?.eventId).toBe('e1');
  });
});
