import type { QueueReceipt } from '../publish/receipt.js';

/** An event in the queue. */
export interface QueuedEvent {
  /** The encoded event. */
  readonly bytes: Uint8Array;
  /** Bytes that it takes inside a request. */
  readonly size: number;
  /** Who waits for its outcome; absent for an event of an earlier process. */
  readonly receipt: QueueReceipt | undefined;
}

/**
 * Events that are sent together, under one number, as often as needed. Which events a batch holds is settled when they
 * are queued, so that a resend, also by a later process, sends the same batch again.
 */
export interface Batch {
  /** From 1; ascends along the queue. */
  readonly number: number;
  /** The events in order; undefined while they lie on disk only. */
  events: QueuedEvent[] | undefined;
  /** Events in it. */
  count: number;
  /** Bytes of its events inside a request. */
  size: number;
  /** When its first event was queued, in milliseconds of the clock. */
  readonly sinceMs: number;
  /** True once it was on the wire: from then on none of its events may be dropped. */
  sent: boolean;
}

export function emptyBatch(number: number, sinceMs: number): Batch {
  return { number, events: [], count: 0, size: 0, sinceMs, sent: false };
}
