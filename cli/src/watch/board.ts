import type { MetricPoint, MetricResolution } from '@bytebasket/sdk';

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
  /** Newest window last; gaps are windows without events. */
  readonly points: readonly MetricPoint[];
}

const ROWS_MAX = 500;

/** What a watch has shown so far: the newest windows of each series. At most 500 series. */
export class Board {
  readonly #rows = new Map<
    string,
    { metric: string; split: string; points: Map<number, MetricPoint> }
  >();
  readonly #order: readonly string[];

  /** `metrics` in the order in which they are shown. */
  constructor(metrics: readonly string[]) {
    this.#order = metrics;
  }

  take(point: MetricPoint): void {
    const currency = point.value.kind === 'money' ? point.value.money.currency : '';
    const key = `${point.metric} ${point.dimensionValue} ${currency}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= ROWS_MAX) return;
      row = { metric: point.metric, split: point.dimensionValue, points: new Map() };
      this.#rows.set(key, row);
    }
    row.points.set(point.startTime.getTime(), point);
    if (row.points.size > TREND_WINDOWS + 1) {
      row.points.delete(Math.min(...row.points.keys()));
    }
  }

  /** Rows by metric, then by size. */
  rows(): readonly BoardRow[] {
    const place = (metric: string) => this.#order.indexOf(metric);
    return [...this.#rows.values()]
      .map(({ metric, split, points }) => ({
        metric,
        split,
        points: [...points.values()].sort((a, b) => a.startTime.getTime() - b.startTime.getTime()),
      }))
      .sort((a, b) => place(a.metric) - place(b.metric) || weight(b) - weight(a));
  }
}

function weight(row: BoardRow): number {
  const value = row.points.at(-1)?.value;
  return value?.kind === 'count'
    ? value.count
    : value?.kind === 'money'
      ? Number(value.money.amount)
      : 0;
}
