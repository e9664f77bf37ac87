import type { ByteBasketError } from '../errors/byte-basket-error.js';
import type { EventRejectedError } from '../errors/errors.js';

/** What a client did in the background. Growing: ignore a type that you do not know. */
export type ObserverEvent =
  /** The publish stream is open. */
  | { readonly type: 'connected' }
  /** The publish stream broke; it is opened again after `delayMs`. Unanswered batches will be sent again. */
  | { readonly type: 'disconnected'; readonly error: unknown; readonly delayMs: number }
  /** A batch was answered. `duplicates` of its `events` were durable before. */
  | {
      readonly type: 'delivered';
      readonly batchNumber: number;
      readonly events: number;
      readonly duplicates: number;
      readonly rejected: number;
      readonly roundTripMs: number;
    }
  /** The gateway took nothing of a batch; it is sent again after `delayMs`. */
  | {
      readonly type: 'refused';
      readonly batchNumber: number;
      readonly reason: string;
      readonly message: string;
      readonly delayMs: number;
    }
  /** The gateway will never take this event; it is not sent again. */
  | { readonly type: 'rejected'; readonly error: EventRejectedError }
  /** The overflow policy dropped an event. `eventId` is absent for an event of an earlier process. */
  | { readonly type: 'dropped'; readonly eventId: string | undefined }
  /** Sending stopped until `resume()`: the key was refused, or the gateway does not understand us. The queue is kept. */
  | { readonly type: 'stopped'; readonly error: ByteBasketError }
  /** A disk-backed queue was opened and holds events of an earlier process, or had damage. */
  | {
      readonly type: 'recovered';
      readonly events: number;
      /** Bytes of an unfinished write at the end: no promise covered them. */
      readonly tornBytes: number;
      /** Damaged places inside; what they held is lost. */
      readonly corruptRegions: number;
    }
  /** The disk-backed queue cannot read events back for the moment; it tries again after `delayMs`. */
  | { readonly type: 'queue-unreadable'; readonly error: unknown; readonly delayMs: number }
  /** Events of the disk-backed queue were damaged on the disk and cannot be delivered. */
  | { readonly type: 'lost'; readonly events: number; readonly batchNumber: number }
  /** The disk-backed queue takes no more events. */
  | { readonly type: 'queue-failed'; readonly error: ByteBasketError };

/** Is called at once, in the middle of the client's work: be quick and do not throw. */
export type Observer = (event: ObserverEvent) => void;

/** Calls an observer; what it throws becomes a process warning, because the client's work must go on. */
export function notifierOf(observer: Observer | undefined): Observer {
  if (observer === undefined) return () => undefined;
  return (event) => {
    try {
      observer(event);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.emitWarning(`the observer threw on '${event.type}': ${why}`, 'ByteBasketWarning');
    }
  };
}
