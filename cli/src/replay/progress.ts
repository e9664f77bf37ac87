import type { TextOutput } from '../output/text-output.js';
import type { Tally } from './tally.js';

const TERMINAL_MS = 200;
const PLAIN_MS = 5_000;

/** Shows what `text` says: one line that is redrawn on a terminal, a line every 5 s elsewhere. Returns its end. */
export function showProgress(output: TextOutput, text: () => string): () => Promise<void> {
  const draw = () => {
    // Progress is a courtesy: a terminal that went away must not end the replay.
    void output.write(
      output.terminal ? `\r\u001b[K${text().slice(0, output.columns() - 1)}` : `${text()}\n`,
    );
  };
  const timer = setInterval(draw, output.terminal ? TERMINAL_MS : PLAIN_MS);
  return async () => {
    clearInterval(timer);
    if (output.terminal) await output.write('\r\u001b[K');
  };
}

const grouped = new Intl.NumberFormat('en-GB');

/** `12,000 of 50,000 events, 1,200/s, about 0:32 left`. The rate is of the time since the text before. */
export function replayProgress(tally: Tally, total: number | undefined): () => string {
  const started = performance.now();
  let last = { at: started, settled: 0 };
  return () => {
    const now = performance.now();
    const seconds = (now - last.at) / 1000;
    const rate = seconds > 0 ? (tally.settled - last.settled) / seconds : 0;
    last = { at: now, settled: tally.settled };
    const bad = tally.badRows === 0 ? '' : `, ${grouped.format(tally.badRows)} bad rows`;
    const speed = `${grouped.format(Math.round(rate))}/s`;
    if (total === undefined) return `${grouped.format(tally.settled)} events, ${speed}${bad}`;
    const of = `${grouped.format(tally.settled)} of ${grouped.format(total)} events`;
    const overall = tally.settled / ((now - started) / 1000);
    const left = overall > 0 ? `, about ${clock((total - tally.settled) / overall)} left` : '';
    return `${of}, ${speed}${left}${bad}`;
  };
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
