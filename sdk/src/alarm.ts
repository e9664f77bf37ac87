import type { SdkClock } from './clock.js';

/** Calls back once, some time after it was set. */
export interface Alarm {
  /** Rings after `ms` milliseconds unless it is set already; an earlier time replaces a later one. */
  set(ms: number): void;
  /** Forgets the time that was set. */
  clear(): void;
}

/** One alarm on a clock. `ring` must not throw. */
export function createAlarm(clock: SdkClock, ring: () => void): Alarm {
  let current: { readonly dueMs: number; readonly controller: AbortController } | undefined;

  const clear = (): void => {
    current?.controller.abort();
    current = undefined;
  };
  return {
    clear,
    set(ms) {
      const dueMs = clock.nowMs() + ms;
      if (current !== undefined && current.dueMs <= dueMs) return;
      clear();
      const mine = { dueMs, controller: new AbortController() };
      current = mine;
      clock.sleep(ms, mine.controller.signal).then(
        () => {
          if (current !== mine) return;
          current = undefined;
          ring();
        },
        // A sleep ends early only because the alarm was cleared or set anew.
        () => undefined,
      );
    },
  };
}
