import { TOPS } from '../columns.js';
import { type DimensionName, OTHER, VALUES_PER_WINDOW_MAX } from '../dimensions.js';
import { bucketOf, type ResolutionRule } from '../resolutions.js';
import { TopCounter } from '../sketches/top-counter.js';
import { closesAtMs, type Window } from '../windows.js';
import { ShareRow } from './share-row.js';

/** A list of frequent values with the time of its last change. */
export class TopShare {
  readonly counter: TopCounter;
  /** Write time of the last change, microseconds; 0 when nothing changed since the last flush. */
  changedAt = 0;

  constructor(counter: TopCounter = new TopCounter()) {
    this.counter = counter;
  }

  /** Counts a value; an empty one and a weight of 0 or less do not count. */
  add(value: string, weight: number, writeTime: number): void {
    if (value === '' || weight <= 0) return;
    this.counter.add(value, weight);
    this.changedAt = writeTime;
  }
}

/** What one topic partition knows about one window: the unit of a snapshot chunk. */
export class WindowShare {
  readonly rule: ResolutionRule;
  readonly startMs: number;
  readonly endMs: number;
  /** Last append time at which an event still counts. */
  readonly closesAtMs: number;
  /** Start of the table partition of its rows. */
  readonly bucketMs: number;
  /** Name of the snapshot chunk, such as `10s/1763910000000`. */
  readonly chunk: string;
  readonly shop: ShareRow;
  readonly #rows = new Map<DimensionName, Map<string, ShareRow>>();
  readonly tops: (TopShare | undefined)[] = new Array<undefined>(TOPS.length);
  /** True while the window stands in the list of windows changed since the last snapshot. */
  listed = false;
  /** True while a list of frequent values waits to be written. */
  topsListed = false;

  constructor(rule: ResolutionRule, window: Window) {
    this.rule = rule;
    this.startMs = window.startMs;
    this.endMs = window.endMs;
    this.closesAtMs = closesAtMs(rule, window.endMs);
    this.bucketMs = bucketOf(rule, window.startMs);
    this.chunk = `${rule.name}/${window.startMs}`;
    this.shop = new ShareRow(this, 'shop', '');
  }

  /** The row of a value, made when first seen; the row of `(other)` beyond the bound of values. */
  row(dimension: DimensionName, value: string): ShareRow {
    let rows = this.#rows.get(dimension);
    if (rows === undefined) {
      rows = new Map();
      this.#rows.set(dimension, rows);
    }
    const known = rows.get(value);
    if (known !== undefined) return known;
    if (rows.size >= VALUES_PER_WINDOW_MAX && value !== OTHER) return this.row(dimension, OTHER);
    const made = new ShareRow(this, dimension, value);
    rows.set(value, made);
    return made;
  }

  /** The list of frequent values at an index of TOP, made when first needed. */
  top(index: number): TopShare {
    let top = this.tops[index];
    if (top === undefined) {
      top = new TopShare();
      this.tops[index] = top;
    }
    return top;
  }

  /** All rows, in the order in which they were made. */
  *rows(): Generator<ShareRow> {
    yield this.shop;
    for (const rows of this.#rows.values()) yield* rows.values();
  }
}
