import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { LabelReported } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import {
  type TransactionFact,
  TransactionFactKind,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { LogRecord } from '../ports/event-log.js';

/** What an event tells, and about which transaction. */
export interface EventFact {
  /** The order; the payment where the event names no order. */
  readonly transactionId: string;
  readonly fact: TransactionFact;
}

/** The fact of an event; undefined when it is about something else. */
export function factOf(event: Event, record: LogRecord): EventFact | undefined {
  const told = toldBy(event);
  if (told === undefined) return undefined;
  const { orderId, paymentId = '' } = told;
  // Written out, for every event of the topic comes by here.
  const fact: TransactionFact = {
    kind: told.kind,
    offset: BigInt(record.offset),
    appendMs: BigInt(Math.floor(record.appendMs)),
    occurMs: BigInt(event.occurTime?.getTime() ?? 0),
    eventId: event.eventId,
    userId: event.userId,
    anonymousId: event.anonymousId,
    paymentId,
    amount: told.amount,
    items: told.items ?? 0,
    code: told.code ?? '',
    label: told.label,
  };
  return { transactionId: orderId === '' ? paymentId : orderId, fact };
}

interface Told extends Partial<TransactionFact> {
  readonly kind: TransactionFactKind;
  readonly orderId: string;
}

function toldBy(event: Event): Told | undefined {
  const { payload } = event;
  const kinds = TransactionFactKind;
  switch (payload?.$case) {
    case 'orderCompleted':
      return orderTold(kinds.ORDER_PLACED, payload.value);
    case 'orderUpdated':
      return orderTold(kinds.ORDER_UPDATED, payload.value);
    case 'orderCancelled':
      return { kind: kinds.ORDER_CANCELLED, orderId: payload.value.orderId };
    case 'orderRefunded':
      return {
        kind: kinds.ORDER_REFUNDED,
        orderId: payload.value.orderId,
        amount: payload.value.total,
      };
    case 'paymentAttempted':
      return paymentTold(kinds.PAYMENT_ATTEMPTED, payload.value, payload.value.method);
    case 'paymentAuthorised':
      return paymentTold(kinds.PAYMENT_AUTHORISED, payload.value, '');
    case 'paymentDeclined':
      return paymentTold(kinds.PAYMENT_DECLINED, payload.value, payload.value.declineCode);
    case 'labelReported':
      return labelTold(event, payload.value);
    default:
      return undefined;
  }
}

interface Order {
  readonly orderId: string;
  readonly total?: TransactionFact['amount'];
  readonly lines: readonly LineItem[];
}

function orderTold(kind: TransactionFactKind, { orderId, total, lines }: Order): Told {
  let items = 0;
  for (const line of lines) items += line.quantity;
  return { kind, orderId, amount: total, items };
}

interface Payment {
  readonly orderId: string;
  readonly paymentId: string;
  readonly amount?: TransactionFact['amount'];
}

function paymentTold(kind: TransactionFactKind, payment: Payment, code: string): Told {
  const { orderId, paymentId, amount } = payment;
  return { kind, orderId, paymentId, amount, code };
}

function labelTold(event: Event, label: LabelReported): Told {
  const { paymentId, source, verdict, fraudTime, note } = label;
  return {
    kind: TransactionFactKind.PAYMENT_LABELLED,
    orderId: '',
    paymentId,
    label: { source, verdict, knownTime: event.occurTime, fraudTime, note },
  };
}

/** Whether the visitor's own device told it: shops send answers, refunds and labels from devices of their own. */
export function fromVisitor({ kind, userId }: TransactionFact): boolean {
  return (
    userId === '' ||
    kind === TransactionFactKind.ORDER_PLACED ||
    kind === TransactionFactKind.PAYMENT_ATTEMPTED
  );
}

/** The user and the visitor under whom the transaction of a fact is listed. */
export function userKeys(fact: TransactionFact): readonly string[] {
  const keys = fromVisitor(fact) ? [fact.userId, fact.anonymousId] : [fact.userId];
  return keys.filter((key) => key !== '');
}
