import { CLOCK_STEP_BACK_MS } from '../state/share-state.js';
import { readingsOf } from '../points.js';
import type { ResolutionRule } from '../resolutions.js';
import type { MergedShares } from '../shares.js';
import type { Windows } from '../windows.js';
import type { LiveSeries } from './live-series.js';
import type { LogicalRow } from './logical-row.js';
import type { SeriesFeed } from './series-feed.js';
import type { ViewListener } from './share-view.js';
import type { ViewLease } from './views.js';

/** How much longer a window stays in memory than it may change, so that an opening that began before still finds it. */
const FORGET_AFTER_MS = 60_000;

/** Start of the first window that may still change. */
export function firstOpenMs(windows: Windows, rule: ResolutionRule, nowMs: number): number {
  return windows.at(rule, nowMs - rule.latenessMs - CLOCK_STEP_BACK_MS).startMs;
}

/** A series whose windows are read one by one. */
export class PlainSeries implements LiveSeries, ViewListener {
  readonly feed: SeriesFeed;
  readonly #lease: ViewLease;
  readonly #windows: Windows;
  readonly #values: ReadonlySet<string>;

  constructor(feed: SeriesFeed, lease: ViewLease, windows: Windows) {
    this.feed = feed;
    this.#lease = lease;
    this.#windows = windows;
    this.#values = new Set(feed.series.values);
    lease.view.listeners.add(this);
  }

  get stale(): boolean {
    return this.#lease.view.stale;
  }

  liveFromMs(nowMs: number): number {
    return firstOpenMs(this.#windows, this.feed.series.rule, nowMs);
  }

  complete(fromMs: number, nowMs: number): Promise<void> {
    return this.#lease.view.completeFrom(fromMs, nowMs);
  }

  refresh(fromMs: number): void {
    for (const row of this.#lease.view.rowsFrom(fromMs)) this.#refreshRow(row);
  }

  rowChanged(row: LogicalRow, merged: MergedShares): void {
    const { startMs, dimensionValue } = row;
    if (!this.#wants(dimensionValue)) return;
    for (const { currency, value } of readingsOf(this.feed.series, merged)) {
      this.feed.update({ startMs, dimensionValue, currency }, value);
    }
  }

  rowFailed({ dimensionValue }: LogicalRow, error: unknown): void {
    if (this.#wants(dimensionValue)) this.feed.fail(error);
  }

  tick(nowMs: number): void {
    const firstMs = this.liveFromMs(nowMs - FORGET_AFTER_MS);
    this.#lease.view.forgetBefore(firstMs);
    this.feed.forgetBefore(firstMs);
  }

  close(): void {
    this.#lease.view.listeners.delete(this);
    this.#lease.release();
  }

  #refreshRow(row: LogicalRow): void {
    if (this.#wants(row.dimensionValue)) this.rowChanged(row, row.merged());
  }

  #wants(dimensionValue: string): boolean {
    return this.#values.size === 0 || this.#values.has(dimensionValue);
  }
}
