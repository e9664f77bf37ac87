import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  EventStatus,
  type EventResult,
  type Position,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { EventRejectedError } from '../errors/errors.js';
import { reasonOfNumber } from '../errors/reasons.js';
import type { QueuedEvent } from '../queue/batch.js';
import { streamName, type Delivery } from './receipt.js';

/** Whether the event lies in the log. */
export function durable(result: EventResult): result is EventResult & { position: Position } {
  const { status, position } = result;
  const taken = status === EventStatus.ACCEPTED || status === EventStatus.DUPLICATE;
  return taken && position !== undefined;
}

/** What callers see of an event that is durable. */
export function deliveryOf(
  event: QueuedEvent,
  { status, position }: EventResult & { position: Position },
): Delivery {
  const { stream, partition, offset } = position;
  return {
    eventId: idOf(event),
    duplicate: status === EventStatus.DUPLICATE,
    position: { stream: streamName(stream), partition, offset },
  };
}

/** What callers see of an event that the gateway will never take. */
export function rejectionOf(
  event: QueuedEvent,
  { status, rejection }: EventResult,
): EventRejectedError {
  const eventId = idOf(event);
  if (status !== EventStatus.REJECTED || rejection === undefined) {
    const what = `event ${eventId} got status ${status} without what belongs to it`;
    return new EventRejectedError(`${what}: upgrade the SDK or report it`, {
      eventId,
      reason: 'PROTOCOL_VIOLATED',
      rejectedBy: 'gateway',
      field: '',
      rule: '',
    });
  }
  const { reason, field, rule, message } = rejection;
  return new EventRejectedError(`event ${eventId} was rejected: ${message}`, {
    eventId,
    reason: reasonOfNumber(reason),
    rejectedBy: 'gateway',
    field,
    rule,
  });
}

/** An event of an earlier process has no receipt; its id is in its bytes. */
function idOf(event: QueuedEvent): string {
  return event.receipt?.eventId ?? Event.decode(event.bytes).eventId;
}
