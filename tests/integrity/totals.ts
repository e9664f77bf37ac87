import { setTimeout as delay } from 'node:timers/promises';
import { Resolution, type Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { createChannel, createClient } from 'nice-grpc';

/** Events counted over all windows of a run. */
export interface Totals {
  readonly pageViews: number;
  readonly productViews: number;
}

const SERIES = ['page_views', 'product_views'].map((metric) => ({
  metric,
  resolution: Resolution.HOUR,
}));
const SINCE = new Date(Date.now() - 2 * 3_600_000);

const countOf = (point: Point) => (point.value?.$case === 'count' ? Number(point.value.value) : 0);
const sum = (points: Iterable<Point>, metric: string) =>
  [...points]
    .filter((point) => point.metric === metric)
    .reduce((total, point) => total + countOf(point), 0);
const totalsOf = (points: readonly Point[]): Totals => ({
  pageViews: sum(points, 'page_views'),
  productViews: sum(points, 'product_views'),
});

/** The totals as the tables show them. */
export async function queryTotals(endpoint: string): Promise<Totals> {
  const channel = createChannel(endpoint);
  try {
    const client = createClient(MetricsServiceDefinition, channel);
    const { points } = await client.queryMetrics({
      series: SERIES,
      startTime: SINCE,
      endTime: new Date(),
    });
    return totalsOf(points);
  } finally {
    channel.close();
  }
}

/**
 * Keeps the newest value of every window seen on a subscription that reconnects after each break. A window's count must
 * never become smaller, whatever happens in between: that would be an older value shown after a newer one.
 */
export class TotalsWatcher {
  readonly broken: string[] = [];
  readonly #points = new Map<string, Point>();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(endpoint: string) {
    this.#done = this.#run(endpoint);
  }

  totals(): Totals {
    return totalsOf([...this.#points.values()]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(endpoint: string): Promise<void> {
    const channel = createChannel(endpoint, undefined, {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 300,
    });
    const client = createClient(MetricsServiceDefinition, channel);
    while (!this.#stop.signal.aborted) {
      try {
        const request = { series: SERIES, startTime: SINCE };
        for await (const { event } of client.watchMetrics(request, { signal: this.#stop.signal })) {
          if (event?.$case === 'value') this.#take(event.value);
        }
      } catch {
        // The product was killed, or the run is over: connect again for a new snapshot.
      }
      await delay(50);
    }
    channel.close();
  }

  #take(point: Point): void {
    const key = `${point.metric} ${String(point.startTime?.getTime())}`;
    const before = this.#points.get(key);
    if (before !== undefined && countOf(point) < countOf(before)) {
      this.broken.push(`${key} went from ${countOf(before)} back to ${countOf(point)}`);
    }
    this.#points.set(key, point);
  }
}
