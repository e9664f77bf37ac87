import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../gateway/service-error.js';
import { SATURATED_RETRY_MS, type IngestLimits } from './limits.js';
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
      const full =
        waitingEvents + events > limits.waitingEventsMax ||
        waitingBytes + bytes > limits.waitingBytesMax;
      if (full) {
        throw new ServiceError(
          ErrorReason.GATEWAY_SATURATED,
          `the gateway has ${waitingEvents} events waiting: send again after ${SATURATED_RETRY_MS} ms`,
          {
            metadata: { limit: String(limits.waitingEventsMax) },
            retryDelayMs: SATURATED_RETRY_MS,
          },
        );
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
