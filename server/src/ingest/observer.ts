import type { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';

/** What ingest tells whoever counts. Called on the hot path: must be quick and must not throw. */
export interface IngestObserver {
  /** Events of one batch that became durable, and their bytes. */
  accepted(events: number, bytes: number): void;
  /** Events that were durable already. */
  duplicate(events: number): void;
  /** One event that was rejected; NOT_KEPT when its dead letter did not fit the quota. */
  rejected(reason: ErrorReason): void;
  /** A batch that was refused as a whole: GATEWAY_SATURATED, LOG_UNAVAILABLE, … */
  refused(reason: ErrorReason): void;
  /** How long the log took to make a batch durable. */
  appended(durationMs: number): void;
  /** What waits now, after every change. */
  waiting(events: number, bytes: number): void;
}

const SILENT: IngestObserver = {
  accepted: () => undefined,
  duplicate: () => undefined,
  rejected: () => undefined,
  refused: () => undefined,
  appended: () => undefined,
  waiting: () => undefined,
};

/** Fills in what an observer does not care for. */
export function wholeObserver(observe: Partial<IngestObserver> = {}): IngestObserver {
  return { ...SILENT, ...observe };
}
