import type { TransactionFact } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { Anomalies } from './anomalies.js';
import { fromVisitor } from './event-fact.js';
import { type Amount, moneyOf } from './money.js';
import { OrderHistory } from './order-history.js';
import { PaymentHistory } from './payment-history.js';

/** Payments that a transaction lists; more are only counted. */
export const PAYMENTS_MAX = 20;

/** A fact with the partition that it comes from. */
export interface PlacedFact {
  readonly partition: number;
  readonly fact: TransactionFact;
}

/**
 * Works a transaction out from everything that is known about it: facts of several partitions are taken in the order in
 * which the log took them (within a partition that is their order), a repeated event once. `version` counts the facts, of
 * which some may not have been kept. Decisions are joined later. `facts`: at least one.
 */
export function assemble(
  transactionId: string,
  placed: readonly PlacedFact[],
  version: number,
): Transaction {
  const facts = inOrder(placed);
  const anomalies = new Anomalies(facts);
  const payments = paymentsOf(facts, anomalies);
  const captured = sumOf([...payments.values()].flatMap((one) => one.captured ?? []));
  const order = new OrderHistory({ orderId: transactionId, anomalies, captured });
  for (const fact of facts) order.take(fact);
  order.finish();
  const [first] = facts;
  const newestMs = facts.reduce((most, { occurMs }) => Math.max(most, Number(occurMs)), 0);
  return {
    transactionId,
    userId: facts.find(({ userId }) => userId !== '')?.userId ?? '',
    anonymousId: (facts.find(fromVisitor) ?? first)?.anonymousId ?? '',
    orderState: order.state,
    total: money(order.total),
    captured: money(captured),
    refunded: money(order.refunded),
    items: order.items,
    payments: [...payments.values()].slice(0, PAYMENTS_MAX).map((one) => one.payment()),
    paymentsTotal: payments.size,
    anomalies: anomalies.list(),
    anomaliesTotal: anomalies.total,
    createTime: new Date(Number(first?.occurMs ?? 0)),
    updateTime: new Date(newestMs),
    version: BigInt(version),
  };
}

/** By the time that the log took them; each event once. */
export function inOrder(placed: readonly PlacedFact[]): readonly TransactionFact[] {
  const sorted = [...placed].sort(
    (a, b) =>
      Number(a.fact.appendMs - b.fact.appendMs) ||
      a.partition - b.partition ||
      Number(a.fact.offset - b.fact.offset),
  );
  const events = new Map<string, TransactionFact>();
  for (const { fact } of sorted) {
    if (!events.has(fact.eventId)) events.set(fact.eventId, fact);
  }
  return [...events.values()];
}

function paymentsOf(
  facts: readonly TransactionFact[],
  anomalies: Anomalies,
): ReadonlyMap<string, PaymentHistory> {
  const payments = new Map<string, PaymentHistory>();
  for (const fact of facts) {
    const { paymentId } = fact;
    if (paymentId === '') continue;
    let payment = payments.get(paymentId);
    if (payment === undefined) {
      payments.set(paymentId, (payment = new PaymentHistory(paymentId, anomalies)));
    }
    payment.take(fact);
  }
  for (const payment of payments.values()) payment.finish();
  return payments;
}

/** In the currency of the first. */
function sumOf(amounts: readonly Amount[]): Amount | undefined {
  const [first] = amounts;
  if (first === undefined) return undefined;
  const same = amounts.filter(({ currency }) => currency === first.currency);
  const nanos = same.reduce((sum, amount) => sum + amount.nanos, 0n);
  return { currency: first.currency, nanos };
}

function money(amount: Amount | undefined): Transaction['total'] {
  return amount === undefined ? undefined : moneyOf(amount);
}
