import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Where a command writes text. */
export interface TextOutput {
  /** True for a terminal: colours, progress that redraws, live views. Otherwise plain lines. */
  readonly terminal: boolean;
  /** Width of the terminal in characters; 100 elsewhere. */
  columns(): number;
  /** Height of the terminal in lines; 40 elsewhere. */
  rows(): number;
  /** Writes text as it is. Resolves when more may be written, so a slow reader slows the writer down. */
  write(text: string): Promise<void>;
  /** Writes text and a line end. */
  line(text?: string): Promise<void>;
}

type TerminalStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** Text output on a stream of the process. A reader that went away (`| head`) ends writing without an error. */
export function streamOutput(stream: TerminalStream): TextOutput {
  async function write(text: string): Promise<void> {
    if (stream.destroyed || stream.writableEnded) return;
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
  }
  return {
    terminal: stream.isTTY === true,
    columns: () => stream.columns ?? 100,
    rows: () => stream.rows ?? 40,
    write,
    line: (text = '') => write(`${text}\n`),
  };
}
