/** Most events of one batch. */
export const EVENTS_MAX = 500;

/** Most bytes of one batch as sent. */
export const BATCH_BYTES_MAX = 1024 * 1024;

/** Most bytes of one event: a record of the log holds 1 MiB with its headers. */
export const EVENT_BYTES_MAX = BATCH_BYTES_MAX - 16 * 1024;

/** What ingest holds at most. Every field has a default. */
export interface IngestLimits {
  /** Events that may wait for the log in all calls together; default 20,000. */
  readonly waitingEventsMax: number;
  /** Bytes of requests that may wait for the log in all calls together; default 32 MiB. */
  readonly waitingBytesMax: number;
  /** Batches that a stream may have unanswered, 1 to 64; default 16. */
  readonly streamBatchesMax: number;
  /** Bytes that a stream may have unanswered, 65,536 or more; default 4 MiB. */
  readonly streamBytesMax: number;
  /** Records of each partition among which an event id is unique; default 2,500,000. */
  readonly horizonRecords: number;
  /** Bytes of dead letters kept per hour; default 16 MiB. */
  readonly deadLetterBytesPerHour: number;
}

export const DEFAULT_LIMITS: IngestLimits = {
  waitingEventsMax: 20_000,
  waitingBytesMax: 32 * 1024 * 1024,
  streamBatchesMax: 16,
  streamBytesMax: 4 * 1024 * 1024,
  horizonRecords: 2_500_000,
  deadLetterBytesPerHour: 16 * 1024 * 1024,
};

/** How far ahead of the gateway's clock an event may lie, milliseconds. */
export const FUTURE_TOLERANCE_MS = 5 * 60_000;
