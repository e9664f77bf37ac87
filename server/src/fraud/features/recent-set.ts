/** Distinct counts are exact up to this many values; beyond, it means "that many or more". */
export const DISTINCT_MAX = 25;

/** Numbers of one entry: value, first seen, last seen. */
const WIDTH = 3;

/**
 * The most recently seen distinct values, at most DISTINCT_MAX, each with when it was first and last seen. Adding and
 * merging in any order keeps the same values (ties in time: the larger value stays), so shares unite to what one
 * reader of everything would hold. The first time is exact as long as the value never fell out.
 */
export class RecentSet {
  /** Triples of value (whole, below 2^32), first and last seen, both seconds since the Unix epoch. Not in order. */
  entries: number[];

  constructor(entries: number[] = []) {
    this.entries = entries;
  }

  get size(): number {
    return this.entries.length / WIDTH;
  }

  add(value: number, atMs: number): void {
    const second = Math.floor(atMs / 1_000);
    this.#put(value, second, second);
  }

  merge(other: RecentSet): void {
    const { entries } = other;
    for (let at = 0; at < entries.length; at += WIDTH) {
      this.#put(entries[at] ?? 0, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
    }
  }

  /** How many values were seen within `lengthMs` before an instant. */
  count(atMs: number, lengthMs: number): number {
    const { entries } = this;
    const until = Math.floor(atMs / 1_000);
    const from = until - lengthMs / 1_000;
    let count = 0;
    for (let at = 0; at < entries.length; at += WIDTH) {
      if ((entries[at + 2] ?? 0) > from && (entries[at + 1] ?? 0) <= until) count += 1;
    }
    return count;
  }

  /** When a value was first seen, milliseconds since the Unix epoch; undefined when it is not here. */
  firstSeenMs(value: number): number | undefined {
    const at = this.#find(value);
    return at === -1 ? undefined : (this.entries[at + 1] ?? 0) * 1_000;
  }

  /** Calls `visit` with each value and the seconds when it was first and last seen. */
  each(visit: (value: number, firstSecond: number, lastSecond: number) => void): void {
    const { entries } = this;
    for (let at = 0; at < entries.length; at += WIDTH) {
      visit(entries[at] ?? 0, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
    }
  }

  copy(): RecentSet {
    return new RecentSet(this.entries.slice());
  }

  #find(value: number): number {
    const { entries } = this;
    for (let at = 0; at < entries.length; at += WIDTH) if (entries[at] === value) return at;
    return -1;
  }

  #put(value: number, first: number, last: number): void {
    const { entries } = this;
    const known = this.#find(value);
    if (known !== -1) {
      if (first < (entries[known + 1] ?? 0)) entries[known + 1] = first;
      if (last > (entries[known + 2] ?? 0)) entries[known + 2] = last;
      return;
    }
    if (this.size < DISTINCT_MAX) {
      // Most sets hold one value: an array of the exact size.
      if (entries.length === 0) this.entries = [value, first, last];
      else entries.push(value, first, last);
      return;
    }
    const oldest = this.#oldest();
    const oldestLast = entries[oldest + 2] ?? 0;
    if (last < oldestLast || (last === oldestLast && value < (entries[oldest] ?? 0))) return;
    entries[oldest] = value;
    entries[oldest + 1] = first;
    entries[oldest + 2] = last;
  }

  /** Where the entry seen longest ago begins; among equals the smallest value. */
  #oldest(): number {
    const { entries } = this;
    let oldest = 0;
    for (let at = WIDTH; at < entries.length; at += WIDTH) {
      const last = entries[at + 2] ?? 0;
      const least = entries[oldest + 2] ?? 0;
      if (last < least || (last === least && (entries[at] ?? 0) < (entries[oldest] ?? 0))) {
        oldest = at;
      }
    }
    return oldest;
  }
}
