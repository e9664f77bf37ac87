import type { ServiceModule } from '../gateway/service-module.js';
import type { UpdateHub } from '../gateway/watch/update-hub.js';
import type { Clock } from '../ports/clock.js';
import type { TableStore } from '../ports/table-store.js';
import { listMetrics } from './list.js';
import { queryMetrics } from './query.js';
import { WIRE_METRICS_DEFINITION, type WireMetricsDefinition } from './service-definition.js';
import { MetricsWatch, type WatchLimits } from './watch/watch.js';
import { Windows } from './windows.js';

const LIMITS: WatchLimits = { subscribersMax: 2_000, seriesMax: 10_000, pendingMax: 4_096 };

export interface MetricsServiceOptions {
  /** Holds METRIC_TABLES. */
  readonly tables: TableStore;
  readonly hub: UpdateHub;
  readonly clock: Clock;
  /** The shop's, the same as the fold's: IANA name. */
  readonly timeZone: string;
  /** Defaults: 2,000 subscriptions, 10,000 distinct series, 4,096 waiting points a subscription. */
  readonly limits?: Partial<WatchLimits> | undefined;
  /** Told of failures behind watches that go on, such as a log that is away. Default: nobody is told. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface MetricsService {
  readonly module: ServiceModule<WireMetricsDefinition>;
  /** Ends all watches with SHUTTING_DOWN. The tables and the hub stay open: they belong to the caller. */
  close(): void;
}

/** Opens MetricsService over the tables of the fold. Throws RangeError when the time zone is not known. */
export function openMetricsService(options: MetricsServiceOptions): MetricsService {
  const { tables, clock } = options;
  const windows = new Windows(options.timeZone);
  const watch = new MetricsWatch({
    tables,
    hub: options.hub,
    clock,
    windows,
    limits: { ...LIMITS, ...options.limits },
    onFailure: options.onFailure ?? ((): void => undefined),
  });
  return {
    module: {
      definition: WIRE_METRICS_DEFINITION,
      implementation: {
        listMetrics: (request) =>
          new Promise((resolve) => {
            resolve(listMetrics(request));
          }),
        queryMetrics: (request, { signal }) =>
          queryMetrics({ tables, windows }, { request, signal, nowMs: clock.nowMs() }),
        watchMetrics: (request, { signal }) => watch.subscribe(request, signal),
      },
    },
    close: () => {
      watch.close();
    },
  };
}
