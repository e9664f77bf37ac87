import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { originHeaders } from './batch-headers.js';
import type { Intake } from './intake.js';
import { serviceErrorOf } from './publish.js';
import type { Rejected } from './verdict.js';

/** Publishes one event of the server's own making. */
export type PublishEvent = (event: Event, clientId: string) => Promise<OwnEventVerdict>;

/** What became of it: durable, also as a repeat of one that was; or refused, and then not kept as a dead letter. */
export type OwnEventVerdict =
  { readonly kind: 'durable' } | ({ readonly kind: 'rejected' } & Rejected);

/**
 * Makes the way in for events that another service of this server builds, such as reported labels: checked and
 * recognised as repeats like those of clients. It throws ServiceError GATEWAY_SATURATED and LOG_UNAVAILABLE.
 */
export function publishEventTo(intake: Intake): PublishEvent {
  return async (event, clientId) => {
    const bytes = Event.encode(event).finish();
    const request = {
      bytes,
      spans: [0, bytes.length],
      eventCount: 1,
      clientId: '',
      batchNumber: 0n,
      malformed: undefined,
    };
    const headers = originHeaders({ clientId, batchNumber: 0n, traceparent: undefined });
    try {
      const batch = { request, headers, numbered: false, deadLetters: false };
      const { rejected } = await intake.accept(batch).done;
      const rejection = rejected.get(0);
      return rejection === undefined ? { kind: 'durable' } : { kind: 'rejected', ...rejection };
    } catch (error) {
      throw serviceErrorOf(error);
    }
  };
}
