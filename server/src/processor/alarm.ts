import type { Clock } from '../ports/clock.js';
import { sleepUnlessAborted } from '../retry/retry.js';

/** Something to wait for, with one waiter at a time. A ring that nobody waited for is remembered, once. */
export interface Alarm {
  ring(): void;
  /** Resolves with true when rung, or with false after `ms` milliseconds when given. */
  wait(ms?: number): Promise<boolean>;
}

export function createAlarm(clock: Clock): Alarm {
  let rung = false;
  let waiter: AbortController | undefined;
  return {
    ring() {
      rung = true;
      waiter?.abort();
    },
    async wait(ms) {
      if (!rung) {
        const { signal } = (waiter = new AbortController());
        await (ms === undefined ? aborted(signal) : sleepUnlessAborted(clock, ms, signal));
        waiter = undefined;
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
