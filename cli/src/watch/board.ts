import type { MetricPoint, MetricResolution } from '@bytebasket/sdk';
import { magnitude } from './format.js';

/** Windows that a row shows as a trend. */
export const TREND_WINDOWS = 30;

export const WINDOW_MS: Readonly<Record<MetricResolution, number>> = {
  '10s': 10_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** One series: a metric, perhaps of one value of the split and one currency. */
export interface BoardRow {
  readonly metric: string;
  readonly split: string;
  /** The window that runs now. */
  readonly current: MetricPoint | undefined;
  /** The newest window that is over. */
  readonly previous: MetricPoint | undefined;
  /** By how many windows ago, 0 being the running one; windows without events are missing. */
  readonly trend: ReadonlyMap<number, number>;
}

/** More than a split has values in one window. */
const SERIES_MAX = 5_000;

/** Windows kept of a series: those of the trend and the running one. */
const WINDOWS_MAX = TREND_WINDOWS + 1;

interface Series {
  readonly metric: string;
  readonly split: string;
  readonly currency: string;
  /** By start, milliseconds. */
  readonly points: Map<number, MetricPoint>;
}

/** What a watch has shown so far: the newest 31 windows of each series, at most 5,000 series. */
export class Board {
  readonly #series = new Map<string, Series>();
  readonly #metrics: readonly string[];
  #refused = 0;

  /** `metrics` in the order in which they are shown. */
  constructor(metrics: readonly string[]) {
    this.#metrics = metrics;
  }

  /** Points that found no room. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a point; a later one of the same window replaces it. */
  take(point: MetricPoint): void {
    const currency = point.value.kind === 'money' ? point.value.money.currency : '';
    const key = JSON.stringify([point.metric, point.dimensionValue, currency]);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= SERIES_MAX) {
        this.#refused++;
        return;
      }
      const { metric, dimensionValue: split } = point;
      series = { metric, split, currency, points: new Map() };
      this.#series.set(key, series);
    }
    series.points.set(point.startTime.getTime(), point);
    if (series.points.size > WINDOWS_MAX) series.points.delete(Math.min(...series.points.keys()));
  }

  /** Rows in the order of the metrics, the largest of a split first; at least one row per metric when nothing is split. */
  rows(resolution: MetricResolution, nowMs: number): readonly BoardRow[] {
    const place = new Map(this.#metrics.map((metric, index) => [metric, index]));
    return [...this.#series.values()]
      .map((series) => ({ series, row: rowOf(series, resolution, nowMs) }))
      .sort(
        (a, b) =>
          (place.get(a.row.metric) ?? 0) - (place.get(b.row.metric) ?? 0) ||
          weight(b.row) - weight(a.row) ||
          a.row.split.localeCompare(b.row.split) ||
          a.series.currency.localeCompare(b.series.currency),
      )
      .map(({ row }) => row);
  }
}

function rowOf(
  { metric, split, points }: Series,
  resolution: MetricResolution,
  nowMs: number,
): BoardRow {
  const trend = new Map<number, number>();
  let current: MetricPoint | undefined;
  let previous: MetricPoint | undefined;
  for (const point of points.values()) {
    const age = windowsAgo(point, WINDOW_MS[resolution], nowMs);
    const size = magnitude(point.value);
    if (size !== undefined) trend.set(age, size);
    if (age === 0) current = newer(current, point);
    else previous = newer(previous, point);
  }
  return { metric, split, current, previous, trend };
}

/** 0 for the window that runs now. A day is as long as it is: 23 to 25 hours. */
function windowsAgo({ endTime }: MetricPoint, windowMs: number, nowMs: number): number {
  const overMs = nowMs - endTime.getTime();
  return overMs < 0 ? 0 : 1 + Math.floor(overMs / windowMs);
}

function newer(one: MetricPoint | undefined, other: MetricPoint): MetricPoint {
  return one === undefined || other.startTime > one.startTime ? other : one;
}

/** What happened lately: so the order changes little when a window begins. */
function weight({ current, previous }: BoardRow): number {
  const size = (point: MetricPoint | undefined) =>
    point === undefined ? 0 : (magnitude(point.value) ?? 0);
  return size(current) + size(previous);
}
