import { setTimeout as delay } from 'node:timers/promises';

/** How fast a replay runs: as fast as the server takes events, or `factor` times the speed of the source's own clock. */
export type Speed = 'max' | { readonly factor: number };

/** Longest wait that a timer can do is 2^31 - 1 ms; longer ones would end at once. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/** Waits shorter than this are not worth a timer. */
const WAIT_MS_MIN = 2;

/** Time as the pacer sees it: a hook for tests. */
export interface PacerClock {
  /** Milliseconds that only grow. */
  nowMs(): number;
  /** Rejects with AbortError when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const MACHINE: PacerClock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
};

/** Waits until an event is due. Events out of order, and those that come late, are due at once. */
export class Pacer {
  readonly #speed: Speed;
  readonly #signal: AbortSignal;
  readonly #clock: PacerClock;
  #startedAt: number | undefined;
  #firstMs = 0;

  constructor(speed: Speed, signal: AbortSignal, clock: PacerClock = MACHINE) {
    this.#clock = clock;
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Resolves when an event of that time is due; the first one is at once. Throws the signal's reason. */
  async due(timeMs: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#speed === 'max') return;
    if (this.#startedAt === undefined) {
      this.#startedAt = this.#clock.nowMs();
      this.#firstMs = timeMs;
    }
    const dueAt = this.#startedAt + (timeMs - this.#firstMs) / this.#speed.factor;
    for (;;) {
      const waitMs = dueAt - this.#clock.nowMs();
      if (waitMs <= WAIT_MS_MIN) return;
      await this.#sleep(Math.min(waitMs, WAIT_MS_MAX));
    }
  }

  async #sleep(waitMs: number): Promise<void> {
    try {
      await this.#clock.sleep(waitMs, this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    }
  }
}
