import type { MetricResolution, MetricUpdate } from '@bytebasket/sdk';
import type { CliContext } from '../commands/context.js';
import { Board } from './board.js';
import { ConnectionStatus } from './connection-status.js';
import { LiveScreen, type Screen } from './live-screen.js';
import { render } from './render.js';
import type { View } from './view.js';
import type { WatchMetricsOptions } from './watch-metrics.js';

const LENGTHS: Readonly<Record<MetricResolution, string>> = {
  '10s': '10 seconds',
  minute: '1 minute',
  hour: '1 hour',
  day: '1 day',
};

function linesOf(
  board: Board,
  options: WatchMetricsOptions,
  screen: Screen & { readonly status: string },
): string[] {
  const { metrics, resolution, by } = options;
  const split = by !== undefined;
  const lines = render(board.rows(resolution, Date.now()), { ...screen, metrics, split });
  return board.refused === 0 ? lines : [...lines, 'too many series to show all: name some values'];
}

/** The board once, when the snapshot is there. */
export function onceView({ stdout }: CliContext, options: WatchMetricsOptions): View<MetricUpdate> {
  const board = new Board(options.metrics);
  return {
    take: async (update) => {
      if (update.type === 'value') board.take(update.point);
      if (update.type !== 'snapshot') return;
      const status = `windows of ${LENGTHS[options.resolution]}, ${new Date().toISOString()}`;
      const columns = stdout.columns();
      const screen = { columns, lines: Number.POSITIVE_INFINITY, colour: false, status };
      for (const line of linesOf(board, options, screen)) await stdout.line(line);
    },
    close: () => Promise.resolve(),
  };
}

/** A board that is redrawn in place. */
export class LiveView implements View<MetricUpdate> {
  readonly #options: WatchMetricsOptions;
  readonly #screen: LiveScreen;
  readonly #status = new ConnectionStatus();
  #board: Board;
  /** Collects the snapshot after a break; what it does not have is gone. */
  #next: Board | undefined;

  constructor(context: CliContext, options: WatchMetricsOptions) {
    this.#options = options;
    this.#board = new Board(options.metrics);
    this.#screen = new LiveScreen(context, (screen) => {
      const connection = this.#status.text(Date.now());
      const length = LENGTHS[options.resolution];
      const status = `ByteBasket · ${length} · ${connection} · Ctrl-C ends`;
      return linesOf(this.#board, options, { ...screen, status });
    });
  }

  take: View<MetricUpdate>['take'] = (update) => {
    if (update.type === 'value') (this.#next ?? this.#board).take(update.point);
    if (update.type === 'checkpoint') this.#status.answered();
    if (update.type === 'snapshot') {
      this.#board = this.#next ?? this.#board;
      this.#next = undefined;
      this.#status.answered();
    }
    if (update.type === 'reconnecting') {
      this.#next = new Board(this.#options.metrics);
      this.#status.broken(update);
    }
    return Promise.resolve();
  };

  async close(): Promise<void> {
    await this.#screen.close();
  }
}
