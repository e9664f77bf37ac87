import { setTimeout as delay } from 'node:timers/promises';

/** How fast a replay runs: as fast as the server takes events, or `factor` times the speed of the source's own clock. */
export type Speed = 'max' | { readonly factor: number };

/** Waits until an event is due. Events out of order are due at once. */
export class Pacer {
  readonly #speed: Speed;
  readonly #signal: AbortSignal;
  #startedAt: number | undefined;
  #firstMs = 0;

  constructor(speed: Speed, signal: AbortSignal) {
    this.#speed = speed;
    this.#signal = signal;
  }

  async due(timeMs: number): Promise<void> {
    if (this.#speed === 'max') return;
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      this.#firstMs = timeMs;
    }
    const dueAt = this.#startedAt + (timeMs - this.#firstMs) / this.#speed.factor;
    const waitMs = dueAt - performance.now();
    if (waitMs > 2) await delay(waitMs, undefined, { signal: this.#signal });
  }
}
