import type { Clock } from '../clock.js';
import { isPortError, type PortError } from '../errors.js';
import type { TableStore } from '../table-store.js';

/** Bounds of the retries. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Calls in all, 1 or more; default 6. */
  readonly attemptsMax?: number;
  /** Longest first wait, milliseconds; doubles with each attempt; default 20. */
  readonly waitMs?: number;
  /** Longest wait of all, milliseconds; default 2,000. */
  readonly waitMsMax?: number;
  /** From 0 to below 1; default `Math.random`. */
  readonly random?: () => number;
  /** Told before each wait; for metrics. */
  readonly retried?: (operation: string, error: PortError) => void;
  /** Ends the waiting: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Calls `write`, `remove` and `get` again when they fail with a retryable PortError (Unavailable, Throttled): they are
 * idempotent. Waits a random time below a doubling bound (full jitter), never less than the error's `retryAfterMs`;
 * after `attemptsMax` calls the last error comes through. `compareAndSet` is left alone, because one that was applied
 * and not answered would look lost; so are `scan`, which streams, and `expire`, which is called again anyway.
 * Source of the jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function retryingTableStore(store: TableStore, options: RetryOptions): TableStore {
  return {
    capabilities: store.capabilities,
    write: (table, rows) => retry('write', () => store.write(table, rows), options),
    remove: (table, rows) => retry('remove', () => store.remove(table, rows), options),
    get: (table, key) => retry('get', () => store.get(table, key), options),
    scan: (table, partitionKey, scan) => store.scan(table, partitionKey, scan),
    compareAndSet: (table, change) => store.compareAndSet(table, change),
    expire: (nowMs) => store.expire(nowMs),
    close: () => store.close(),
  };
}

async function retry<T>(
  operation: string,
  call: () => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { attemptsMax = 6, waitMs = 20, waitMsMax = 2_000, random = Math.random } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isPortError(error) || !error.retryable || attempt >= attemptsMax) throw error;
      options.retried?.(operation, error);
      const bound = Math.min(waitMsMax, waitMs * 2 ** (attempt - 1));
      const wait = Math.max(random() * bound, error.retryAfterMs ?? 0);
      await options.clock.sleep(wait, options.signal);
    }
  }
}
