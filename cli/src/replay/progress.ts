import type { TextOutput } from '../output/text-output.js';
import type { Tally } from './tally.js';

const TERMINAL_MS = 200;
const PLAIN_MS = 5_000;

/** Shows rate, position and estimate: one line that is redrawn on a terminal, a line every 5 s elsewhere. */
export function showProgress(
  output: TextOutput,
  tally: Tally,
  total: number | undefined,
): () => Promise<void> {
  const started = performance.now();
  let last = { at: started, settled: 0 };
  const text = () => {
    const now = performance.now();
    const rate = (tally.settled - last.settled) / ((now - last.at) / 1000);
    last = { at: now, settled: tally.settled };
    const of = total === undefined ? '' : ` of ${total}`;
    const overall = tally.settled / ((now - started) / 1000);
    const rest =
      total === undefined || overall === 0
        ? ''
        : `, about ${clock((total - tally.settled) / overall)} left`;
    return `${tally.settled}${of} events, ${Math.round(rate)}/s${rest}`;
  };
  const draw = () => {
    // Progress is a courtesy: a terminal that went away must not end the replay.
    void output.write(output.terminal ? `\r\u001b[K${text()}` : `${text()}\n`);
  };
  const timer = setInterval(draw, output.terminal ? TERMINAL_MS : PLAIN_MS);
  return async () => {
    clearInterval(timer);
    if (output.terminal) await output.write('\r\u001b[K');
  };
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
