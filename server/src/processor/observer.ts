import type { LogRecord, Position, TopicPartition } from '../ports/event-log.js';
import type { Retry } from '../retry/retry.js';

/** A record that one fold could not take. */
export interface FoldFailure {
  readonly source: Position;
  /** Its bytes are valid until the promise of `onFoldFailure` settles. */
  readonly record: LogRecord;
  /** Name of the fold. */
  readonly fold: string;
  readonly error: unknown;
}

export interface OwnedPartition extends TopicPartition {
  readonly epoch: number;
  /** Where reading begins. */
  readonly nextOffset: number;
  /** Bytes of the snapshot that was loaded. */
  readonly snapshotBytes: number;
}

/** Records that are gone although nobody folded them: `from` (inclusive) to `to` (exclusive). */
export interface Gap extends TopicPartition {
  readonly from: number;
  readonly to: number;
}

export interface FlushFigures {
  /** Rows written, without the processor's own. */
  readonly rows: number;
  /** Input records whose effect became durable. */
  readonly records: number;
  /** Partitions that had something. */
  readonly partitions: number;
  /** From taking the changes to the acknowledgement of `updates`, milliseconds. */
  readonly durationMs: number;
}

export interface SnapshotFigures extends TopicPartition {
  readonly nextOffset: number;
  /** Chunks and bytes written now (only changed chunks are). */
  readonly chunks: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface Lag extends TopicPartition {
  /** Records appended but not flushed yet. */
  readonly records: number;
  /** How long ago the oldest of them can have been appended at most, milliseconds; 0 when there is none. */
  readonly behindMs: number;
}

/**
 * What the processor tells while it runs; the composition root makes metrics and log lines of it. Called synchronously
 * and often: must be quick and must not throw.
 */
export interface ProcessorObserver {
  readonly owned?: ((partition: OwnedPartition) => void) | undefined;
  /** Another owner took the partition; its task here stopped. */
  readonly fenced?: ((partition: TopicPartition & { readonly epoch: number }) => void) | undefined;
  /** Records expired before they were folded: a loss that somebody should look at. */
  readonly gap?: ((gap: Gap) => void) | undefined;
  /** A fold threw; the record goes to `onFoldFailure`. */
  readonly foldFailed?: ((failure: FoldFailure) => void) | undefined;
  readonly flushed?: ((figures: FlushFigures) => void) | undefined;
  readonly snapshotted?: ((figures: SnapshotFigures) => void) | undefined;
  /** Every second while running, one call per partition owned. */
  readonly lag?: ((lag: Lag) => void) | undefined;
  readonly retried?: ((retry: Retry) => void) | undefined;
  /** The last flush failed while stopping: nothing is lost, the records are folded again at the next start. */
  readonly unfinished?: ((error: unknown) => void) | undefined;
}
