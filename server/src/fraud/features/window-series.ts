import type { WindowRule } from './windows.js';

/** Sums stay whole numbers that a double holds exactly. */
const TOTAL_MAX = Number.MAX_SAFE_INTEGER;

/**
 * A sum over one window: the buckets that hold something, oldest first. Buckets are kept for two lengths of the window
 * before the newest one, so that totals are exact for instants up to one length behind the newest event. Adding and
 * merging in any order gives the same buckets.
 */
export class WindowSeries {
  readonly rule: WindowRule;
  /** Pairs of bucket number and value, by bucket number. At most 2 x lengthMs / bucketMs pairs. */
  cells: number[];

  constructor(rule: WindowRule, cells: number[] = []) {
    this.rule = rule;
    this.cells = cells;
  }

  /** Most pairs of a series of this window. */
  static pairsMax(rule: WindowRule): number {
    return (2 * rule.lengthMs) / rule.bucketMs;
  }

  /** Adds `value`, a whole number of 0 or more, at an instant. */
  add(atMs: number, value: number): void {
    this.#addTo(Math.floor(atMs / this.rule.bucketMs), value);
  }

  /** The sum as of an instant. */
  total(atMs: number): number {
    const { cells, rule } = this;
    const newest = Math.floor(atMs / rule.bucketMs);
    const oldest = newest - rule.lengthMs / rule.bucketMs;
    let total = 0;
    for (let at = 0; at < cells.length; at += 2) {
      const bucket = cells[at] ?? 0;
      if (bucket > oldest && bucket <= newest) total += cells[at + 1] ?? 0;
    }
    return Math.min(total, TOTAL_MAX);
  }

  /** Adds what another share of the same series counted. */
  merge(other: WindowSeries): void {
    const { cells } = other;
    for (let at = 0; at < cells.length; at += 2) this.#addTo(cells[at] ?? 0, cells[at + 1] ?? 0);
  }

  #addTo(bucket: number, value: number): void {
    const { cells } = this;
    let at = cells.length - 2;
    while (at >= 0 && (cells[at] ?? 0) > bucket) at -= 2;
    if (at >= 0 && cells[at] === bucket) {
      cells[at + 1] = Math.min((cells[at + 1] ?? 0) + value, TOTAL_MAX);
      return;
    }
    // Most series hold one bucket: an array of the exact size, for one that is pushed to has room for 17 numbers.
    if (cells.length === 0) {
      this.cells = [bucket, value];
      return;
    }
    if (at === cells.length - 2) cells.push(bucket, value);
    else cells.splice(at + 2, 0, bucket, value);
    this.#forgetOld();
  }

  #forgetOld(): void {
    const { cells, rule } = this;
    const oldest = (cells[cells.length - 2] ?? 0) - WindowSeries.pairsMax(rule);
    let gone = 0;
    while (gone < cells.length && (cells[gone] ?? 0) <= oldest) gone += 2;
    if (gone > 0) cells.splice(0, gone);
  }
}
