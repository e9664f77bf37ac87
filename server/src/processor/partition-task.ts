import type { LogRecord, TopicPartition } from '../ports/event-log.js';
import type { Decided } from './decided.js';
import type { CapturedPending } from './decider.js';
import type { Fold, TableRowWrite } from './fold.js';
import type { FoldSnapshots, PreparedSnapshot } from './fold-snapshots.js';
import type { FoldFailure, Gap } from './observer.js';
import { RecordInput } from './record-input.js';

/** Failures that are gathered before they must be set aside. */
const FAILURES_MAX = 64;

/** The name of a partition's task among all tasks. */
export function taskName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A fold with its place: records below `from` are in its state already. */
export interface RunningFold {
  readonly name: string;
  readonly fold: Fold;
  readonly from: number;
  /** Write time of the record before `from`, microseconds. */
  readonly writeTime: number;
  readonly snapshots: FoldSnapshots;
  /** What its stage decided already; undefined without a stage. */
  readonly decided?: Decided | undefined;
}

export interface PartitionTaskOptions {
  readonly source: TopicPartition;
  readonly epoch: number;
  readonly folds: readonly RunningFold[];
  readonly gap: (gap: Gap) => void;
}

/** The changes of a partition since the last flush, taken between two records. */
export interface Captured {
  readonly task: PartitionTask;
  /** One array per fold. */
  readonly rows: readonly (readonly TableRowWrite[])[];
  /** One element per fold that has something to decide. */
  readonly pending: readonly CapturedPending[];
  readonly records: number;
  readonly nextOffset: number;
  readonly writeTime: number;
  readonly watermarkMs: number;
}

/** A snapshot of all folds of a partition on its way. */
export interface CapturedSnapshot {
  readonly task: PartitionTask;
  readonly nextOffset: number;
  readonly folds: readonly PreparedSnapshot[];
}

/**
 * The folds of one partition in memory. Does no input or output: it takes records in, and gives changes out between
 * two records. `held` keeps the changes back while the failures of a record are being set aside, so that no position
 * passes a record that is neither folded nor kept.
 */
export class PartitionTask {
  readonly source: TopicPartition;
  readonly epoch: number;
  held = false;
  /** Another owner took the partition, or it was given back: nothing is folded any more. */
  stopped = false;
  /** When the last snapshot was taken, milliseconds; kept by the flusher. */
  snapshotMs = 0;
  /** Every record below is in the tables and in `updates`; kept by the flusher. */
  flushedOffset: number;
  /** Append time of the newest of them, milliseconds; 0 before the first. */
  flushedAppendMs = 0;
  readonly #folds: readonly RunningFold[];
  readonly #gap: (gap: Gap) => void;
  #nextOffset: number;
  #snapshotOffset: number;
  #writeTime = 0;
  #watermarkMs = 0;
  #unflushed = 0;
  /** Folds that join later than the first, by their place. */
  #joining: readonly RunningFold[];

  constructor({ source, epoch, folds, gap }: PartitionTaskOptions) {
    this.source = source;
    this.epoch = epoch;
    this.#folds = folds;
    this.#gap = gap;
    this.#joining = [...folds].sort((a, b) => a.from - b.from);
    this.#nextOffset = this.#joining[0]?.from ?? 0;
    this.#snapshotOffset = this.#nextOffset;
    this.flushedOffset = this.#nextOffset;
    this.#join(this.#nextOffset);
  }

  /** The next record to fold. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Records folded since the changes were last taken. */
  get unflushed(): number {
    return this.#unflushed;
  }

  /** Of the folds with a stage. */
  get decided(): readonly Decided[] {
    return this.#folds.flatMap(({ decided }) => decided ?? []);
  }

  get snapshotDue(): boolean {
    return this.#snapshotOffset !== this.#nextOffset;
  }

  /** Goes on at `offset` because everything before it has expired. */
  skipTo(offset: number): void {
    this.#gap({ ...this.source, from: this.#nextOffset, to: offset });
    this.#nextOffset = offset;
  }

  /**
   * Folds records from index `from` on. Returns the index behind the last one folded: fewer than all when `failures`,
   * which it fills, has become full.
   */
  fold(records: readonly LogRecord[], from: number, failures: FoldFailure[]): number {
    let index = from;
    while (index < records.length && failures.length < FAILURES_MAX) {
      const record = records[index];
      index += 1;
      if (record !== undefined && record.offset >= this.#nextOffset) this.#take(record, failures);
    }
    return index;
  }

  #take(record: LogRecord, failures: FoldFailure[]): void {
    const { offset, appendMs } = record;
    if (offset > this.#nextOffset) this.skipTo(offset);
    if (this.#joining.length > 0) this.#join(offset);
    this.#writeTime = Math.max(this.#writeTime + 1, Math.floor(appendMs * 1_000));
    if (appendMs > this.#watermarkMs) this.#watermarkMs = appendMs;
    const input = new RecordInput(this.source, record, this.#writeTime);
    for (const { name, fold, from } of this.#folds) {
      if (offset < from) continue;
      try {
        fold.apply(input);
      } catch (error) {
        failures.push({ source: { ...this.source, offset }, record, fold: name, error });
      }
    }
    this.#nextOffset = offset + 1;
    this.#unflushed += 1;
  }

  // Every fold's snapshot knows the write time at its place; folding again from an earlier place comes to the same one.
  #join(offset: number): void {
    while (this.#joining[0] !== undefined && this.#joining[0].from <= offset) {
      this.#writeTime = Math.max(this.#writeTime, this.#joining[0].writeTime);
      this.#joining = this.#joining.slice(1);
    }
  }

  /** Takes what changed; undefined when nothing did or it is held. */
  capture(): Captured | undefined {
    if (this.#unflushed === 0 || this.held || this.stopped) return undefined;
    const records = this.#unflushed;
    this.#unflushed = 0;
    return {
      task: this,
      rows: this.#folds.map(({ fold }) => fold.changedRows()),
      pending: this.#folds.flatMap((one) => this.#pendingOf(one)),
      records,
      nextOffset: this.#nextOffset,
      writeTime: this.#writeTime,
      watermarkMs: Math.floor(this.#watermarkMs),
    };
  }

  #pendingOf({ fold, decided }: RunningFold): readonly CapturedPending[] {
    const through = this.#nextOffset;
    const pending = decided?.undecided(fold.takePending?.() ?? [], through) ?? [];
    return decided === undefined || pending.length === 0
      ? []
      : [{ task: this, decided, pending, through }];
  }

  /**
   * Takes the changed chunks; undefined when nothing changed since the last time, or changes were not captured yet.
   * Call it in the same turn as `capture`.
   */
  captureSnapshot(): CapturedSnapshot | undefined {
    if (!this.snapshotDue || this.#unflushed > 0 || this.held || this.stopped) return undefined;
    this.#snapshotOffset = this.#nextOffset;
    const state = { nextOffset: this.#nextOffset, writeTime: this.#writeTime };
    // A fold that has not come to its own place yet keeps its snapshot.
    const folds = this.#folds
      .filter(({ from }) => from <= this.#nextOffset)
      .map(({ fold, snapshots, decided }) =>
        snapshots.prepare({ ...state, changed: fold.changedChunks(), decided: decided?.place() }),
      );
    return { task: this, nextOffset: this.#nextOffset, folds };
  }
}
