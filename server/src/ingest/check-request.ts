import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Violation } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { ServiceError } from '../gateway/service-error.js';
import { BATCH_BYTES_MAX, EVENT_BYTES_MAX, EVENTS_MAX } from './limits.js';
import type { RequestIndex } from './wire-index.js';

const CLIENT_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Throws MALFORMED_MESSAGE when the bytes are no request, FIELD_INVALID when it breaks a rule of its own fields. */
export function checkRequest(request: RequestIndex, batchNumberLeast: bigint): void {
  const { malformed, clientId, batchNumber, eventCount } = request;
  if (malformed !== undefined) {
    throw new ServiceError(ErrorReason.MALFORMED_MESSAGE, malformed, {
      metadata: { index: '', detail: malformed },
    });
  }
  const violations: Violation[] = [];
  if (clientId !== '' && !CLIENT_ID.test(clientId)) {
    violations.push({
      field: 'client_id',
      rule: 'string.pattern',
      message: `client_id is ${JSON.stringify(clientId.slice(0, 100))}: use 1 to 128 of A-Z a-z 0-9 _ . : -`,
      value: clientId.slice(0, 100),
    });
  }
  if (batchNumber < batchNumberLeast) {
    violations.push({
      field: 'batch_number',
      rule: batchNumberLeast === 0n ? 'int64.gte' : 'int64.gt',
      message: `batch_number is ${batchNumber.toString()}: use ${batchNumberLeast.toString()} or more`,
      value: batchNumber.toString(),
    });
  }
  if (eventCount === 0) {
    violations.push({
      field: 'events',
      rule: 'repeated.min_items',
      message: `events has 0 entries: send 1 to ${EVENTS_MAX} a call`,
      value: '0',
    });
  }
  if (violations.length > 0) throw fieldError(violations);
}

/** BATCH_TOO_LARGE when a batch exceeds a limit; undefined when it does not. */
export function sizeError(request: RequestIndex): ServiceError | undefined {
  const { bytes, spans, eventCount } = request;
  if (eventCount > EVENTS_MAX) {
    return tooLarge('events', eventCount, {
      limit: EVENTS_MAX,
      text: `events has ${eventCount} entries: send 1 to ${EVENTS_MAX} a call`,
    });
  }
  if (bytes.length > BATCH_BYTES_MAX) {
    return tooLarge('', bytes.length, {
      limit: BATCH_BYTES_MAX,
      text: `the batch has ${bytes.length} bytes: send at most ${BATCH_BYTES_MAX}`,
    });
  }
  // Only a batch of that size can hold such an event.
  if (bytes.length <= EVENT_BYTES_MAX) return undefined;
  for (let index = 0; index < eventCount; index++) {
    const length = (spans[2 * index + 1] ?? 0) - (spans[2 * index] ?? 0);
    if (length <= EVENT_BYTES_MAX) continue;
    return tooLarge(`events[${index}]`, length, {
      limit: EVENT_BYTES_MAX,
      text: `events[${index}] has ${length} bytes: send at most ${EVENT_BYTES_MAX}`,
    });
  }
  return undefined;
}

function tooLarge(
  field: string,
  value: number,
  { limit, text }: { readonly limit: number; readonly text: string },
): ServiceError {
  return new ServiceError(ErrorReason.BATCH_TOO_LARGE, text, {
    metadata: { field, value: String(value), limit: String(limit) },
  });
}
