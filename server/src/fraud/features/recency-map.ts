/** Something kept in a RecencyMap. */
export interface Recent {
  readonly id: string;
  /** Part of the snapshot that it is stored in. */
  readonly bucket: number;
  /** Order of the last change among all of the map; kept by the map. */
  touched: number;
}

/**
 * At most `max` things by id; past it the one changed longest ago is forgotten. Depends on the order of changes only, so
 * a replay forgets the same ones; a restart restores the order from `touched`.
 */
export class RecencyMap<T extends Recent> {
  readonly #byId = new Map<string, T>();
  readonly #byBucket = new Map<number, Set<T>>();
  readonly #max: number;
  #touches = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byId.size;
  }

  peek(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** What belongs to one part of the snapshot, in no particular order. */
  inBucket(bucket: number): Iterable<T> {
    return this.#byBucket.get(bucket) ?? [];
  }

  /** Makes a thing that is here the newest. */
  renew(thing: T): void {
    this.#byId.delete(thing.id);
    this.#byId.set(thing.id, thing);
    thing.touched = ++this.#touches;
  }

  /** Adds a thing as the newest; returns what was forgotten for it. */
  add(thing: T): T | undefined {
    this.#put(thing);
    thing.touched = ++this.#touches;
    if (this.#byId.size <= this.#max) return undefined;
    const [oldest] = this.#byId.values();
    if (oldest !== undefined) {
      this.#byId.delete(oldest.id);
      this.#byBucket.get(oldest.bucket)?.delete(oldest);
    }
    return oldest;
  }

  /** Fills an empty map with things of a snapshot, whose `touched` is set. */
  restore(things: readonly T[]): void {
    const ordered = [...things].sort((a, b) => a.touched - b.touched);
    for (const thing of ordered.slice(-this.#max)) this.#put(thing);
    this.#touches = ordered.at(-1)?.touched ?? 0;
  }

  #put(thing: T): void {
    this.#byId.set(thing.id, thing);
    const bucket = this.#byBucket.get(thing.bucket);
    if (bucket === undefined) this.#byBucket.set(thing.bucket, new Set([thing]));
    else bucket.add(thing);
  }
}
