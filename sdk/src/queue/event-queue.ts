import type { ByteBasketError } from '../errors/byte-basket-error.js';
import type { Batch, QueuedEvent } from './batch.js';

/** How large batches are cut. */
export interface CutLimits {
  /** Events per batch, 1 to 500. */
  readonly eventsMax: number;
  /** Bytes of events per batch; an event that is larger alone makes a batch of its own. */
  readonly bytesMax: number;
}

/**
 * Events in the order in which they were tracked, cut into numbered batches. The publisher reads it from the oldest
 * unanswered batch on and settles batches in order. Bounds are kept by whoever adds (see Admission).
 */
export interface EventQueue {
  /** Suffix of the client id under which the batch numbers count: new per process, or kept with the folder. */
  readonly instance: string;
  /** Whether what is not settled outlives the process. */
  readonly durable: boolean;
  /** What an earlier process left in it; its room counts. */
  readonly recovered: { readonly events: number; readonly bytes: number };
  /** Closed batches that are not settled. */
  readonly batchCount: number;
  /** The batch that still takes events; undefined when there is none. */
  readonly open: Batch | undefined;
  /** Number of the newest batch that holds an event, 0 when there never was one. */
  readonly newestNumber: number;
  /** Number of the newest settled batch: all before it are settled too. */
  readonly settledNumber: number;
  /** Adds an event. Resolves when it is as durable as this queue makes it; undefined means: already. Never throws. */
  add(event: QueuedEvent): Promise<void> | undefined;
  /** Closes the open batch, if any, so that it can be sent. */
  closeOpen(): void;
  /**
   * The closed batch at a place from the oldest (0), ready to be sent with its events; undefined while it is not durable
   * or not in memory yet: `onReady` is called when that changes.
   */
  ready(index: number): (Batch & { readonly events: readonly QueuedEvent[] }) | undefined;
  /** Forgets the oldest batch, which was answered. */
  settleOldest(): void;
  /** Takes out the oldest event that was never sent; undefined when there is none. */
  dropOldest(): QueuedEvent | undefined;
  /** How batches are cut from now on. */
  limitCuts(limits: CutLimits): void;
  /**
   * Writes what is pending and gives up the folder, if any. Who waits for an event that is not settled gets `reason`;
   * on disk it stays for the next client.
   */
  close(reason: ByteBasketError): Promise<void>;
}
