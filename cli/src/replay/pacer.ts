import { setTimeout as delay } from 'node:timers/promises';

/** How fast a replay runs: as fast as the server takes events, or `factor` times the speed of the source's own clock. */
export type Speed = 'max' | { readonly factor: number };

/** Longest wait that a timer can do is 2^31 - 1 ms; longer ones would end at once. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/** Waits shorter than this are not worth a timer. */
const WAIT_MS_MIN = 2;

/** Waits until an event is due. Events out of order, and those that come late, are due at once. */
export class Pacer {
  readonly #speed: Speed;
  readonly #signal: AbortSignal;
  #startedAt: number | undefined;
  #firstMs = 0;

  constructor(speed: Speed, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Resolves when an event of that time is due; the first one is at once. Throws the signal's reason. */
  async due(timeMs: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#speed === 'max') return;
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      this.#firstMs = timeMs;
    }
    const dueAt = this.#startedAt + (timeMs - this.#firstMs) / this.#speed.factor;
    for (;;) {
      const waitMs = dueAt - performance.now();
      if (waitMs <= WAIT_MS_MIN) return;
      await this.#sleep(Math.min(waitMs, WAIT_MS_MAX));
    }
  }

  async #sleep(waitMs: number): Promise<void> {
    try {
      await delay(waitMs, undefined, { signal: this.#signal });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    }
  }
}
