import type { MetricResolution } from '@bytebasket/sdk';
import type { CliContext } from '../commands/context.js';
import { Board, TREND_WINDOWS } from './board.js';
import { render } from './render.js';
import { reconnectingText, type View, type WatchMetricsOptions } from './view.js';

const REDRAW_MS = 250;

const LENGTHS: Readonly<Record<MetricResolution, string>> = {
  '10s': '10 seconds',
  minute: '1 minute',
  hour: '1 hour',
  day: '1 day',
};

/** Another screen without cursor and line wrap, so that what was there before comes back in the end. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Terminals that know these marks show a frame at once; others ignore them. */
const FRAME = { begin: '\u001b[?2026h\u001b[H', end: '\u001b[J\u001b[?2026l' };

function linesOf(
  board: Board,
  options: WatchMetricsOptions,
  screen: { columns: number; lines: number; colour: boolean; status: string },
): string[] {
  const { metrics, resolution, by } = options;
  const split = by !== undefined;
  const lines = render(board.rows(resolution, Date.now()), { ...screen, metrics, split });
  return board.refused === 0 ? lines : [...lines, 'too many series to show all: name some values'];
}

/** The board once, when the snapshot is there. */
export function onceView({ stdout }: CliContext, options: WatchMetricsOptions): View {
  const board = new Board(options.metrics);
  return {
    windowsBefore: TREND_WINDOWS,
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

/** A board that is redrawn in place at most four times a second, and only when something changed. */
export class LiveView implements View {
  readonly windowsBefore = TREND_WINDOWS;
  readonly #context: CliContext;
  readonly #options: WatchMetricsOptions;
  readonly #timer: NodeJS.Timeout;
  #board: Board;
  /** Collects the snapshot after a break; what it does not have is gone. */
  #next: Board | undefined;
  /** What is wrong; undefined while values come. */
  #connection: string | undefined = 'connecting …';
  /** Whether a server ever answered. */
  #before = false;
  #drawn = '';
  #drawing: Promise<void>;
  #busy = true;

  constructor(context: CliContext, options: WatchMetricsOptions) {
    this.#context = context;
    this.#options = options;
    this.#board = new Board(options.metrics);
    this.#drawing = context.stdout.write(ENTER).finally(() => (this.#busy = false));
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  take: View['take'] = (update) => {
    if (update.type === 'value') (this.#next ?? this.#board).take(update.point);
    if (update.type === 'checkpoint') this.#connection = undefined;
    if (update.type === 'snapshot') {
      this.#board = this.#next ?? this.#board;
      this.#next = undefined;
      this.#before = true;
      this.#connection = undefined;
    }
    if (update.type === 'reconnecting') {
      this.#next = new Board(this.#options.metrics);
      this.#connection = reconnectingText(update, this.#before);
    }
    return Promise.resolve();
  };

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#drawing;
    await this.#context.stdout.write(LEAVE);
  }

  /** A terminal that is slower than we are gets fewer frames. */
  #draw(): void {
    if (this.#busy) return;
    const frame = this.#frame();
    if (frame === this.#drawn) return;
    this.#drawn = frame;
    this.#busy = true;
    this.#drawing = this.#context.stdout.write(frame).finally(() => (this.#busy = false));
  }

  #frame(): string {
    const { stdout, env } = this.#context;
    const length = LENGTHS[this.#options.resolution];
    const connection = this.#connection ?? `live ${new Date().toISOString().slice(11, 19)} UTC`;
    const lines = linesOf(this.#board, this.#options, {
      columns: stdout.columns(),
      lines: stdout.rows(),
      colour: !env['NO_COLOR'],
      status: `ByteBasket · ${length} · ${connection} · Ctrl-C ends`,
    });
    const text = lines.slice(0, stdout.rows()).map((line) => `\u001b[K${line}`);
    return `${FRAME.begin}${text.join('\r\n')}${FRAME.end}`;
  }
}
