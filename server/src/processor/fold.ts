import type { LogRecord, TopicPartition } from '../ports/event-log.js';
import type { RowWrite, TableDeclaration } from '../ports/table-store.js';
import type { DecideStage, PendingDecision } from './decide.js';

/** A record on its way through the folds. Folds that decode with the same function share one decoding. */
export interface FoldInput {
  readonly source: TopicPartition;
  readonly record: LogRecord;
  /** Decodes the value, once per record and decoder. Throws what the decoder throws. */
  decode<T>(decoder: (bytes: Uint8Array) => T): T;
  /**
   * Write time of rows that this record changes, microseconds: max(previous + 1, append ms x 1000) over the records of
   * the partition, so a replay gives every row the same write time whatever the flush boundaries were.
   */
  readonly writeTime: number;
}

/** A changed row with its table. */
export interface TableRowWrite extends RowWrite {
  readonly table: string;
}

/**
 * The state of one fold over ONE topic partition. Deterministic: no clock, no randomness, no other input, so replaying
 * gives the same rows, bit for bit.
 */
export interface Fold {
  /**
   * Takes one record. Must not change any state when it throws: the record is then set aside as a dead letter and the
   * fold goes on.
   */
  apply(input: FoldInput): void;
  /**
   * Rows changed since the last call, as absolute values, each with the write time of the last record that changed it;
   * a row at most once. Neither the rows nor their bytes may change afterwards.
   */
  changedRows(): readonly TableRowWrite[];
  /** Parts of the state changed since the last call by name; undefined means that the part is gone. Bytes are copied by the caller. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined>;
  /**
   * What the records since the last call leave to be decided, in record order; at most one per record. Is not part of the
   * state: records that are folded again hand it over again, and what was decided already is left out then.
   */
  takePending?(): readonly PendingDecision[];
}

/** What the processor knows about a fold. */
export interface FoldDefinition {
  /** Stable name: part of stored keys. */
  readonly name: string;
  readonly topics: readonly string[];
  /** Tables that its rows go to. Each row's key ends with (stream or topic, partition): one writer per row. */
  readonly tables: readonly TableDeclaration[];
  /** Opens the state for a partition from the chunks of a snapshot (empty map: from nothing). */
  open(source: TopicPartition, chunks: ReadonlyMap<string, Uint8Array>): Fold;
  /** Decides what its folds hand over; with every flush, before the rows are written. */
  readonly decide?: DecideStage | undefined;
}
