/**
 * The best `max` of many (a bounded heap over typed arrays: the worst one kept is at the top, so most of what comes is
 * refused by one comparison). Entries are a number with a score; equal scores go by the tie: the lower one is better.
 */
export class TopList {
  #scores: Float64Array;
  #ties: Float64Array;
  #values: Uint32Array;
  #max: number;
  #size = 0;

  constructor(max: number) {
    this.#max = max;
    this.#scores = new Float64Array(max);
    this.#ties = new Float64Array(max);
    this.#values = new Uint32Array(max);
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.#max;
  }

  /** Empties the list for the best `max` of something else. */
  reset(max: number): void {
    this.#size = 0;
    this.#max = max;
    if (max <= this.#scores.length) return;
    this.#scores = new Float64Array(max);
    this.#ties = new Float64Array(max);
    this.#values = new Uint32Array(max);
  }

  /** The score that an entry must reach, -Infinity while there is room. */
  get worstScore(): number {
    return this.full ? (this.#scores[0] ?? 0) : -Infinity;
  }

  /** The tie of the worst entry of a full list. */
  get worstTie(): number {
    return this.full ? (this.#ties[0] ?? 0) : Infinity;
  }

  /** Whether `offer` would take it. */
  takes(score: number, tie: number): boolean {
    if (this.#max === 0) return false;
    const worst = this.worstScore;
    return score > worst || (score === worst && tie < this.worstTie);
  }

  offer(value: number, score: number, tie: number): void {
    if (!this.takes(score, tie)) return;
    if (this.full) {
      this.#sink({ value, score, tie }, this.#size);
      return;
    }
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#worse(score, tie, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, { value, score, tie });
  }

  /** The entries, best first. Empties the list. */
  drain(): { value: number; score: number }[] {
    const entries: { value: number; score: number }[] = [];
    while (this.#size > 0) {
      entries.push({ value: this.#values[0] ?? 0, score: this.#scores[0] ?? 0 });
      const last = this.#size - 1;
      this.#size = last;
      const score = this.#scores[last] ?? 0;
      this.#sink({ value: this.#values[last] ?? 0, score, tie: this.#ties[last] ?? 0 }, last);
    }
    return entries.reverse();
  }

  /** Whether an entry is worse than the one at a place. */
  #worse(score: number, tie: number, place: number): boolean {
    const other = this.#scores[place] ?? 0;
    return score < other || (score === other && tie > (this.#ties[place] ?? 0));
  }

  /** Puts an entry at the top of `size` entries and lets it sink to its place. */
  #sink(entry: Entry, size: number): void {
    const { score, tie } = entry;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#worse(this.#scores[right] ?? 0, this.#ties[right] ?? 0, child))
        child = right;
      if (this.#worse(score, tie, child)) break;
      this.#move(child, at);
      at = child;
    }
    if (size > 0) this.#put(at, entry);
  }

  #move(from: number, to: number): void {
    this.#scores[to] = this.#scores[from] ?? 0;
    this.#ties[to] = this.#ties[from] ?? 0;
    this.#values[to] = this.#values[from] ?? 0;
  }

  #put(at: number, { value, score, tie }: Entry): void {
    this.#scores[at] = score;
    this.#ties[at] = tie;
    this.#values[at] = value;
  }
}

interface Entry {
  readonly value: number;
  readonly score: number;
  readonly tie: number;
}
