import type { ReadCallOptions } from '../connection/retry.js';
import type { ResolvedOptions } from '../options/resolve.js';

/** What every read may say. */
export interface ReadOptions {
  /** Ends the call; it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** For each call (of a list: each page) with its retries, in milliseconds, 1 to 600,000; default `deadlines.readMs`. */
  readonly deadlineMs?: number | undefined;
}

/** How a call is retried and when it ends, from the client's options and the call's own. */
export function callOptions(
  settings: ResolvedOptions,
  { signal, deadlineMs }: ReadOptions,
): ReadCallOptions {
  return {
    retry: settings.retry,
    random: settings.random,
    clock: settings.clock,
    deadlineMs: deadlineMs ?? settings.deadlines.readMs,
    signal,
  };
}
