import type {
  MetricsServiceDefinition,
  WatchMetricsRequest,
  WatchMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Client } from 'nice-grpc';
import type { DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { reconnecting, type Reconnecting, type WatchSettings } from '../watching/reconnecting.js';
import { pointOf, type MetricPoint } from './point.js';

/** What a watch delivers. */
export type MetricUpdate =
  /** A window's value, absolute: it replaces what came before under the same `pointKey`. */
  | { readonly type: 'value'; readonly point: MetricPoint }
  /** The current windows are complete: what came since the start (or the last `reconnecting`) was the snapshot. */
  | { readonly type: 'snapshot'; readonly watermarkTime: Date | undefined }
  /** Every event appended to the log up to `watermarkTime` is in the values delivered. At least every 10 seconds. */
  | { readonly type: 'checkpoint'; readonly watermarkTime: Date | undefined }
  /** The stream broke. After `delayMs` a new one begins with a new snapshot, so nothing is missed. */
  | Reconnecting;

export interface WatchMetricsOptions extends WatchSettings {
  readonly client: Client<MetricsServiceDefinition, DeadlineOptions>;
  readonly request: WatchMetricsRequest;
}

/** Watches metrics. Reading slowly is safe: the gateway conflates, the newest value always arrives. */
export function watchMetrics(
  options: WatchMetricsOptions,
): AsyncGenerator<MetricUpdate, void, undefined> {
  const { client, request } = options;
  let checkpoints = 0;
  return reconnecting<WatchMetricsResponse, MetricUpdate>(options, {
    open: (signal) => {
      checkpoints = 0;
      return client.watchMetrics(request, { signal });
    },
    take: (answer) => {
      const update = updateOf(answer, checkpoints);
      if (update !== undefined && update.type !== 'value') checkpoints += 1;
      return update;
    },
  });
}

/** An answer of a kind that this SDK does not know says nothing that can be shown. */
function updateOf(answer: WatchMetricsResponse, checkpoints: number): MetricUpdate | undefined {
  switch (answer.event?.$case) {
    case 'value':
      return { type: 'value', point: pointOf(answer.event.value) };
    case 'checkpoint': {
      const { watermarkTime } = answer.event.value;
      return { type: checkpoints === 0 ? 'snapshot' : 'checkpoint', watermarkTime };
    }
    case undefined:
      return undefined;
  }
}
