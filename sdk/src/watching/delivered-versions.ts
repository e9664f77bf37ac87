/** Which state of which thing a value is: `rank` grows with every change of the thing, and only then. */
export interface Version {
  readonly id: string;
  readonly rank: bigint;
}

/**
 * The newest delivered version of each thing. A stream that resumes at a checkpoint repeats what came behind it; and one
 * that began with present states may bring changes that these held already. Both are recognised: no thing is shown as it was
 * delivered before, nor as it was before that.
 *
 * Bounded: past `thingsMax` the thing that changed longest ago is forgotten.
 */
export class DeliveredVersions {
  readonly #thingsMax: number;
  /** Rank by id, in the order of the newest change. */
  readonly #ranks = new Map<string, bigint>();

  constructor(thingsMax: number) {
    this.#thingsMax = thingsMax;
  }

  get size(): number {
    return this.#ranks.size;
  }

  /** Notes a version; false when it, or a newer one, was delivered before. */
  take({ id, rank }: Version): boolean {
    const before = this.#ranks.get(id);
    if (before !== undefined) {
      if (rank <= before) return false;
      this.#ranks.delete(id);
    } else if (this.#ranks.size >= this.#thingsMax) {
      const [oldest = ''] = this.#ranks.keys();
      this.#ranks.delete(oldest);
    }
    this.#ranks.set(id, rank);
    return true;
  }

  /** Forgets all: the next stream begins anew. */
  clear(): void {
    this.#ranks.clear();
  }
}
