import { randomFillSync } from 'node:crypto';
import type { BlobCache } from '../ports/blob-cache.js';
import {
  decodeSegment,
  encodeSegment,
  type IdPlaces,
  type Segment,
  type SegmentPlace,
} from './id-segment.js';

/** Records per segment: 320 KiB, a few of the log's largest batches. */
export const SEGMENT_RECORDS = 65_536;
/** Segments that may wait to be written; more are dropped, and the next start reads those records from the log. */
const SAVING_MAX = 8;
/** Segments of one source that are filled at the same time: batches settle nearly in order. */
const OPEN_PER_SOURCE = 2;

export interface IdSegmentsOptions {
  readonly cache: BlobCache;
  /** Partitions of all topics together. */
  readonly sources: number;
  /** Records of each partition that count. */
  readonly horizonRecords: number;
  /** Default SEGMENT_RECORDS. */
  readonly segmentRecords?: number | undefined;
}

interface Filling extends IdPlaces {
  readonly number: number;
  known: number;
}

/**
 * Keeps the places of durable ids in a cache, a segment at a time, so that a start takes a fraction of the time. Only what
 * `note` was told of every record of it becomes a segment. Whatever is missing, damaged or of another seed is not there: its
 * records are then read from the log. About 5 bytes per record of the horizon, and 1.3 MB of memory per source.
 */
export class IdSegments {
  /** Of the table that the places are of. */
  readonly seed: Uint32Array;
  readonly records: number;
  readonly #cache: BlobCache;
  readonly #sources: number;
  readonly #horizon: number;
  readonly #names: Set<string>;
  readonly #filling: (Filling | undefined)[] = [];
  readonly #saving = new Set<Promise<void>>();

  private constructor(options: IdSegmentsOptions, seed: Uint32Array, names: Set<string>) {
    this.#cache = options.cache;
    this.#sources = options.sources;
    this.#horizon = options.horizonRecords;
    this.records = options.segmentRecords ?? SEGMENT_RECORDS;
    this.seed = seed;
    this.#names = names;
  }

  /** Takes the seed of the first segment that is whole, else a new one. A cache that cannot be read counts as empty. */
  static async open(options: IdSegmentsOptions): Promise<IdSegments> {
    const names = new Set(await options.cache.names().catch(() => []));
    const records = options.segmentRecords ?? SEGMENT_RECORDS;
    for (const name of names) {
      const [source, number] = numbersOf(name);
      const segment = await load(options.cache, { source, number, records });
      if (segment !== undefined) return new IdSegments(options, segment.seed, names);
    }
    return new IdSegments(options, randomFillSync(new Uint32Array(4)), names);
  }

  /** The places of a segment's records; undefined when they are not known. */
  async get(source: number, number: number): Promise<IdPlaces | undefined> {
    const place = { source, number, records: this.records };
    if (!this.#names.has(nameOf(place))) return undefined;
    const segment = await load(this.#cache, place);
    if (segment?.seed.every((word, i) => word === this.seed[i]) === true) return segment;
    await this.discard(source, number);
    return undefined;
  }

  /** Tells where the id of index `index`, of a durable record, belongs; `location` is the record's in the id table. */
  note({ tags, shards }: IdPlaces, index: number, location: number): void {
    const offset = Math.floor((location - 1) / this.#sources);
    const source = location - 1 - offset * this.#sources;
    const number = Math.floor(offset / this.records);
    const slot = source * OPEN_PER_SOURCE + (number % OPEN_PER_SOURCE);
    let filling = this.#filling[slot];
    if (filling?.number !== number) {
      if (filling !== undefined && filling.number > number) return;
      filling = open(number, this.records);
      this.#filling[slot] = filling;
    }
    const at = offset - number * this.records;
    if (filling.tags[at] === 0) filling.known += 1;
    filling.tags[at] = tags[index] ?? 0;
    filling.shards[at] = shards[index] ?? 0;
    if (filling.known < this.records) return;
    this.#filling[slot] = undefined;
    this.#save({ source, number, records: this.records }, filling);
  }

  #save(place: SegmentPlace, places: IdPlaces): void {
    if (this.#saving.size >= SAVING_MAX || this.#names.has(nameOf(place))) return;
    const saving = this.#write(place, encodeSegment(place, this.seed, places)).catch(() => {
      // A cache that cannot be written costs time at the next start and nothing else.
      this.#names.delete(nameOf(place));
    });
    this.#saving.add(saving);
    void saving.then(() => this.#saving.delete(saving));
  }

  async #write(place: SegmentPlace, bytes: Uint8Array): Promise<void> {
    this.#names.add(nameOf(place));
    await this.#cache.put(nameOf(place), bytes);
    const oldest = place.number - Math.ceil(this.#horizon / this.records) - 1;
    for (const name of [...this.#names]) {
      const [source, number] = numbersOf(name);
      if (source === place.source && number < oldest) await this.discard(source, number);
    }
  }

  /** Forgets a segment: it is too old, or does not fit the log and is made anew. */
  async discard(source: number, number: number): Promise<void> {
    const name = nameOf({ source, number });
    this.#names.delete(name);
    // One that cannot be removed is met again at the next start.
    await this.#cache.remove(name).catch(() => undefined);
  }

  /** Waits until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#saving.size > 0) await Promise.all(this.#saving);
  }
}

function open(number: number, records: number): Filling {
  return { number, known: 0, tags: new Int32Array(records), shards: new Uint8Array(records) };
}

function nameOf({ source, number }: Pick<SegmentPlace, 'source' | 'number'>): string {
  return `ids-${source}-${number}`;
}

/** Source and number of a name; NaN for one of another kind. */
function numbersOf(name: string): readonly [number, number] {
  const [, source, number] = /^ids-(\d+)-(\d+)$/.exec(name) ?? [];
  return [Number(source), Number(number)];
}

/** Undefined too when the cache cannot be read: the log holds the same. */
async function load(cache: BlobCache, place: SegmentPlace): Promise<Segment | undefined> {
  const bytes = await cache.get(nameOf(place)).catch(() => undefined);
  return bytes === undefined ? undefined : decodeSegment(bytes, place);
}
