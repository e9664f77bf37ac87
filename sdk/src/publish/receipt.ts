import type { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
import { EventDroppedError, type EventRejectedError } from '../errors/errors.js';
import type { ByteBasketError } from '../errors/byte-basket-error.js';

/** Where a delivered event lies in the gateway's log. */
export interface DeliveredPosition {
  readonly stream: 'user-activity' | 'transactions' | 'unknown';
  /** The partition, from 0. */
  readonly partition: number;
  /** The offset within the partition, from 0. */
  readonly offset: bigint;
}

/** The gateway has the event, durably. */
export interface Delivery {
  readonly eventId: string;
  /** True when the event was durable already, for instance after a resend; `position` is then the original's. */
  readonly duplicate: boolean;
  readonly position: DeliveredPosition;
}

/** What became of an event in the end. */
export type Outcome = Delivery | EventRejectedError | ByteBasketError;

/** What `track` resolves with. */
export interface TrackReceipt {
  /** Identity of the event. */
  readonly eventId: string;
  /** `queued`: accepted by the queue. `dropped`: the queue was full and its policy is to drop; nothing will be sent. */
  readonly status: 'queued' | 'dropped';
  /**
   * Resolves when the gateway made the event durable. Rejects with EventRejectedError when the gateway will never take
   * it, EventDroppedError when the overflow policy dropped it, ClientClosedError when the client closed before (a
   * disk-backed queue delivers it next time). Looking at it is optional: a rejection that nobody handles is reported to the
   * observer only and never ends the process.
   */
  readonly delivered: Promise<Delivery>;
}

/**
 * A receipt that costs nothing until somebody looks: the promise is made on the first access of `delivered`. One is kept
 * per queued event, so its fields are few.
 */
export class QueueReceipt implements TrackReceipt {
  readonly eventId: string;
  #outcome: Outcome | undefined;
  #promise: Promise<Delivery> | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(eventId: string) {
    this.eventId = eventId;
  }

  get status(): 'queued' | 'dropped' {
    return this.#outcome instanceof EventDroppedError ? 'dropped' : 'queued';
  }

  get delivered(): Promise<Delivery> {
    this.#promise ??= this.#promiseOf();
    return this.#promise;
  }

  /** Called by whoever learns what became of the event; the first one counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#settle?.(outcome);
    this.#settle = undefined;
  }

  #promiseOf(): Promise<Delivery> {
    const promise = new Promise<Delivery>((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      if (this.#outcome === undefined) this.#settle = settle;
      else settle(this.#outcome);
    });
    // The observer hears of every failure; a receipt that is looked at late must not end the process meanwhile.
    promise.catch(() => undefined);
    return promise;
  }
}

const STREAMS: readonly DeliveredPosition['stream'][] = [
  'unknown',
  'user-activity',
  'transactions',
];

/** The stream's name in words. */
export function streamName(stream: Stream): DeliveredPosition['stream'] {
  return STREAMS[stream] ?? 'unknown';
}
