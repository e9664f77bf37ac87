import { randomBytes } from 'node:crypto';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type {
  ReportLabelRequest,
  ReportLabelResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateReportLabelRequest } from '@bytebasket/proto/validation';
import { errorRow } from '../gateway/error-table.js';
import { fieldError } from '../gateway/field-error.js';
import { ServiceError } from '../gateway/service-error.js';
import type { Clock } from '../ports/clock.js';

/** The payment that a transaction's label is about. */
export interface LabelledPayment {
  readonly paymentId: string;
  /** The visitor's device of the payment's event. */
  readonly anonymousId: string;
  /** The person of the payment's event; empty for a guest. */
  readonly userId: string;
}

/** What ingest says of an event: it is durable (a repeat of a durable one too), or why it is not taken. */
export type PublishVerdict =
  | { readonly kind: 'durable' }
  | {
      readonly kind: 'rejected';
      readonly reason: ErrorReason;
      readonly field: string;
      readonly rule: string;
      readonly message: string;
    };

export interface LabelOptions {
  readonly clock: Clock;
  /** Finds a payment by its transaction's id or its own; undefined while none is known. */
  readonly lookUpPayment: (transactionId: string) => Promise<LabelledPayment | undefined>;
  /** Publishes an event as ingest does those of clients: checked, once per event id, durable when it resolves. */
  readonly publish: (event: Event, clientId: string) => Promise<PublishVerdict>;
}

/** As the contract has it for the occur_time of every event. */
const AHEAD_MAX_MS = 5 * 60_000;

/** Paths of the event's fields in words of the request. */
const FIELDS: Readonly<Record<string, string>> = {
  occur_time: 'known_time',
  'label_reported.fraud_time': 'fraud_time',
  'label_reported.note': 'note',
};

/**
 * Answers ReportLabel: the label becomes an event with the key of its transaction. Throws ServiceError FIELD_INVALID,
 * TRANSACTION_UNKNOWN_YET, OCCUR_TIME_IN_FUTURE, and what `publish` throws.
 */
export async function reportLabel(
  options: LabelOptions,
  request: ReportLabelRequest,
  clientId: string,
): Promise<ReportLabelResponse> {
  const violations = validateReportLabelRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const payment = await options.lookUpPayment(request.transactionId);
  if (payment === undefined) throw unknownYet(request.transactionId);
  const nowMs = options.clock.nowMs();
  const event = labelEvent(request, payment, nowMs);
  const { occurTime } = event;
  if (occurTime !== undefined && occurTime.getTime() > nowMs + AHEAD_MAX_MS) {
    throw inFuture(occurTime, nowMs + AHEAD_MAX_MS);
  }
  const verdict = await options.publish(event, clientId);
  if (verdict.kind === 'rejected') throw rejected(verdict, event);
  return { paymentId: payment.paymentId, eventId: event.eventId };
}

/** The event of a label. A given event id gives the same event each time, so that a retry is a repeat. */
export function labelEvent(
  request: ReportLabelRequest,
  { paymentId, anonymousId, userId }: LabelledPayment,
  nowMs: number,
): Event {
  const { source, verdict, fraudTime, note } = request;
  const eventId = request.eventId === '' ? newEventId(nowMs) : request.eventId;
  return Event.create({
    eventId,
    anonymousId,
    userId,
    // The id was made when the label was first reported: `now` of all its retries.
    occurTime: request.knownTime ?? new Date(timeOf(eventId)),
    payload: { $case: 'labelReported', value: { paymentId, source, verdict, fraudTime, note } },
  });
}

/** A UUIDv7 (RFC 9562, section 5.7) of a time. */
function newEventId(nowMs: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.set(randomBytes(10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join('-');
}

/** The time of a UUIDv7, milliseconds. */
function timeOf(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

function unknownYet(transactionId: string): ServiceError {
  const text = `there is no transaction ${transactionId} yet: report the label again once its payment was sent`;
  return new ServiceError(ErrorReason.TRANSACTION_UNKNOWN_YET, text, {
    metadata: { transaction_id: transactionId },
  });
}

function inFuture(knownTime: Date, limitMs: number): ServiceError {
  const [value, limit] = [knownTime.toISOString(), new Date(limitMs).toISOString()];
  const message = `known_time is ${value}, more than 5 minutes ahead: check the clock`;
  return new ServiceError(ErrorReason.OCCUR_TIME_IN_FUTURE, message, {
    metadata: { field: 'known_time', value, limit },
    violations: [{ field: 'known_time', description: message }],
  });
}

function rejected(
  { reason, field, rule, message }: Extract<PublishVerdict, { kind: 'rejected' }>,
  { eventId }: Event,
): ServiceError {
  const own = FIELDS[field] ?? field;
  const known: Readonly<Record<string, string>> = { field: own, rule, value: eventId };
  const keys = errorRow(reason).metadata;
  return new ServiceError(reason, message, {
    metadata: Object.fromEntries(keys.map((key) => [key, known[key] ?? ''])),
    violations: [{ field: own, description: message }],
  });
}
