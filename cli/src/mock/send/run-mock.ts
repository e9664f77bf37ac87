import { resolve } from 'node:path';
import type { CliContext, ConnectionFlags } from '../../commands/context.js';
import { EXIT } from '../../output/cli-error.js';
import type { MockSettings } from '../settings.js';
import { LinesFile } from './lines-file.js';
import { sendEvents } from './send-events.js';
import type { MockTotals } from './totals.js';
import { writeEvents } from './write-events.js';

export interface MockOptions extends ConnectionFlags {
  readonly settings: MockSettings;
  /** Milliseconds of the events' own times; undefined goes on until it is stopped. */
  readonly durationMs: number | undefined;
  /** Share of payments that are asked about before they are tried, 0 to 1. */
  readonly score: number;
  /** File to write events to instead of sending them. */
  readonly out?: string | undefined;
  /** File to write the truth about payments to. */
  readonly truth?: string | undefined;
}

/** One run of the mock shop. */
export interface MockRun {
  readonly context: CliContext;
  readonly options: MockOptions;
  readonly totals: MockTotals;
  readonly truth: LinesFile | undefined;
}

/**
 * Runs the mock shop until its duration is over or it is stopped, counting in `totals`. To be stopped is a usual end. The
 * exit code is 1 when an event was rejected or not answered. Throws CliError when no server answers at the start, and for
 * files that cannot be written.
 */
export async function runMock(
  context: CliContext,
  options: MockOptions,
  totals: MockTotals,
): Promise<void> {
  const truth = await openFile(context, options.truth, '--truth');
  const run: MockRun = { context, options, totals, truth };
  try {
    const out = await openFile(context, options.out, '--out');
    if (out === undefined) await sendEvents(run);
    else await writeEvents(run, out);
  } finally {
    await truth?.close();
  }
  const sent = options.out === undefined;
  if (sent && totals.rejected + totals.unanswered > 0) context.setExitCode(EXIT.failed);
}

async function openFile(
  { cwd }: CliContext,
  path: string | undefined,
  flag: string,
): Promise<LinesFile | undefined> {
  return path === undefined ? undefined : await LinesFile.open(resolve(cwd, path), flag);
}
