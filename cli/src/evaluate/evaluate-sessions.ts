import { resolve } from 'node:path';
import {
  DEFAULT_KNN_SETTINGS,
  type KnnSettings,
} from '@bytebasket/server/recommendation/models/knn-settings';
import { SessionIndex } from '@bytebasket/server/recommendation/models/session-index';
import type { CliContext } from '../commands/context.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { showProgress } from '../replay/progress.js';
import { answerer } from './answers.js';
import { AnswersFile } from './answers-file.js';
import { BadRows } from './bad-rows.js';
import { readCases } from './cases.js';
import { tune, type Tuned } from './tune.js';
import { readTrainRows } from './train-rows.js';
import { TrainSessions } from './train-sessions.js';

/** Share of the training sessions, the newest, that settings are chosen on. */
const HELD_OUT_SHARE = 0.1;
const CLICKS_PER_BREATH = 20_000;
const CASES_PER_BREATH = 200;

export interface EvaluateSessionsOptions {
  readonly train: string;
  readonly cases: string;
  readonly out: string;
  readonly tune: 'on' | 'off';
  /** Stop at the first bad row. */
  readonly strict: boolean;
}

/** What was done, for people and scripts. */
export interface EvaluateSessionsReport {
  readonly train: {
    readonly sessions: number;
    readonly clicks: number;
    readonly items: number;
    readonly badRows: number;
  };
  /** Sessions that the index holds: the newest, as when serving. */
  readonly sessionsHeld: number;
  readonly settings: KnnSettings;
  /** How the settings were chosen; null when they are the defaults. */
  readonly tuned: Omit<Tuned, 'settings'> | null;
  readonly cases: { readonly answered: number; readonly badRows: number };
}

/** What the steps share. */
interface Work {
  readonly context: CliContext;
  readonly options: EvaluateSessionsOptions;
  /** Says what is being done. */
  readonly say: (text: string) => void;
}

/**
 * Builds the recommender that serves from training sessions, chooses its settings on the newest tenth of them, and answers
 * every case. Bad rows are counted, told and left out. Throws CliError for files that cannot be used, and the signal's
 * reason; then there is no file of answers.
 */
export async function evaluateSessions(
  context: CliContext,
  options: EvaluateSessionsOptions,
): Promise<EvaluateSessionsReport> {
  const paths = {
    train: resolve(context.cwd, options.train),
    cases: resolve(context.cwd, options.cases),
    out: resolve(context.cwd, options.out),
  };
  if (paths.out === paths.train || paths.out === paths.cases) {
    throw new CliError(`--out ${options.out} is one of the files that are read`, {
      remedy: 'Name another file.',
      exitCode: EXIT.usage,
    });
  }
  let text = 'starting';
  const stop = showProgress(context.stderr, () => text);
  const say = (next: string) => (text = next);
  const work: Work = { context, options: { ...options, ...paths }, say };
  try {
    return await run(work);
  } finally {
    await stop();
  }
}

async function run(work: Work): Promise<EvaluateSessionsReport> {
  const { sessions, bad } = await readTrain(work);
  const train = {
    sessions: sessions.size,
    clicks: sessions.clicks,
    items: sessions.items,
    badRows: bad.count,
  };
  const { index, tuned } = await buildIndex(work, sessions);
  const settings = tuned?.settings ?? DEFAULT_KNN_SETTINGS;
  const cases = await answerCases(work, answerer(index, settings));
  const chosen =
    tuned === undefined
      ? null
      : {
          questions: tuned.questions,
          hr20: tuned.hr20,
          mrr20: tuned.mrr20,
          before: tuned.before,
        };
  return { train, sessionsHeld: index.size, settings, tuned: chosen, cases };
}

async function readTrain({ context, options, say }: Work) {
  const sessions = new TrainSessions();
  const bad = new BadRows(options.train, options.strict);
  let rows = 0;
  for await (const row of readTrainRows(options.train)) {
    if ('error' in row) bad.add(row);
    else sessions.add(row);
    if (++rows % CLICKS_PER_BREATH === 0) {
      say(`reading ${options.train}: ${rows} rows`);
      context.signal.throwIfAborted();
    }
  }
  for (const line of bad.told()) await context.stderr.line(line);
  if (sessions.clicks > 0) return { sessions, bad };
  throw new CliError(`--train ${options.train} has no usable row`, {
    remedy: 'Give rows of session_id,pos,item_id or session_id,pos,item_id,time_s.',
    exitCode: EXIT.usage,
  });
}

/** Settings are chosen on an index of the older sessions; then the newer ones join it. */
async function buildIndex({ context, options, say }: Work, sessions: TrainSessions) {
  const index = new SessionIndex();
  const heldOut: (readonly string[])[] = [];
  const older = options.tune === 'on' ? Math.ceil(sessions.size * (1 - HELD_OUT_SHARE)) : Infinity;
  let key = 0;
  let clicks = 0;
  const add = async (items: readonly string[]) => {
    key++;
    for (const item of items) {
      index.append(key, item, 0);
      if (++clicks % CLICKS_PER_BREATH !== 0) continue;
      say(`indexing: ${clicks} of ${sessions.clicks} clicks`);
      await breathe(context.signal);
    }
  };
  let seen = 0;
  for (const items of sessions.inOrder()) {
    if (seen++ < older) await add(items);
    else heldOut.push(items);
  }
  if (options.tune === 'off') return { index, tuned: undefined };
  const progress = (done: number, total: number) =>
    say(`choosing settings on the newest ${heldOut.length} sessions: ${done} of ${total}`);
  const tuned = await tune(index, heldOut, { signal: context.signal, progress });
  for (const items of heldOut) await add(items);
  return { index, tuned };
}

async function answerCases(
  { context, options, say }: Work,
  answer: ReturnType<typeof answerer>,
): Promise<EvaluateSessionsReport['cases']> {
  const bad = new BadRows(options.cases, options.strict);
  const file = await AnswersFile.open(options.out);
  let answered = 0;
  try {
    for await (const asked of readCases(options.cases)) {
      if ('error' in asked) {
        bad.add(asked);
        continue;
      }
      const items = answer(asked).map((item) => (asked.numeric ? numbered(item) : item));
      await file.line(JSON.stringify({ case: asked.id, items }));
      if (++answered % CASES_PER_BREATH !== 0) continue;
      say(`answering: ${answered} cases`);
      await breathe(context.signal);
    }
    await file.finish();
  } catch (error) {
    await file.abandon();
    throw error;
  }
  for (const line of bad.told()) await context.stderr.line(line);
  // Some answers are missing: a script must not take the file for whole.
  if (bad.count > 0) context.setExitCode(EXIT.failed);
  return { answered, badRows: bad.count };
}

/** The item as a JSON number where it is one: training files are text, cases may hold numbers. */
function numbered(item: string): string | number {
  const value = Number(item);
  return String(value) === item ? value : item;
}

/** Lets progress be drawn and Ctrl-C be heard. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
