import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/errors.js';

const BASE_MS = 20;
const MAX_MS = 5_000;

/**
 * Delay before attempt `attempt` + 1 (1 or more): full jitter, a random time up to 20 ms x 2^attempt, at most 5 s; at
 * least `retryAfterMs` when the error names it. Source: M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015.
 */
export function backoffMs(attempt: number, retryAfterMs = 0): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.min(MAX_MS, retryAfterMs + Math.random() * ceiling);
}

/** Unavailable and Throttled: the same call may succeed later. */
export function retryable(error: unknown): boolean {
  return isPortError(error) && error.retryable;
}

/** A failure that is tried again after a while. */
export interface Retry {
  /** What was tried, such as `write rows`. */
  readonly action: string;
  /** From 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
}

export interface RetryOptions {
  readonly clock: Clock;
  /** Once aborted, the failure of the current attempt is thrown instead of retried. */
  readonly signal: AbortSignal;
  readonly retried?: ((retry: Retry) => void) | undefined;
}

/** Runs `attempt` until it succeeds, fails for good, or `signal` is aborted. */
export type Retrying = <T>(action: string, attempt: () => Promise<T>) => Promise<T>;

/**
 * Makes a function that repeats what fails with a retryable PortError, for ever, with bounded delays: what waits
 * behind it is bounded by its caller. The last failure is thrown when the signal is aborted.
 */
export function retrying({ clock, signal, retried }: RetryOptions): Retrying {
  const stopped = (): boolean => signal.aborted;
  return async (action, attempt) => {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (!retryable(error) || stopped()) throw error;
        const hint = isPortError(error) ? error.retryAfterMs : undefined;
        const delayMs = backoffMs(attempts, hint);
        retried?.({ action, attempt: attempts, delayMs, error });
        await sleepUnlessAborted(clock, delayMs, signal);
        if (stopped()) throw error;
      }
    }
  };
}

/** Sleeps; an abort ends the sleep early and is not an error. */
export async function sleepUnlessAborted(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
