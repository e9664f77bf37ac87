import type { TextOutput } from '../output/text-output.js';
import { spanOf, type Span } from './imported-events.js';
import { showProgress } from './progress.js';
import type { ReplaySource } from './sources.js';

export interface MeasureOptions {
  readonly currency: string;
  /** Events of each source that count. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Where the progress goes. */
  readonly output: TextOutput;
}

const grouped = new Intl.NumberFormat('en-GB');

/** Reads every source once, to learn how many events it has and which time they span. */
export async function measure(
  sources: readonly ReplaySource[],
  { output, ...options }: MeasureOptions,
): Promise<readonly Span[]> {
  let rows = 0;
  const onRow = () => {
    rows++;
  };
  const stop = showProgress(
    output,
    () => `reading once to fit the speed: ${grouped.format(rows)} rows …`,
  );
  try {
    const spans: Span[] = [];
    for (const source of sources) spans.push(await spanOf(source, { ...options, onRow }));
    return spans;
  } finally {
    await stop();
  }
}
