import type { LogRecord, TopicPartition } from '../ports/event-log.js';
import {
  epochOf,
  sourceTopicOf,
  throughOf,
  type DecideStage,
  type PendingDecision,
} from './decide.js';

/** How far a stage's topic is known: kept in the snapshot, and where the next owner begins to read. */
export interface DecidedPlace {
  /** Decisions about records behind the snapshot lie at this offset or later. */
  readonly offset: number;
  /** Highest epoch of this source's decisions before it; 0 before the first. */
  readonly epoch: number;
}

/** A decision that was there at the start, about a record that may come again. */
interface Earlier extends DecidedPlace {
  /** The record lies before this offset. */
  readonly through: number;
}

/**
 * What one fold over one partition decided already. Only decisions found at the start are held, until reading has passed
 * their records: what is decided later comes from records that are read once.
 */
export class Decided {
  readonly stage: DecideStage;
  readonly #source: TopicPartition;
  readonly #earlier = new Map<string, Earlier>();
  #end: number;
  #epoch: number;

  /** `place`: from the snapshot; feed `see` with the topic's records from there on. */
  constructor(stage: DecideStage, source: TopicPartition, place: DecidedPlace) {
    this.stage = stage;
    this.#source = source;
    this.#end = place.offset;
    this.#epoch = place.epoch;
  }

  /** Ids held: at most the decisions made since the snapshot. */
  get held(): number {
    return this.#earlier.size;
  }

  /** Takes a record of the topic that is there at the start. `from`: where folding begins. */
  see(record: LogRecord, from: number): void {
    const place = { offset: record.offset, epoch: this.#epoch };
    this.#end = record.offset + 1;
    const epoch = epochOf(record);
    const through = throughOf(record);
    if (epoch === undefined || through === undefined) return;
    if (sourceTopicOf(record) !== this.#source.topic) return;
    // An owner that was over already when it wrote this: nobody counts it.
    if (epoch < this.#epoch) return;
    this.#epoch = epoch;
    const id = this.stage.idOf(record);
    if (id === undefined || through <= from || this.#earlier.has(id)) return;
    this.#earlier.set(id, { ...place, through });
  }

  /** The end of the topic's partition, read while none of this owner's decisions is on its way. */
  reached(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /** Decisions of `epoch` were appended, the last one at `offset`. */
  appended(offset: number, epoch: number): void {
    this.reached(offset + 1);
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  /** Those of `pending` that are not decided yet, each id once. `through`: folding has come to this offset. */
  undecided(pending: readonly PendingDecision[], through: number): readonly PendingDecision[] {
    const chosen = new Map<string, PendingDecision>();
    for (const one of pending) {
      if (!this.#earlier.has(one.id) && !chosen.has(one.id)) chosen.set(one.id, one);
    }
    for (const [id, earlier] of this.#earlier) {
      if (earlier.through <= through) this.#earlier.delete(id);
    }
    return [...chosen.values()];
  }

  /** Where the next owner has to begin reading, for a snapshot between two flushes. */
  place(): DecidedPlace {
    let first: DecidedPlace = { offset: this.#end, epoch: this.#epoch };
    for (const { offset, epoch } of this.#earlier.values()) {
      if (offset < first.offset) first = { offset, epoch };
    }
    return first;
  }
}
