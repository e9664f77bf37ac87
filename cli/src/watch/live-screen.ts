import type { CliContext } from '../commands/context.js';

const REDRAW_MS = 250;

/** Another screen without cursor and line wrap, so that what was there before comes back in the end. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Terminals that know these marks show a frame at once; others ignore them. */
const FRAME = { begin: '\u001b[?2026h\u001b[H', end: '\u001b[J\u001b[?2026l' };

/** What a frame may use. */
export interface Screen {
  /** Cells of a line, and lines; infinite where nothing limits them. */
  readonly columns: number;
  readonly lines: number;
  readonly colour: boolean;
}

/** A screen of the terminal that is redrawn in place at most four times a second, and only when something changed. */
export class LiveScreen {
  readonly #context: CliContext;
  readonly #lines: (screen: Screen) => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #drawn = '';
  #drawing: Promise<void>;
  #busy = true;

  /** `lines` is asked for the lines to show; what does not fit is cut off below. */
  constructor(context: CliContext, lines: (screen: Screen) => readonly string[]) {
    this.#context = context;
    this.#lines = lines;
    this.#drawing = context.stdout.write(ENTER).finally(() => (this.#busy = false));
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** Gives the terminal back. */
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
    const rows = stdout.rows();
    const lines = this.#lines({
      columns: stdout.columns(),
      lines: rows,
      colour: !env['NO_COLOR'],
    });
    const text = lines.slice(0, rows).map((line) => `\u001b[K${line}`);
    return `${FRAME.begin}${text.join('\r\n')}${FRAME.end}`;
  }
}
