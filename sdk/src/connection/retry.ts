import { abortReason, type SdkClock } from '../clock.js';
import { isByteBasketError } from '../errors/byte-basket-error.js';
import { fromCallError } from '../errors/from-call.js';
import { reasonNotYet } from '../errors/reasons.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { retryDelayMs } from './backoff.js';

export interface ReadCallOptions {
  readonly retry: ResolvedOptions['retry'];
  readonly random: () => number;
  readonly clock: SdkClock;
  /** For all attempts together, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What one attempt of a call gets. */
export interface Attempt {
  /** Milliseconds left. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls something that may be called twice (a read, or what carries an id of its own), again after a failure that may pass,
 * until it answers, the attempts are used up or the deadline would pass. Obeys the delay that the gateway asks for; while the
 * gateway is only not that far yet, the deadline alone counts. Throws errors of the SDK.
 */
export async function callRead<T>(
  options: ReadCallOptions,
  call: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { retry, random, clock, deadlineMs, signal } = options;
  const endMs = clock.nowMs() + deadlineMs;
  let attempts = 0;
  for (;;) {
    try {
      const deadline = Math.max(1, endMs - clock.nowMs());
      return await call(signal === undefined ? { deadline } : { deadline, signal });
    } catch (caught) {
      if (signal?.aborted === true) throw abortReason(signal);
      const error = fromCallError(caught);
      if (!isByteBasketError(error) || !error.retryable) throw error;
      // Waiting for the gateway to get that far is no failed attempt, and needs no longer and longer delays.
      const failed = !reasonNotYet(error.reason);
      if (failed) attempts += 1;
      const delayMs = retryDelayMs({ ...retry, random }, Math.max(1, attempts), error);
      const late = clock.nowMs() + delayMs >= endMs;
      if (late || (failed && attempts >= retry.readAttemptsMax)) throw error;
      await clock.sleep(delayMs, signal);
    }
  }
}
