import type { Clock } from '../../ports/clock.js';
import type { EventLog } from '../../ports/event-log.js';
import type { TableStore } from '../../ports/table-store.js';
import { retrying, sleepUnlessAborted } from '../../retry/retry.js';
import { answer } from './answer.js';
import { SERVING_TOPICS } from './input.js';
import type { FromServing, ServingAnswer, ServingRequest, ToServing } from './protocol.js';
import { ReadModel, type ReadModelBounds } from './read-model.js';
import type { Positions } from './state-pieces.js';
import { type SavedState, StateStore } from './state-store.js';
import type { TransitionRule } from './suspects.js';
import { Tail, type TailObserver } from './tail.js';

const SAVE_INTERVAL_MS = 30_000;
/** A save that took long is followed by a pause of so many times its length. */
const SAVE_PAUSE_FACTOR = 20;

/** What operators may want to know; everything is optional. */
export interface ServingObserver extends TailObserver {
  /** The saved state cannot be used: the model is built from the log. */
  readonly stateLost?: ((why: string) => void) | undefined;
  readonly saved?: ((bytes: number) => void) | undefined;
  readonly answered?: ((kind: ServingRequest['kind'], seconds: number) => void) | undefined;
}

export interface ServingOptions {
  /** Has user-activity, transactions and fraud-decisions. */
  readonly log: EventLog;
  /** Holds SERVING_TABLES. */
  readonly tables: TableStore;
  readonly clock: Clock;
  /** Ends it: the state is saved once more. */
  readonly signal: AbortSignal;
  /** Sends to whoever asks. Synchronous. */
  readonly post: (message: FromServing) => void;
  /** Which way alerts may go: what the alerts themselves hold to. */
  readonly alertTransition: TransitionRule;
  /** Called once, when the model holds all that the log held at the start. */
  readonly onReady?: (() => void) | undefined;
  /** Whose saved state this is; default `embedded`. */
  readonly owner?: string | undefined;
  readonly bounds?: Partial<ReadModelBounds> | undefined;
  /** Milliseconds, default 30,000. */
  readonly saveIntervalMs?: number | undefined;
  readonly observe?: ServingObserver | undefined;
}

/** A read model at work. */
export interface Serving {
  /** Takes a message of whoever asks. */
  receive(message: ToServing): void;
  readonly model: ReadModel;
  /** Resolves once it was ended and saved; rejects when it cannot go on. */
  readonly ended: Promise<void>;
}

/**
 * Restores the read model from its table, follows the log from there and answers. Resolves when it follows; it refuses to
 * answer until it has caught up. Rejects when neither table nor log can be read.
 */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { log, tables, clock, observe = {} } = options;
  const owner = options.owner ?? 'embedded';
  const store = new StateStore({ tables, owner, nowMs: () => clock.nowMs() });
  const { model, positions } = await restore(options, store);
  const watched = new Map<string, number>();
  let ready = false;
  const tail: Tail = new Tail({
    ...observe,
    log,
    clock,
    positions,
    apply: (input) => model.apply(input),
    applied: () => {
      tellChanges(model, watched, options.post);
      if (ready || !tail.caughtUp) return;
      ready = true;
      options.onReady?.();
    },
  });
  await tail.open();
  const responder = { options, model, tail, watched };
  return {
    model,
    receive: (message) => receive(responder, message),
    ended: follow(options, { model, tail, store, positions }),
  };
}

interface Restored {
  readonly model: ReadModel;
  readonly positions: Positions;
}

async function restore(options: ServingOptions, store: StateStore): Promise<Restored> {
  const { alertTransition, bounds, observe } = options;
  const saved = await store.load();
  if (saved !== undefined) {
    try {
      await assertInLog(options.log, saved);
      const model = new ReadModel({ alertTransition, bounds, chunks: saved.chunks });
      return { model, positions: saved.positions };
    } catch (error) {
      // A saved state saves time and nothing else: whatever is wrong with it, the log has it all.
      observe?.stateLost?.(String(error));
    }
  }
  await store.clear();
  return { model: new ReadModel({ alertTransition, bounds }), positions: {} };
}

/** A state beyond the end of the log is of another log. */
async function assertInLog(log: EventLog, { positions }: SavedState): Promise<void> {
  for (const topic of SERVING_TOPICS) {
    for (const { partition, end } of await log.bounds(topic)) {
      const next = positions[topic]?.[partition] ?? 0;
      if (next <= end) continue;
      const at = `${topic}/${partition}`;
      throw new Error(`the saved state is at offset ${next} of ${at}, which ends at ${end}`);
    }
  }
}

interface Followed extends Restored {
  readonly tail: Tail;
  readonly store: StateStore;
}

/** Follows the log until aborted and saves the state every now and then. */
async function follow(options: ServingOptions, followed: Followed): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const save = saver(options, followed);
  let failure: { readonly error: unknown } | undefined;
  const saving = saveRepeatedly(options, { save, signal }).catch((error: unknown) => {
    failure ??= { error };
    stop.abort();
  });
  try {
    await followed.tail.run(signal);
  } finally {
    stop.abort();
    await saving;
  }
  if (failure !== undefined) throw failure.error;
  await save();
}

/** Saves what changed since the last time; does nothing when nothing did. */
function saver(options: ServingOptions, followed: Followed): () => Promise<void> {
  const { model, tail, store } = followed;
  const { clock, signal, observe } = options;
  const persist = retrying({ clock, signal });
  let saved = JSON.stringify(followed.positions);
  return async () => {
    const positions = tail.positions();
    const text = JSON.stringify(positions);
    if (text === saved) return;
    // Taken at once: state and position belong together, while the model goes on.
    const chunks = model.changedChunks();
    await persist('save the state of recommendations', () => store.save({ positions, chunks }));
    saved = text;
    observe?.saved?.([...chunks.values()].reduce((sum, one) => sum + (one?.length ?? 0), 0));
  };
}

async function saveRepeatedly(
  { clock, saveIntervalMs = SAVE_INTERVAL_MS }: ServingOptions,
  { save, signal }: { readonly save: () => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  let pauseMs = saveIntervalMs;
  for (;;) {
    await sleepUnlessAborted(clock, pauseMs, signal);
    if (signal.aborted) return;
    const started = performance.now();
    await save();
    pauseMs = Math.max(saveIntervalMs, (performance.now() - started) * SAVE_PAUSE_FACTOR);
  }
}

interface Responder {
  readonly options: ServingOptions;
  readonly model: ReadModel;
  readonly tail: Tail;
  /** Visitor keys with how many watch them. */
  readonly watched: Map<string, number>;
}

function receive(responder: Responder, message: ToServing): void {
  const { options, watched } = responder;
  switch (message.kind) {
    case 'ask':
      respond(responder, message).then(options.post, (error: unknown) => {
        options.post({ kind: 'failed', id: message.id, message: String(error) });
      });
      break;
    case 'watch':
      watched.set(message.visitor, (watched.get(message.visitor) ?? 0) + 1);
      break;
    case 'unwatch': {
      const left = (watched.get(message.visitor) ?? 0) - 1;
      if (left > 0) watched.set(message.visitor, left);
      else watched.delete(message.visitor);
      break;
    }
  }
}

async function respond(
  { options, model, tail }: Responder,
  { id, request }: Extract<ToServing, { readonly kind: 'ask' }>,
): Promise<FromServing> {
  if (!tail.caughtUp) return { kind: 'starting', id };
  // First the watermark: the model may only know more than it says.
  const watermarkMs = await tail.watermarkMs();
  const started = performance.now();
  const result: ServingAnswer =
    request.kind === 'watermark'
      ? { items: [], filtered: 0, watermarkMs }
      : { ...answer(model, request), watermarkMs };
  options.observe?.answered?.(request.kind, (performance.now() - started) / 1_000);
  return { kind: 'answer', id, answer: result };
}

function tellChanges(
  model: ReadModel,
  watched: ReadonlyMap<string, number>,
  post: (message: FromServing) => void,
): void {
  const actors = model.takeActors();
  if (watched.size === 0) return;
  const changed = new Set(actors.flatMap((actor) => model.visitors.keysOf(actor)));
  const visitors = [...changed].filter((key) => watched.has(key));
  if (visitors.length > 0) post({ kind: 'changed', visitors });
}
