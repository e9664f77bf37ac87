import type { MetricDimension, MetricPoint, MetricResolution, MetricUpdate } from '@bytebasket/sdk';
import type { ByteBasket, CliContext } from '../commands/context.js';
import { Board, TREND_WINDOWS, WINDOW_MS } from './board.js';
import { valueText } from './format.js';
import { render } from './render.js';

export interface WatchMetricsOptions {
  readonly metrics: readonly string[];
  readonly resolution: MetricResolution;
  readonly by?: MetricDimension | undefined;
  readonly values: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
}

/** What a shop owner looks at first. */
export const DEFAULT_METRICS: readonly string[] = [
  ...['visitors_now', 'visitors', 'sessions', 'page_views', 'product_views', 'searches'],
  ...['cart_adds', 'checkouts', 'orders', 'items_sold', 'revenue', 'average_order_value'],
  ...['cart_abandonment', 'funnel', 'top_products', 'top_products_sold', 'top_search_terms'],
];

const REDRAW_MS = 250;

/** Follows metrics until Ctrl-C (or the snapshot with `once`): a live board on a terminal, lines elsewhere. */
export async function watchMetrics(
  context: CliContext,
  client: ByteBasket,
  options: WatchMetricsOptions,
): Promise<void> {
  const { resolution, by, values } = options;
  const series = options.metrics.map((metric) => ({
    ...{ metric, resolution },
    ...(by === undefined ? {} : { dimension: by, dimensionValues: values }),
  }));
  const startTime = new Date(Date.now() - TREND_WINDOWS * WINDOW_MS[resolution]);
  const view = openView(context, options);
  try {
    for await (const update of client.metrics.watch({
      series,
      startTime,
      signal: context.signal,
    })) {
      await view.take(update);
      if (options.once && update.type === 'snapshot') break;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    await view.close();
  }
}

interface View {
  take(update: MetricUpdate): Promise<void>;
  close(): Promise<void>;
}

function openView(context: CliContext, options: WatchMetricsOptions): View {
  if (options.json) return lineView(context, jsonLine);
  if (options.once) return onceView(context, options);
  if (!context.stdout.terminal) return lineView(context, plainLine);
  return liveView(context, options);
}

/** One line per change. */
function lineView(context: CliContext, line: (point: MetricPoint) => string): View {
  return {
    take: async (update) => {
      if (update.type === 'value') await context.stdout.line(line(update.point));
      if (update.type === 'reconnecting') await context.stderr.line(reconnecting(update));
    },
    close: async () => undefined,
  };
}

const reconnecting = ({ attempt, delayMs }: Extract<MetricUpdate, { type: 'reconnecting' }>) =>
  `connection lost, attempt ${attempt} in ${Math.round(delayMs)} ms …`;

/** Counts and amounts as they are; 64-bit numbers as text. */
function jsonLine(point: MetricPoint): string {
  return JSON.stringify(point, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function plainLine(point: MetricPoint): string {
  const split = point.dimensionValue === '' ? '' : ` ${point.dimensionValue}`;
  const mark = point.approximate ? '~' : '';
  return `${point.startTime.toISOString()} ${point.metric}${split} ${mark}${valueText(point.value)}`;
}

function boardLines(
  board: Board,
  context: CliContext,
  options: { resolution: MetricResolution; status: string },
) {
  const { stdout, env } = context;
  return render(board.rows(), {
    ...options,
    columns: stdout.columns(),
    lines: stdout.terminal ? stdout.rows() : Number.POSITIVE_INFINITY,
    nowMs: Date.now(),
    colour: stdout.terminal && !env['NO_COLOR'],
  });
}

function onceView(context: CliContext, options: WatchMetricsOptions): View {
  const board = new Board(options.metrics);
  return {
    take: async (update) => {
      if (update.type === 'value') board.take(update.point);
      if (update.type !== 'snapshot') return;
      const status = `windows of ${options.resolution}, ${new Date().toISOString()}`;
      const lines = boardLines(board, context, { resolution: options.resolution, status });
      for (const line of lines) await context.stdout.line(line);
    },
    close: async () => undefined,
  };
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** A board that is redrawn in place, at most four times a second. */
function liveView(context: CliContext, options: WatchMetricsOptions): View {
  const board = new Board(options.metrics);
  let connection = 'connecting …';
  const draw = async () => {
    const status = `ByteBasket · windows of ${options.resolution} · ${connection} · Ctrl-C ends`;
    const lines = boardLines(board, context, { resolution: options.resolution, status });
    await context.stdout.write(
      `\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`,
    );
  };
  let drawing = context.stdout.write(ENTER).then(draw);
  const timer = setInterval(() => {
    drawing = drawing.then(draw);
  }, REDRAW_MS);
  return {
    take: async (update) => {
      if (update.type === 'value') board.take(update.point);
      else if (update.type === 'reconnecting') connection = reconnecting(update);
      else connection = `live, ${new Date().toISOString().slice(11, 19)} UTC`;
    },
    close: async () => {
      clearInterval(timer);
      await drawing;
      await context.stdout.write(LEAVE);
    },
  };
}
