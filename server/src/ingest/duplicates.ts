import { INPUT_TOPICS } from '../ports/topics.js';
import { eventIdText } from './event-id.js';
import type { IdPlaces } from './id-segment.js';
import type { IdSegments } from './id-segments.js';
import { IdTable, type IdColumns } from './id-table.js';
import type { BatchResults } from './verdict.js';

/** A batch whose ids are taken, from the claim until its appends are settled. */
export interface OpenBatch {
  readonly bytes: Uint8Array;
  readonly spans: readonly number[];
  readonly count: number;
  readonly ids: IdColumns;
  readonly results: BatchResults;
  /** Set by the register. */
  slot: number;
  /** Resolves when the appends are settled, whichever way; never rejects. */
  readonly settled: Promise<void>;
}

/** A record that probably has the same id. */
export interface DurableTwin {
  readonly kind: 'durable';
  /** Index into `INPUT_TOPICS`. */
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  /** Its name in the table. */
  readonly location: number;
}

/** An event with the same id in a batch that is being appended. */
export interface OpenTwin {
  readonly kind: 'open';
  readonly batch: OpenBatch;
  readonly index: number;
}

/** A batch has fewer events than this. */
const EVENTS = 512;
/*
 * Locations: a durable event's is (offset * sources + source) + 1, an open one's OPEN + slot * EVENTS + index. The last one
 * means that the append failed: such an entry is never found and goes when its shard is rebuilt.
 */
const OPEN = 2 ** 52;
const FORGOTTEN = Number.MAX_SAFE_INTEGER;

export interface DuplicatesOptions {
  readonly partitions: number;
  /** Records of each partition among which an id is unique. */
  readonly horizonRecords: number;
  /** Four random 32-bit numbers. */
  readonly seed: Uint32Array;
  /** Records that will be restored. */
  readonly expected: number;
  /** Told where every durable id belongs. */
  readonly segments?: IdSegments | undefined;
}

/** Records of one source in a row: those of `first + from` to before `first + to`. */
export interface PlacedRecords {
  readonly source: number;
  /** Offset of the record that the first place is about. */
  readonly first: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Knows the ids of the last `horizonRecords` records of every input partition and of the batches being appended. Exact:
 * what it finds in the log is a candidate that the caller checks against the record. Memory: see IdTable.
 */
export class Duplicates {
  readonly #table: IdTable;
  readonly #partitions: number;
  readonly #sources: number;
  readonly #horizon: number;
  /** Next offset per source as of the last commit; a source is topic * partitions + partition. */
  readonly #ends: Float64Array;
  readonly #open: (OpenBatch | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #segments: IdSegments | undefined;

  constructor({ partitions, horizonRecords, seed, expected, segments }: DuplicatesOptions) {
    this.#segments = segments;
    this.#partitions = partitions;
    this.#sources = partitions * INPUT_TOPICS.length;
    this.#horizon = horizonRecords;
    this.#ends = new Float64Array(this.#sources);
    this.#table = new IdTable({ seed, expected, live: (location) => this.#live(location) });
  }

  /** Bytes of the table. */
  get bytes(): number {
    return this.#table.bytes;
  }

  #live(location: number): boolean {
    if (location >= OPEN) return location !== FORGOTTEN;
    const place = location - 1;
    const offset = Math.floor(place / this.#sources);
    const source = place - offset * this.#sources;
    return offset >= (this.#ends[source] ?? 0) - this.#horizon;
  }

  /** Computes where the ids of a batch belong, before they are claimed or looked up. */
  locate({ ids, count }: Pick<OpenBatch, 'ids' | 'count'>): void {
    this.#table.locate(ids, count);
  }

  /** Makes room for a batch's claims. Every registered batch must be released. */
  register(batch: OpenBatch): void {
    const slot = this.#freeSlots.pop() ?? this.#open.length;
    this.#open[slot] = batch;
    batch.slot = slot;
  }

  /**
   * Takes the id of event `index` for `batch`, or returns who has it already. `ruledOut` holds locations of earlier answers
   * that turned out to be another id.
   */
  claim(
    batch: OpenBatch,
    index: number,
    ruledOut?: ReadonlySet<number>,
  ): DurableTwin | OpenTwin | undefined {
    const twin = this.find(batch, index, ruledOut);
    if (twin === undefined) {
      this.#table.put(batch.ids, index, OPEN + batch.slot * EVENTS + index);
    }
    return twin;
  }

  /** Who has the id of event `index`, without taking it. */
  find(
    batch: OpenBatch,
    index: number,
    ruledOut?: ReadonlySet<number>,
  ): DurableTwin | OpenTwin | undefined {
    const table = this.#table;
    table.seek(batch.ids, index);
    for (let location = table.next(); location !== 0; location = table.next()) {
      if (location >= OPEN) {
        if (location === FORGOTTEN) continue;
        const twin = this.#openTwin(location - OPEN, batch.ids.words, index * 4);
        if (twin !== undefined) return twin;
      } else if (this.#live(location) && ruledOut?.has(location) !== true) {
        const place = location - 1;
        const offset = Math.floor(place / this.#sources);
        const source = place - offset * this.#sources;
        const partition = source % this.#partitions;
        const topic = (source - partition) / this.#partitions;
        return { kind: 'durable', topic, partition, offset, location };
      }
    }
    return undefined;
  }

  #openTwin(code: number, words: Uint32Array, wordAt: number): OpenTwin | undefined {
    const index = code % EVENTS;
    const batch = this.#open[(code - index) / EVENTS];
    if (batch === undefined) throw new RangeError('a claim without its batch');
    const theirs = batch.ids.words;
    for (let i = 0; i < 4; i++) {
      if (theirs[index * 4 + i] !== words[wordAt + i]) return undefined;
    }
    return { kind: 'open', batch, index };
  }

  /** To be called before some events of a batch are confirmed. */
  approach({ ids }: OpenBatch, indexes: readonly number[]): void {
    this.#table.approach(ids, indexes);
  }

  /** The event became durable: its id now points into the log. */
  confirm(batch: OpenBatch, index: number): void {
    const { topic, partition, offset } = batch.results;
    const source = (topic[index] ?? 0) * this.#partitions + (partition[index] ?? 0);
    const place = offset[index] ?? 0;
    if (place >= (this.#ends[source] ?? 0)) this.#ends[source] = place + 1;
    const location = place * this.#sources + source + 1;
    this.#settle(batch, index, location);
    this.#segments?.note(batch.ids, index, location);
  }

  /** The event was not written: its id is free again. */
  forget(batch: OpenBatch, index: number): void {
    this.#settle(batch, index, FORGOTTEN);
  }

  #settle(batch: OpenBatch, index: number, after: number): void {
    this.#table.move(batch.ids, index, { before: OPEN + batch.slot * EVENTS + index, after });
  }

  /** Gives the slot back, once every claim is confirmed or forgotten. */
  release(batch: OpenBatch): void {
    this.#open[batch.slot] = undefined;
    this.#freeSlots.push(batch.slot);
  }

  /** Sets the next offset of a source, before its records are restored. */
  restoreEnd(source: number, end: number): void {
    this.#ends[source] = end;
  }

  /** Adds records of one source that lie in the log already; `offsets` by index of the id. */
  restore(ids: IdColumns, offsets: readonly number[], source: number): void {
    const table = this.#table;
    table.locate(ids, offsets.length);
    for (const [index, offset] of offsets.entries()) {
      table.seek(ids, index);
      while (table.next() !== 0) {
        // Another id of the same hash, or the same id again: both are kept.
      }
      const location = offset * this.#sources + source + 1;
      table.put(ids, index, location);
      this.#segments?.note(ids, index, location);
    }
  }

  /** Adds records that lie in the log already, and whose places are known. */
  restorePlaces(places: IdPlaces, { source, first, from, to }: PlacedRecords): void {
    const location = first * this.#sources + source + 1;
    this.#table.putAll(places, { from, to, location, step: this.#sources });
  }
}

/** Text of the place of a record: `user-activity/2/4711`. */
export function placeText(topic: number, partition: number, offset: number): string {
  return `${INPUT_TOPICS[topic] ?? ''}/${partition}/${offset}`;
}

/** Text of the id of an event of a batch. */
export function idText(batch: OpenBatch, index: number): string {
  return eventIdText(batch.ids.words, index * 4);
}
