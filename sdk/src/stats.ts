/** A client's counters and gauges at one moment. Counters run since the client was made. */
export interface ClientStats {
  /** Events that the queue accepted from `track` or `publish`. */
  readonly tracked: number;
  /** Events found in the folder of a disk-backed queue at the start. */
  readonly recovered: number;
  /** Events that the gateway made durable, duplicates included. */
  readonly delivered: number;
  /** Of those, events that were durable before: resends whose first answer was lost. */
  readonly duplicates: number;
  /** Events refused before they were queued because they break the contract. */
  readonly refused: number;
  /** Events that the gateway will never take. */
  readonly rejected: number;
  /** Events dropped by the overflow policy. */
  readonly dropped: number;
  /** Batches answered. */
  readonly batches: number;
  /** Breaks of the publish stream. */
  readonly reconnects: number;
  /** Events queued or unanswered now; at most `queue.eventsMax`. */
  readonly queuedEvents: number;
  /** Their bytes; at most `queue.bytesMax`. */
  readonly queuedBytes: number;
  /** Calls that wait for room now; at most `queue.waitersMax`. */
  readonly waitingCalls: number;
  /** Batches sent and unanswered now. */
  readonly inFlightBatches: number;
  /** `idle`: nothing to do; `sending`; `stopped`: until `resume()`; `closed`. */
  readonly state: 'idle' | 'sending' | 'stopped' | 'closed';
}
