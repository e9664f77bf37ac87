import {
  MetricsServiceDefinition,
  type WatchMetricsRequest,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Connection } from '../connection/connection.js';
import { callRead } from '../connection/retry.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { paged, type Paged } from '../reading/paged.js';
import { callOptions, type ReadOptions } from '../reading/read-options.js';
import { descriptionOf, pointOf, type MetricDescription, type MetricPoint } from './point.js';
import { selectorsOf, type SeriesInput } from './selector.js';
import { watchMetrics, type MetricUpdate } from './watch.js';

/** Points that `await metrics.query()` collects at most. */
const POINTS_MAX = 100_000;
const METRICS_MAX = 10_000;
const LIST_PAGE_SIZE = 500;

/** What to ask for. */
export interface MetricQuery extends ReadOptions {
  /** The series, 1 to 50. */
  readonly series: readonly SeriesInput[];
  /** Windows that start at or after this; default 60 windows before `endTime`. */
  readonly startTime?: Date | undefined;
  /** Windows that start before this; default now. */
  readonly endTime?: Date | undefined;
  /** Points per page, 1 to 10,000; default 1,000. */
  readonly pageSize?: number | undefined;
}

/** What to watch. */
export interface MetricWatch {
  /** The series, 1 to 50, in one stream. */
  readonly series: readonly SeriesInput[];
  /** Windows of the snapshot: those that start at or after this; default the current window and the one before. */
  readonly startTime?: Date | undefined;
  /** Ends the watch; the loop throws the signal's reason. Leaving the loop with `break` ends it too. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads of the metrics that the gateway serves. Errors: METRIC_UNKNOWN, DIMENSION_UNKNOWN, RANGE_TOO_LARGE, KEY_INVALID, SCOPE_MISSING. */
export interface Metrics {
  /** Every metric with its meaning, unit, splits and error bound, ordered by name. */
  list(options?: ReadOptions): Promise<readonly MetricDescription[]>;
  /**
   * Points of a range of time, ordered by series of the query, window, value of the split, currency. Windows without events
   * are left out. Await it for all points (at most 100,000), or loop over it with `for await`, which holds a page at a time.
   */
  query(query: MetricQuery): Paged<MetricPoint>;
  /**
   * The current windows (the snapshot), then every change, for as long as the loop runs. Reconnects by itself, with a
   * new snapshot; see `MetricUpdate`. Nothing is asked before the first turn of the loop.
   */
  watch(watch: MetricWatch): AsyncIterable<MetricUpdate>;
}

export function createMetrics(connection: Connection, settings: ResolvedOptions): Metrics {
  const client = connection.clients.create(MetricsServiceDefinition, connection.channel);
  return {
    async list(options = {}) {
      const fetch = async (pageToken: string) => {
        const request = { pageSize: LIST_PAGE_SIZE, pageToken };
        const page = await callRead(callOptions(settings, options), (attempt) =>
          client.listMetrics(request, attempt),
        );
        return { items: page.metrics.map(descriptionOf), nextPageToken: page.nextPageToken };
      };
      return await paged({ fetch, itemsMax: METRICS_MAX });
    },
    query(query) {
      const { startTime, endTime, pageSize = 0 } = query;
      const base = { series: selectorsOf(query.series), startTime, endTime, pageSize };
      const fetch = async (pageToken: string) => {
        const page = await callRead(callOptions(settings, query), (attempt) =>
          client.queryMetrics({ ...base, pageToken }, attempt),
        );
        return { items: page.points.map(pointOf), nextPageToken: page.nextPageToken };
      };
      return paged({ fetch, itemsMax: POINTS_MAX });
    },
    watch(watch) {
      const request: WatchMetricsRequest = {
        series: selectorsOf(watch.series),
        resumeToken: '',
        startTime: watch.startTime,
      };
      return {
        [Symbol.asyncIterator]: () =>
          watchMetrics({ client, request, settings, signals: [watch.signal, connection.closed] }),
      };
    },
  };
}
