import { isByteBasketError, type MetricPoint } from '@bytebasket/sdk';
import type { ByteBasket, CliContext } from '../commands/context.js';
import { FirstContact, refusal, RETRY } from '../commands/first-contact.js';
import { didYouMean } from '../config/did-you-mean.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { LiveView, onceView } from './board-view.js';
import { WINDOW_MS } from './board.js';
import { pointText } from './format.js';
import { harmless } from './text-width.js';
import { lineView, type View, type WatchMetricsOptions } from './view.js';

/** What a shop owner looks at first. */
export const DEFAULT_METRICS: readonly string[] = [
  ...['visitors_now', 'visitors', 'sessions', 'page_views', 'product_views', 'searches'],
  ...['cart_adds', 'checkouts', 'orders', 'items_sold', 'revenue', 'average_order_value'],
  ...['cart_abandonment', 'funnel', 'top_products', 'top_products_sold', 'top_search_terms'],
];

/**
 * Follows metrics until Ctrl-C (or the snapshot with `once`): a live board on a terminal, lines elsewhere. Throws CliError
 * when no server answers, when it refuses the key, or for a metric that it does not have.
 */
export async function watchMetrics(
  context: CliContext,
  options: WatchMetricsOptions,
): Promise<void> {
  const contact = new FirstContact(context.connection(options).endpoint);
  const client = await context.connect(options, { retry: RETRY });
  const signal = AbortSignal.any([context.signal, contact.signal]);
  const view = openView(context, options);
  try {
    contact.expect(() => true);
    await follow(client, { options, view, contact, signal });
  } catch (error) {
    if (!context.signal.aborted)
      throw await explained(client, signal.aborted ? signal.reason : error);
  } finally {
    contact.close();
    await view.close();
    await client.close();
  }
}

interface Follow {
  readonly options: WatchMetricsOptions;
  readonly view: View;
  readonly contact: FirstContact;
  readonly signal: AbortSignal;
}

/** Windows after which the start of a watch is too old to ask for again: the server would send far more than is shown. */
const STALE_WINDOWS = 60;

/** Follows until the end; a break long after the start begins a new watch, from a newer start. */
async function follow(client: ByteBasket, { options, view, contact, signal }: Follow) {
  const { metrics, resolution, by, values, once } = options;
  const split = by === undefined ? {} : { dimension: by, dimensionValues: values };
  const series = metrics.map((metric) => ({ metric, resolution, ...split }));
  const { windowsBefore } = view;
  for (let ended = false; !ended;) {
    ended = true;
    const begunMs = Date.now();
    const startTime =
      windowsBefore === undefined
        ? undefined
        : new Date(begunMs - windowsBefore * WINDOW_MS[resolution]);
    const staleMs = begunMs + STALE_WINDOWS * WINDOW_MS[resolution];
    for await (const update of client.metrics.watch({ series, startTime, signal })) {
      if (update.type === 'reconnecting') contact.failed(update.error);
      else contact.answered();
      await view.take(update);
      if (once && update.type === 'snapshot') return;
      if (update.type === 'reconnecting' && startTime && Date.now() > staleMs) {
        ended = false;
        break;
      }
    }
  }
}

function openView(context: CliContext, options: WatchMetricsOptions): View {
  if (options.json) return lineView(context, jsonLine);
  if (options.once) return onceView(context, options);
  if (!context.stdout.terminal) return lineView(context, plainLine);
  return new LiveView(context, options);
}

/** Counts and amounts as they are; 64-bit numbers as text. */
function jsonLine(point: MetricPoint): string {
  return JSON.stringify(point, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function plainLine(point: MetricPoint): string {
  const split = point.dimensionValue === '' ? '' : ` ${harmless(point.dimensionValue)}`;
  return `${point.startTime.toISOString()} ${point.metric}${split} ${pointText(point)}`;
}

/** What the user can do about it: which metrics there are, where a key comes from. */
async function explained(client: ByteBasket, error: unknown): Promise<unknown> {
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
