import { abortReason } from '../clock.js';
import { retryDelayMs } from '../connection/backoff.js';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { fromCallError, streamMayRetry } from '../errors/from-call.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { answersOf } from './answers.js';

/** A watch's stream broke; a new one is opened after `delayMs`. `attempt` counts the breaks since the last answer, from 1. */
export interface Reconnecting {
  readonly type: 'reconnecting';
  readonly error: unknown;
  readonly attempt: number;
  readonly delayMs: number;
}

/** What a watch does with its streams. */
export interface WatchScript<Answer, Update> {
  /** Opens a stream; asked again after a break. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Answer>;
  /** What an answer tells the reader; undefined when it tells nothing. */
  readonly take: (answer: Answer) => Update | undefined;
  /** Hears of a break. Returns what to tell the reader, throws to end the watch; default: go on where it may help. */
  readonly broken?: (error: unknown) => Update | undefined;
}

export interface WatchSettings {
  readonly settings: ResolvedOptions;
  /** Each ends the watch; it throws the signal's reason. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Follows a stream over its breaks until the reader stops (`break`), a signal is aborted (throws its reason), or the gateway
 * refuses for good (throws an error of the SDK).
 */
export async function* reconnecting<Answer, Update>(
  { settings, signals }: WatchSettings,
  script: WatchScript<Answer, Update>,
): AsyncGenerator<Update | Reconnecting, void, undefined> {
  const { clock, retry, random, deadlines } = settings;
  const { signal, free } = joined(signals);
  let attempt = 0;
  try {
    for (;;) {
      let error: unknown;
      try {
        const { silenceMs } = deadlines;
        for await (const answer of answersOf({ open: script.open, clock, silenceMs, signal })) {
          attempt = 0;
          const update = script.take(answer);
          if (update !== undefined) yield update;
        }
        error = ended();
      } catch (caught) {
        if (signal.aborted) throw abortReason(signal);
        error = fromCallError(caught);
      }
      const told = script.broken?.(error);
      if (told !== undefined) yield told;
      else if (!streamMayRetry(error)) throw error;
      attempt += 1;
      const delayMs = retryDelayMs({ ...retry, random }, attempt, error);
      yield { type: 'reconnecting', error, attempt, delayMs };
      await clock.sleep(delayMs, signal);
    }
  } finally {
    free();
  }
}

/** One signal for several that live longer: unlike AbortSignal.any it leaves nothing behind. */
function joined(signals: WatchSettings['signals']): { signal: AbortSignal; free: () => void } {
  const controller = new AbortController();
  const frees = signals.map((signal) => {
    const onAbort = (): void => {
      controller.abort(signal?.reason);
    };
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    return () => signal?.removeEventListener('abort', onAbort);
  });
  const free = (): void => {
    for (const one of frees) one();
  };
  return { signal: controller.signal, free };
}

function ended(): ByteBasketError {
  return new ByteBasketError('the gateway ended the watch: it is opened again', {
    reason: 'UNKNOWN',
    code: 'UNAVAILABLE',
    retryable: true,
  });
}
