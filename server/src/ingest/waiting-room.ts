import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../gateway/service-error.js';
import type { IngestLimits } from './limits.js';
import type { IngestObserver } from './observer.js';

/** Bounds what all calls together may have waiting for the log. */
export interface WaitingRoom {
  /** Takes room for a batch. Throws ServiceError GATEWAY_SATURATED when there is none: at once, nothing queues for room. */
  enter(events: number, bytes: number): void;
  /** Gives the room back. */
  leave(events: number, bytes: number): void;
}

export function openWaitingRoom(limits: IngestLimits, observer: IngestObserver): WaitingRoom {
  let waitingEvents = 0;
  let waitingBytes = 0;
  return {
    enter(events, bytes) {
      if (waitingEvents + events > limits.waitingEventsMax) {
        throw saturated(`${limits.waitingEventsMax} waiting events`);
      }
      if (waitingBytes + bytes > limits.waitingBytesMax) {
        throw saturated(`${limits.waitingBytesMax} waiting bytes`);
      }
      waitingEvents += events;
      waitingBytes += bytes;
      observer.waiting(waitingEvents, waitingBytes);
    },
    leave(events, bytes) {
      waitingEvents -= events;
      waitingBytes -= bytes;
      observer.waiting(waitingEvents, waitingBytes);
    },
  };
}

function saturated(limit: string): ServiceError {
  return new ServiceError(
    ErrorReason.GATEWAY_SATURATED,
    `the gateway holds at most ${limit}: send again after the delay`,
    { metadata: { limit } },
  );
}
