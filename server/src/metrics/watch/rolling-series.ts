import type { Computation } from '../catalogue.js';
import { countValue } from '../points.js';
import { rollingEndMs, ROLLING_RULE } from '../rolling.js';
import { DistinctUnion } from '../sketches/distinct-union.js';
import type { Window, Windows } from '../windows.js';
import type { LiveSeries } from './live-series.js';
import type { LogicalRow } from './logical-row.js';
import { firstOpenMs } from './plain-series.js';
import type { SeriesFeed } from './series-feed.js';
import type { ViewListener } from './share-view.js';
import type { ViewLease } from './views.js';

/** A window that ended is kept up so long, for events that were still on their way. */
const SETTLE_MS = 30_000;
/** Least time between two recounts because of changes, milliseconds. */
const RECOUNT_MS = 250;

type Rolling = Extract<Computation, { from: 'rolling' }>;

/**
 * A series whose value is put together from 10-second windows and fades as time goes on: recounted every second, and
 * within a quarter of a second after a change. Follows the current window and, for 30 seconds, the one before.
 */
export class RollingSeries implements LiveSeries, ViewListener {
  readonly feed: SeriesFeed;
  readonly #lease: ViewLease;
  readonly #windows: Windows;
  readonly #rolling: Rolling;
  readonly #nowMs: () => number;
  readonly #values: ReadonlySet<string>;
  #timer: NodeJS.Timeout | undefined;
  /** Values above 0 in the current window. */
  readonly #present = new Set<string>();

  constructor(options: {
    readonly feed: SeriesFeed;
    readonly lease: ViewLease;
    readonly windows: Windows;
    readonly rolling: Rolling;
    readonly nowMs: () => number;
  }) {
    this.feed = options.feed;
    this.#lease = options.lease;
    this.#windows = options.windows;
    this.#rolling = options.rolling;
    this.#nowMs = options.nowMs;
    this.#values = new Set(options.feed.series.values);
    this.#lease.view.listeners.add(this);
  }

  get stale(): boolean {
    return this.#lease.view.stale;
  }

  liveFromMs(nowMs: number): number {
    return this.#windows.at(this.feed.series.rule, nowMs - SETTLE_MS).startMs;
  }

  complete(_fromMs: number, nowMs: number): Promise<void> {
    // Whatever window: the last span, and that of a window that ended a moment ago.
    const firstMs = nowMs - SETTLE_MS - this.#rolling.spanMs;
    return this.#lease.view.completeFrom(this.#windows.at(ROLLING_RULE, firstMs).startMs, nowMs);
  }

  refresh(fromMs: number, nowMs: number): void {
    const { rule } = this.feed.series;
    let window = this.#windows.at(rule, nowMs - SETTLE_MS);
    for (; window.startMs <= nowMs; window = this.#windows.at(rule, window.endMs)) {
      if (window.startMs < fromMs) continue;
      this.#recount(window, nowMs);
    }
  }

  rowChanged(row: LogicalRow): void {
    if (!this.#wants(row.dimensionValue)) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#recountAll(this.#nowMs());
    }, RECOUNT_MS);
  }

  rowFailed({ dimensionValue }: LogicalRow, error: unknown): void {
    if (this.#wants(dimensionValue)) this.feed.fail(error);
  }

  tick(nowMs: number): void {
    this.#recountAll(nowMs);
    this.#lease.view.forgetBefore(firstOpenMs(this.#windows, ROLLING_RULE, nowMs - SETTLE_MS));
    this.feed.forgetBefore(this.liveFromMs(nowMs));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#lease.view.listeners.delete(this);
    this.#lease.release();
  }

  /** Nobody waits for the outcome: what fails ends the series for its subscribers. */
  #recountAll(nowMs: number): void {
    try {
      this.refresh(this.liveFromMs(nowMs), nowMs);
    } catch (error) {
      this.feed.fail(error);
    }
  }

  #recount({ startMs, endMs: windowEndMs }: Window, nowMs: number): void {
    const endMs = rollingEndMs(windowEndMs, nowMs);
    const current = nowMs < windowEndMs;
    const unions = new Map<string, DistinctUnion>();
    for (let at = endMs - this.#rolling.spanMs; at < endMs; at += ROLLING_RULE.lengthMs) {
      for (const row of this.#lease.view.rowsAt(at)) this.#unite(unions, row);
    }
    const gone = new Set(this.#known(startMs, current));
    if (current) this.#present.clear();
    for (const [dimensionValue, union] of unions) {
      const count = union.count();
      if (count === 0) continue;
      gone.delete(dimensionValue);
      if (current) this.#present.add(dimensionValue);
      this.feed.update({ startMs, dimensionValue, currency: '' }, countValue(count));
    }
    for (const dimensionValue of gone) {
      this.feed.update({ startMs, dimensionValue, currency: '' }, countValue(0));
    }
  }

  /** Values that have a point, or had one a moment ago in the window before: they must be seen to reach 0. */
  *#known(startMs: number, current: boolean): Generator<string> {
    for (const { dimensionValue } of this.feed.pointsOf(startMs)) yield dimensionValue;
    if (current) yield* this.#present;
  }

  #unite(unions: Map<string, DistinctUnion>, row: LogicalRow): void {
    const { dimensionValue } = row;
    if (!this.#wants(dimensionValue)) return;
    const part = row.distinct(this.#rolling.sketch);
    if (part === undefined) return;
    const union = unions.get(dimensionValue) ?? new DistinctUnion();
    unions.set(dimensionValue, union);
    union.addUnion(part);
  }

  #wants(dimensionValue: string): boolean {
    return this.#values.size === 0 || this.#values.has(dimensionValue);
  }
}
