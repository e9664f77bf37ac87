import type {
  MetricsServiceDefinition,
  WatchMetricsRequest,
  WatchMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Client } from 'nice-grpc';
import type { DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { createAlarm } from '../alarm.js';
import { abortReason } from '../clock.js';
import { retryDelayMs } from '../connection/backoff.js';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { fromCallError, streamMayRetry } from '../errors/from-call.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { pointOf, type MetricPoint } from './point.js';

/** What a watch delivers. */
export type MetricUpdate =
  /** A window's value, absolute: it replaces what came before under the same `pointKey`. */
  | { readonly type: 'value'; readonly point: MetricPoint }
  /** The current windows are complete: what came since the start (or the last `reconnecting`) was the snapshot. */
  | { readonly type: 'snapshot'; readonly watermarkTime: Date | undefined }
  /** Every event appended to the log up to `watermarkTime` is in the values delivered. At least every 10 seconds. */
  | { readonly type: 'checkpoint'; readonly watermarkTime: Date | undefined }
  /** The stream broke. After `delayMs` a new one begins with a new snapshot, so nothing is missed. `attempt` counts the breaks since the last answer, from 1. */
  | {
      readonly type: 'reconnecting';
      readonly error: unknown;
      readonly attempt: number;
      readonly delayMs: number;
    };

export type MetricsClient = Client<MetricsServiceDefinition, DeadlineOptions>;

export interface WatchOptions {
  readonly client: MetricsClient;
  readonly request: WatchMetricsRequest;
  readonly settings: ResolvedOptions;
  readonly signal: AbortSignal | undefined;
}

/**
 * Watches until the reader stops (`break`), the signal is aborted (throws its reason), or the gateway refuses for good
 * (throws an error of the SDK). Reading slowly is safe: the gateway conflates, the newest value always arrives.
 */
export async function* watchMetrics(
  options: WatchOptions,
): AsyncGenerator<MetricUpdate, void, undefined> {
  const { settings, signal } = options;
  const { clock, retry, random } = settings;
  let attempt = 0;
  for (;;) {
    let error: unknown;
    try {
      for await (const update of watchOnce(options)) {
        attempt = 0;
        yield update;
      }
      error = ended();
    } catch (caught) {
      if (signal?.aborted === true) throw abortReason(signal);
      error = fromCallError(caught);
      if (!streamMayRetry(error)) throw error;
    }
    attempt += 1;
    const delayMs = retryDelayMs({ ...retry, random }, attempt, error);
    yield { type: 'reconnecting', error, attempt, delayMs };
    await clock.sleep(delayMs, signal);
  }
}

/** One stream from its opening to its end. */
async function* watchOnce(options: WatchOptions): AsyncGenerator<MetricUpdate, void, undefined> {
  const { client, request, settings, signal } = options;
  const { silenceMs } = settings.deadlines;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort();
  };
  const state = { silent: false };
  const alarm = createAlarm(settings.clock, () => {
    state.silent = true;
    controller.abort();
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  alarm.set(silenceMs);
  try {
    let checkpoints = 0;
    for await (const answer of client.watchMetrics(request, { signal: controller.signal })) {
      // Only the wait for the gateway counts as silence, not the time that the reader takes.
      alarm.clear();
      const update = updateOf(answer, checkpoints);
      if (update?.type === 'snapshot' || update?.type === 'checkpoint') checkpoints += 1;
      if (update !== undefined) yield update;
      alarm.set(silenceMs);
    }
  } catch (error) {
    throw state.silent ? silence(silenceMs) : error;
  } finally {
    alarm.clear();
    signal?.removeEventListener('abort', onAbort);
    controller.abort();
  }
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

function ended(): ByteBasketError {
  return new ByteBasketError('the gateway ended the watch: it is opened again', {
    reason: 'UNKNOWN',
    code: 'UNAVAILABLE',
    retryable: true,
  });
}

function silence(silenceMs: number): ByteBasketError {
  return new ByteBasketError(`the watch was silent for ${silenceMs} ms: it is opened again`, {
    reason: 'DEADLINE_EXCEEDED',
    code: 'DEADLINE_EXCEEDED',
    retryable: true,
  });
}
