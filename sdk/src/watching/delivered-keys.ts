/**
 * Keys of what was delivered and may come again. A stream that resumes at a checkpoint repeats what the streams before it
 * delivered behind that checkpoint; and because the new stream has checkpoints of its own in between, those of earlier
 * streams are kept until they came again, while the newest stream's are forgotten at each checkpoint.
 *
 * Bounded: past `keysMax` the oldest is forgotten, and would be delivered a second time after a break.
 */
export class DeliveredKeys {
  readonly #keysMax: number;
  /** Delivered by earlier streams, expected again. */
  readonly #earlier = new Set<string>();
  /** Seen by the newest stream since its last checkpoint. */
  readonly #newest = new Set<string>();

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#earlier.size + this.#newest.size;
  }

  /** Notes a key; false when it was delivered before. */
  take(key: string): boolean {
    const before = this.#earlier.delete(key) || this.#newest.has(key);
    this.#newest.add(key);
    if (this.size > this.#keysMax) this.#forgetOldest();
    return !before;
  }

  /** The newest stream will not repeat what came so far. */
  checkpoint(): void {
    this.#newest.clear();
  }

  /** The stream broke: what it delivered since its last checkpoint comes again. */
  broken(): void {
    for (const key of this.#newest) this.#earlier.add(key);
    this.#newest.clear();
  }

  /** Forgets all: the next stream begins anew. */
  clear(): void {
    this.#earlier.clear();
    this.#newest.clear();
  }

  #forgetOldest(): void {
    const set = this.#earlier.size > 0 ? this.#earlier : this.#newest;
    for (const key of set) {
      set.delete(key);
      return;
    }
  }
}
