import {
  isByteBasketError,
  type MetricDimension,
  type MetricPoint,
  type MetricResolution,
  type MetricUpdate,
} from '@bytebasket/sdk';
import type { ByteBasket, CliContext, ConnectionFlags } from '../commands/context.js';
import { refusal } from '../commands/first-contact.js';
import { didYouMean } from '../config/did-you-mean.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { LiveView, onceView } from './board-view.js';
import { TREND_WINDOWS, WINDOW_MS } from './board.js';
import { pointText } from './format.js';
import { inWatch } from './in-watch.js';
import { harmless } from './text-width.js';
import { jsonLine, lineView, type View } from './view.js';

/** What a shop owner looks at first. */
export const DEFAULT_METRICS: readonly string[] = [
  ...['visitors_now', 'visitors', 'sessions', 'page_views', 'product_views', 'searches'],
  ...['cart_adds', 'checkouts', 'orders', 'items_sold', 'revenue', 'average_order_value'],
  ...['cart_abandonment', 'funnel', 'top_products', 'top_products_sold', 'top_search_terms'],
];

export interface WatchMetricsOptions extends ConnectionFlags {
  readonly metrics: readonly string[];
  readonly resolution: MetricResolution;
  readonly by?: MetricDimension | undefined;
  readonly values: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
}

/**
 * Follows metrics until Ctrl-C (or the snapshot with `once`): a live board on a terminal, lines elsewhere. Throws CliError
 * when no server answers, when it refuses the key, or for a metric that it does not have.
 */
export async function watchMetrics(
  context: CliContext,
  options: WatchMetricsOptions,
): Promise<void> {
  const { view, windowsBefore } = openView(context, options);
  await inWatch<MetricUpdate>(context, {
    flags: options,
    view,
    follow: (watch) => follow({ ...watch, options, windowsBefore }),
    explain: explained,
  });
}

interface Follow {
  readonly client: ByteBasket;
  readonly signal: AbortSignal;
  readonly show: (update: MetricUpdate) => Promise<void>;
  readonly options: WatchMetricsOptions;
  /** Windows before the current one that are shown; undefined for the default of a watch, one. */
  readonly windowsBefore: number | undefined;
}

/** Windows after which the start of a watch is too old to ask for again: the server would send far more than is shown. */
const STALE_WINDOWS = 60;

/** Follows until the end; a break long after the start begins a new watch, from a newer start. */
async function follow({ client, signal, show, options, windowsBefore }: Follow) {
  const { metrics, resolution, by, values, once } = options;
  const split = by === undefined ? {} : { dimension: by, dimensionValues: values };
  const series = metrics.map((metric) => ({ metric, resolution, ...split }));
  for (let ended = false; !ended;) {
    ended = true;
    const begunMs = Date.now();
    const startTime =
      windowsBefore === undefined
        ? undefined
        : new Date(begunMs - windowsBefore * WINDOW_MS[resolution]);
    const staleMs = begunMs + STALE_WINDOWS * WINDOW_MS[resolution];
    for await (const update of client.metrics.watch({ series, startTime, signal })) {
      await show(update);
      if (once && update.type === 'snapshot') return;
      if (update.type === 'reconnecting' && startTime && Date.now() > staleMs) {
        ended = false;
        break;
      }
    }
  }
}

function openView(context: CliContext, options: WatchMetricsOptions) {
  const lines = (line: (point: MetricPoint) => string): View<MetricUpdate> =>
    lineView(context, (update) => (update.type === 'value' ? line(update.point) : undefined));
  if (options.json) return { view: lines(jsonLine), windowsBefore: undefined };
  if (!options.once && !context.stdout.terminal) {
    return { view: lines(plainLine), windowsBefore: undefined };
  }
  const view = options.once ? onceView(context, options) : new LiveView(context, options);
  return { view, windowsBefore: TREND_WINDOWS };
}

function plainLine(point: MetricPoint): string {
  const split = point.dimensionValue === '' ? '' : ` ${harmless(point.dimensionValue)}`;
  return `${point.startTime.toISOString()} ${point.metric}${split} ${pointText(point)}`;
}

/** What the user can do about it: which metrics there are, where a key comes from. */
async function explained(error: unknown, client: ByteBasket): Promise<unknown> {
  if (!isByteBasketError(error) || error.reason !== 'METRIC_UNKNOWN') return refusal(error);
  const names = (await client.metrics.list()).map(({ metric }) => metric);
  const wrong = error.metadata['metric'] ?? '';
  const close = didYouMean(wrong, names);
  const hint = close === undefined ? '' : `Did you mean '${close}'? `;
  return new CliError(`there is no metric '${wrong}'`, {
    remedy: `${hint}There are ${names.join(', ')}.`,
    exitCode: EXIT.usage,
    cause: error,
  });
}
