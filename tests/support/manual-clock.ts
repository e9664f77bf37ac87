import type { Clock } from '@bytebasket/server/ports/clock';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time by `ms` (0 or more) and wakes every sleeper whose time has come, earliest first. */
  advance(ms: number): Promise<void>;
  /** Sets the time, also backwards: nobody wakes early, nobody wakes twice. */
  set(nowMs: number): Promise<void>;
  /** How many sleepers wait. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** `startMs` is milliseconds since the Unix epoch; the default is 2026-01-01T00:00:00Z. */
export function manualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs;
  let sleepers: Sleeper[] = [];

  async function wakeDue(): Promise<void> {
    const due = sleepers.filter((one) => one.wakeMs <= now).sort((a, b) => a.wakeMs - b.wakeMs);
    sleepers = sleepers.filter((one) => one.wakeMs > now);
    for (const one of due) one.wake();
    // One turn of the event loop, so that what the sleepers do next has begun when this resolves.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  return {
    nowMs: () => now,
    get sleepers() {
      return sleepers.length;
    },
    sleep(ms, signal) {
      if (!(ms >= 0)) return Promise.reject(new RangeError(`sleep of ${ms} ms: use 0 or more`));
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const abort = (): void => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          wakeMs: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        if (ms === 0) {
          resolve();
          return;
        }
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.push(sleeper);
      });
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`advance by ${ms} ms: use 0 or more`);
      now += ms;
      await wakeDue();
    },
    async set(nowMs) {
      now = nowMs;
      await wakeDue();
    },
  };
}
