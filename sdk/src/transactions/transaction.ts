import {
  AnomalyKind as Kind,
  OrderState as Order,
  PaymentState as PaymentCode,
  type Label as WireLabel,
  type Payment as WirePayment,
  type Transaction as WireTransaction,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { decisionOf, type Decision } from '../fraud/decision.js';
import {
  LABEL_SOURCES,
  LABEL_VERDICTS,
  type LabelSourceName,
  type LabelVerdictName,
} from '../fraud/label.js';
import { moneyAmount, type MoneyAmount } from '../reading/money-amount.js';
import { createWords } from '../reading/words.js';
import type { Version } from '../watching/delivered-versions.js';

/** Where an order stands; `none` while only payments were seen. */
export type OrderState =
  'none' | 'placed' | 'updated' | 'cancelled' | 'partially-refunded' | 'refunded';

/** Where a payment stands: tried without an answer yet, agreed to, refused. */
export type PaymentState = 'attempted' | 'authorised' | 'declined';

/** What cannot be right about a transaction. */
export type AnomalyKind =
  | 'over-refund'
  | 'illegal-transition'
  | 'second-answer'
  | 'amount-mismatch'
  | 'unknown-order'
  | 'unknown-payment'
  | 'id-reused';

/** One thing about a transaction that cannot be right. */
export interface Anomaly {
  readonly kind: AnomalyKind | 'unknown';
  /** In words, with the values. */
  readonly description: string;
  /** The event that showed it, and when that happened. */
  readonly eventId: string;
  readonly occurTime: Date | undefined;
}

/** What the shop learned later about a payment. */
export interface TransactionLabel {
  readonly source: LabelSourceName | 'unknown';
  readonly verdict: LabelVerdictName | 'unknown';
  /** When the shop learned it. */
  readonly knownTime: Date | undefined;
  /** When the fraud itself happened; absent when unknown. */
  readonly fraudTime: Date | undefined;
  readonly note: string;
}

/** One payment of a transaction. */
export interface TransactionPayment {
  readonly paymentId: string;
  readonly state: PaymentState | 'unknown';
  /** What was attempted; where no attempt was seen, what was answered. */
  readonly amount: MoneyAmount | undefined;
  /** How, such as `card`; empty when unknown. */
  readonly method: string;
  readonly attempts: number;
  /** The issuer's reason of the last refusal; empty when there is none. */
  readonly declineCode: string;
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** Oldest known first, at most 20: the one with the latest `knownTime` holds. */
  readonly labels: readonly TransactionLabel[];
  /** The fraud decision about it; absent while there is none. */
  readonly decision: Decision | undefined;
}

/** One purchase: an order with its payments. */
export interface Transaction {
  /** The order's id; the payment's id where no order is named. */
  readonly transactionId: string;
  /** Empty for a guest. */
  readonly userId: string;
  readonly anonymousId: string;
  readonly orderState: OrderState | 'unknown';
  /** What the order costs; absent while no order was seen. */
  readonly total: MoneyAmount | undefined;
  /** Authorised payments together; absent while there are none. */
  readonly captured: MoneyAmount | undefined;
  /** Refunds together; absent while there are none. */
  readonly refunded: MoneyAmount | undefined;
  /** Pieces ordered. */
  readonly items: number;
  /** By first sight, at most 20; `paymentsTotal` counts all. */
  readonly payments: readonly TransactionPayment[];
  readonly paymentsTotal: number;
  /** Oldest first, at most 20; `anomaliesTotal` counts all. */
  readonly anomalies: readonly Anomaly[];
  readonly anomaliesTotal: number;
  /** The first and the newest event about it, by the client's clock. */
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** Grows with every change of the transaction itself (not of its decisions). */
  readonly version: number;
}

export const ORDER_STATES = createWords<OrderState, Order>({
  none: Order.UNSPECIFIED,
  placed: Order.PLACED,
  updated: Order.UPDATED,
  cancelled: Order.CANCELLED,
  'partially-refunded': Order.PARTIALLY_REFUNDED,
  refunded: Order.REFUNDED,
});

const PAYMENT_STATES = createWords<PaymentState, PaymentCode>({
  attempted: PaymentCode.ATTEMPTED,
  authorised: PaymentCode.AUTHORISED,
  declined: PaymentCode.DECLINED,
});

const ANOMALY_KINDS = createWords<AnomalyKind, Kind>({
  'over-refund': Kind.OVER_REFUND,
  'illegal-transition': Kind.ILLEGAL_TRANSITION,
  'second-answer': Kind.SECOND_ANSWER,
  'amount-mismatch': Kind.AMOUNT_MISMATCH,
  'unknown-order': Kind.UNKNOWN_ORDER,
  'unknown-payment': Kind.UNKNOWN_PAYMENT,
  'id-reused': Kind.ID_REUSED,
});

/** Turns a transaction off the wire into ours. */
export function transactionOf(transaction: WireTransaction): Transaction {
  const { transactionId, userId, anonymousId, items, paymentsTotal } = transaction;
  const { anomaliesTotal, createTime, updateTime } = transaction;
  return {
    transactionId,
    userId,
    anonymousId,
    orderState: ORDER_STATES.nameOf(transaction.orderState),
    total: moneyAmount(transaction.total),
    captured: moneyAmount(transaction.captured),
    refunded: moneyAmount(transaction.refunded),
    items,
    payments: transaction.payments.map(paymentOf),
    paymentsTotal,
    anomalies: transaction.anomalies.map(({ kind, description, eventId, occurTime }) => ({
      kind: ANOMALY_KINDS.nameOf(kind),
      description,
      eventId,
      occurTime,
    })),
    anomaliesTotal,
    createTime,
    updateTime,
    version: Number(transaction.version),
  };
}

/** More than a transaction shows payments, which have one decision each. */
const DECISIONS_END = 32n;

/**
 * Which state of a transaction this is. Its version does not count decisions, but they only ever join: among states of one
 * version the one with more decisions is the newer.
 */
export function versionOf({ transactionId, version, payments }: WireTransaction): Version {
  const decisions = payments.filter(({ decision }) => decision !== undefined).length;
  return { id: transactionId, rank: version * DECISIONS_END + BigInt(decisions) };
}

function paymentOf(payment: WirePayment): TransactionPayment {
  const { paymentId, method, attempts, declineCode, createTime, updateTime, decision } = payment;
  return {
    paymentId,
    state: PAYMENT_STATES.nameOf(payment.state),
    amount: moneyAmount(payment.amount),
    method,
    attempts,
    declineCode,
    createTime,
    updateTime,
    labels: payment.labels.map(labelOf),
    decision: decision === undefined ? undefined : decisionOf(decision),
  };
}

function labelOf({ source, verdict, knownTime, fraudTime, note }: WireLabel): TransactionLabel {
  return {
    source: LABEL_SOURCES.nameOf(source),
    verdict: LABEL_VERDICTS.nameOf(verdict),
    knownTime,
    fraudTime,
    note,
  };
}
