import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Violation } from '@bytebasket/proto/validation';
import type { Rejected } from './verdict.js';

/** Rules that have a reason of their own; every other one is FIELD_INVALID. */
const REASONS: Readonly<Record<string, ErrorReason>> = {
  'order.total_adds_up': ErrorReason.ORDER_TOTAL_MISMATCH,
  'refund.lines_within_total': ErrorReason.REFUND_TOTAL_MISMATCH,
};

export function brokenRule({ field, rule, message }: Violation): Rejected {
  return { reason: REASONS[rule] ?? ErrorReason.FIELD_INVALID, field, rule, message };
}

export function malformedEvent(index: number, detail: string): Rejected {
  return {
    reason: ErrorReason.MALFORMED_MESSAGE,
    field: '',
    rule: '',
    message: `event ${index} is not a valid bytebasket.event.v1.Event: ${detail}`,
  };
}

export function textNotUtf8(field: string): Rejected {
  return {
    reason: ErrorReason.TEXT_NOT_UTF8,
    field,
    rule: '',
    message: `${field === '' ? 'a text field' : field} is not valid UTF-8: encode text as UTF-8`,
  };
}

export function payloadUnknown(fieldNumber: number): Rejected {
  return {
    reason: ErrorReason.PAYLOAD_UNKNOWN,
    field: 'payload',
    rule: '',
    message: `payload is not known here (field ${fieldNumber}): upgrade the gateway, then repair`,
  };
}

export function occurTimeInFuture(time: Date): Rejected {
  return {
    reason: ErrorReason.OCCUR_TIME_IN_FUTURE,
    field: 'occur_time',
    rule: '',
    message: `occur_time is ${time.toISOString()}, more than 5 minutes ahead: check the client's clock`,
  };
}

export function eventIdReused(eventId: string, place: string): Rejected {
  return {
    reason: ErrorReason.EVENT_ID_REUSED,
    field: 'event_id',
    rule: '',
    message: `event_id ${eventId} stands at ${place} with other content: make a new id for a new event`,
  };
}

/** The same rejection for an event that could not be kept as a dead letter. */
export function notKept(rejected: Rejected, quotaBytes: number): Rejected {
  const quota =
    quotaBytes >= 1024 * 1024
      ? `${Math.floor(quotaBytes / 1024 / 1024)} MiB`
      : `${quotaBytes} bytes`;
  return {
    ...rejected,
    reason: ErrorReason.NOT_KEPT,
    message:
      `rejected (${ErrorReason[rejected.reason]}) and not kept: the dead-letter quota of ${quota} an hour is used up; ` +
      rejected.message,
  };
}
