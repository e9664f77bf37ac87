import { orAbort } from '../clock.js';

/** Calls that wait until a batch number is settled. */
export interface Flushes {
  /** Resolves when the number is settled; rejects by `fail` or by the signal. */
  wait(number: number, signal: AbortSignal | undefined): Promise<void>;
  /** Call after a batch was settled. */
  check(): void;
  /** Ends all waits with an error. */
  fail(error: Error): void;
}

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createFlushes(settledNumber: () => number): Flushes {
  const waiters = new Set<Waiter>();
  return {
    async wait(number, signal) {
      let waiter: Waiter | undefined;
      const settled = new Promise<void>((resolve, reject) => {
        waiter = { number, resolve, reject };
        waiters.add(waiter);
      });
      try {
        await orAbort(settled, signal);
      } finally {
        if (waiter !== undefined) waiters.delete(waiter);
      }
    },
    check() {
      if (waiters.size === 0) return;
      const settled = settledNumber();
      for (const waiter of waiters) {
        if (waiter.number <= settled) waiter.resolve();
      }
    },
    fail(error) {
      for (const waiter of waiters) waiter.reject(error);
    },
  };
}
