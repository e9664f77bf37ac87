/**
 * Announces commits across the threads of one process through a shared counter. lmdb shows a commit to other
 * threads at their next read transaction, but tells nobody; polling would cost either CPU or freshness.
 */

/** Slot 0 counts commits, slot 1 is 1 once the environment failed for good. */
const COUNTER = 0;
const FAILED = 1;

/** A wait ends after this long at the latest, so that a lost wake-up costs a moment and not the stream. */
const WAIT_MS_MAX = 1_000;

/** Part of ES2024; Node 20 has it, the type library of our target does not. */
interface AsyncAtomics {
  waitAsync(
    slots: Int32Array,
    index: number,
    value: number,
    timeoutMs: number,
  ): { readonly async: true; readonly value: Promise<unknown> } | { readonly async: false };
}

export interface Notifier {
  /** The number of commits announced so far (wraps at 2^31). */
  current(): number;
  /** Whether other threads announce here too; without it, changes of other threads are found by polling. */
  readonly shared: boolean;
  /** Announces a commit to every waiter of every thread. */
  announce(): void;
  /** Resolves once the counter differs from `seen`, when aborted or closed, or after a bounded time; never rejects. */
  changed(seen: number, signal?: AbortSignal): Promise<void>;
  /** Marks the environment as failed, for all threads. */
  markFailed(): void;
  failed(): boolean;
  /** Ends all waits of this handle. */
  close(): void;
}

/** Memory to hand to every thread that opens the same folder. */
export function createNotifierMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/** `memory` absent: commits of other threads are noticed every `pollIntervalMs` (default 20). */
export function openNotifier(memory?: SharedArrayBuffer, pollIntervalMs = 20): Notifier {
  const shared = memory !== undefined;
  const slots = new Int32Array(memory ?? createNotifierMemory());
  const atomics = Atomics as unknown as AsyncAtomics;
  const waiters = new Set<() => void>();
  let watching = false;
  let closed = false;

  function wakeAll(): void {
    const woken = [...waiters];
    waiters.clear();
    for (const wake of woken) wake();
  }

  // One shared wait per handle: a waitAsync cannot be cancelled, so one per reader would leak on abort.
  async function watch(): Promise<void> {
    watching = true;
    while (waiters.size > 0) {
      const outcome = atomics.waitAsync(slots, COUNTER, Atomics.load(slots, COUNTER), WAIT_MS_MAX);
      if (outcome.async) await outcome.value;
      wakeAll();
      // Those woken ask again in this turn's microtasks; let them, before the loop looks.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    watching = false;
  }

  return {
    shared,
    current: () => Atomics.load(slots, COUNTER),
    announce() {
      Atomics.add(slots, COUNTER, 1);
      Atomics.notify(slots, COUNTER);
      wakeAll();
    },
    changed(seen, signal) {
      return new Promise((resolve) => {
        if (closed || signal?.aborted === true || Atomics.load(slots, COUNTER) !== seen) {
          resolve();
          return;
        }
        // The timer keeps the process alive while somebody waits; a pending waitAsync alone does not.
        const timer = setTimeout(finish, shared ? WAIT_MS_MAX : pollIntervalMs);
        function finish(): void {
          clearTimeout(timer);
          waiters.delete(finish);
          signal?.removeEventListener('abort', finish);
          resolve();
        }
        waiters.add(finish);
        signal?.addEventListener('abort', finish, { once: true });
        if (shared && !watching) void watch();
      });
    },
    markFailed() {
      Atomics.store(slots, FAILED, 1);
      Atomics.add(slots, COUNTER, 1);
      Atomics.notify(slots, COUNTER);
      wakeAll();
    },
    failed: () => Atomics.load(slots, FAILED) === 1,
    close() {
      closed = true;
      Atomics.notify(slots, COUNTER);
      wakeAll();
    },
  };
}
