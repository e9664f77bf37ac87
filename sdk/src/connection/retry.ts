import { abortReason, type SdkClock } from '../clock.js';
import { isByteBasketError } from '../errors/byte-basket-error.js';
import { fromCallError } from '../errors/from-call.js';
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
 * Calls something that reads, again after a failure that may pass, until it answers, the attempts are used up or the
 * deadline would pass. Obeys the delay that the gateway asks for. Throws errors of the SDK.
 */
export async function callRead<T>(
  options: ReadCallOptions,
  call: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { retry, random, clock, deadlineMs, signal } = options;
  const endMs = clock.nowMs() + deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const deadline = Math.max(1, endMs - clock.nowMs());
      return await call(signal === undefined ? { deadline } : { deadline, signal });
    } catch (caught) {
      if (signal?.aborted === true) throw abortReason(signal);
      const error = fromCallError(caught);
      const delayMs = retryDelayMs({ ...retry, random }, attempt, error);
      const last = attempt >= retry.readAttemptsMax || clock.nowMs() + delayMs >= endMs;
      if (last || !isByteBasketError(error) || !error.retryable) throw error;
      await clock.sleep(delayMs, signal);
    }
  }
}
