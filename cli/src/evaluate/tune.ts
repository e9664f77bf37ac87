import {
  DEFAULT_KNN_SETTINGS,
  type KnnSettings,
} from '@bytebasket/server/recommendation/models/knn-settings';
import type { SessionIndex } from '@bytebasket/server/recommendation/models/session-index';
import { SessionRecommender } from '@bytebasket/server/recommendation/models/session-knn';

/** Most questions that a setting is judged by; spread evenly over the held-out sessions. */
const CASES_MAX = 5_000;
const CUTOFF = 20;
/** A setting must be better by this share to replace the default: less is noise. */
const GAIN_MIN = 0.002;

/** Values tried, one setting after the other, each with the best of the others so far. */
const GRID: readonly (readonly [keyof KnnSettings, readonly number[]])[] = [
  ['inh', [1, 2, 4, 8]],
  ['before', [0.4, 0.7, 1]],
  ['popularity', [0, 0.12, 0.25, 0.4]],
  ['spw', [1, 2, 4]],
  ['ipw', [1, 2, 4]],
  ['snh', [0.3, 0.7, 2]],
  ['ln', [0, 0.25, 0.5]],
  ['neighbours', [100, 500, 1_500]],
];

/** A held-out question with its answer. */
interface Question {
  readonly items: readonly string[];
  readonly next: string;
}

/** How good settings are: hits among the first 20, and the mean of 1 / rank (0 beyond 20). */
export interface Quality {
  readonly hr20: number;
  readonly mrr20: number;
}

export interface Tuned extends Quality {
  readonly settings: KnnSettings;
  readonly before: Quality;
  /** Questions that decided. */
  readonly questions: number;
}

export interface TuneOptions {
  readonly signal: AbortSignal;
  /** Called before each setting that is tried. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * Chooses settings by how well an index of the older sessions foretells the held-out newer ones: each value of a small
 * grid, setting by setting. Never looks at cases. Undefined when the held-out sessions ask nothing.
 */
export async function tune(
  index: SessionIndex,
  heldOut: readonly (readonly string[])[],
  { signal, progress }: TuneOptions,
): Promise<Tuned | undefined> {
  const questions = questionsOf(heldOut);
  if (questions.length === 0) return undefined;
  const before = await quality(index, DEFAULT_KNN_SETTINGS, { questions, signal });
  let best = { settings: DEFAULT_KNN_SETTINGS, ...before };
  const total = GRID.reduce((sum, [, values]) => sum + values.length, 0);
  let done = 0;
  for (const [name, values] of GRID) {
    const start = best.settings;
    for (const value of values) {
      progress(done++, total);
      if (start[name] === value) continue;
      const settings = { ...start, [name]: value };
      const found = await quality(index, settings, { questions, signal });
      if (gain(found, best) > GAIN_MIN) best = { settings, ...found };
    }
  }
  return { ...best, before, questions: questions.length };
}

/** Every click of the sessions but their first is a question; of too many, every n-th. */
function questionsOf(sessions: readonly (readonly string[])[]): Question[] {
  const total = sessions.reduce((sum, session) => sum + session.length - 1, 0);
  const step = Math.max(1, Math.ceil(total / CASES_MAX));
  const questions: Question[] = [];
  let at = 0;
  for (const session of sessions) {
    for (let next = 1; next < session.length; next++) {
      if (at++ % step !== 0) continue;
      questions.push({ items: session.slice(0, next), next: session[next] ?? '' });
    }
  }
  return questions;
}

/** Relative gain of both figures together. */
function gain(found: Quality, best: Quality): number {
  const share = (a: number, b: number) => (b === 0 ? Number(a > 0) : a / b - 1);
  return (share(found.hr20, best.hr20) + share(found.mrr20, best.mrr20)) / 2;
}

async function quality(
  index: SessionIndex,
  settings: KnnSettings,
  { questions, signal }: { questions: readonly Question[]; signal: AbortSignal },
): Promise<Quality> {
  const recommender = new SessionRecommender(index, settings);
  let hits = 0;
  let reciprocal = 0;
  for (const [at, { items, next }] of questions.entries()) {
    if (at % 250 === 0) await breathe(signal);
    const place = recommender
      .recommend({ items, k: CUTOFF })
      .findIndex(({ item }) => item === next);
    if (place < 0) continue;
    hits++;
    reciprocal += 1 / (place + 1);
  }
  return { hr20: hits / questions.length, mrr20: reciprocal / questions.length };
}

/** Lets progress be drawn and Ctrl-C be heard. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
