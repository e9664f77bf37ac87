import type { PlacedChange } from './update-hub.js';

/** Live changes that wait for one subscriber: at most as many as the bound, else it breaks and holds none. */
export class ChangeQueue {
  readonly #waitingMax: number;
  readonly #wanted: ((change: PlacedChange) => boolean) | undefined;
  #waiting: PlacedChange[] = [];
  #floor: readonly number[] = [];
  #broken = true;
  #wake: (() => void) | undefined;
  #woken = false;

  /** It begins broken: `restart` makes it hold what comes. */
  constructor(waitingMax: number, wanted?: (change: PlacedChange) => boolean) {
    this.#waitingMax = waitingMax;
    this.#wanted = wanted;
  }

  /** Changes are missing since the last `restart`: too many waited, or the hub told a gap. */
  get broken(): boolean {
    return this.#broken;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Holds everything that comes from now on. `floor`: what lies before these offsets is not wanted. */
  restart(floor: readonly number[]): void {
    this.#waiting = [];
    this.#floor = [...floor];
    this.#broken = false;
  }

  break(): void {
    this.#waiting = [];
    this.#broken = true;
    this.wake();
  }

  push(changes: readonly PlacedChange[]): void {
    if (this.#broken) return;
    for (const change of changes) {
      if (change.offset < (this.#floor[change.partition] ?? 0)) continue;
      if (this.#wanted === undefined || this.#wanted(change)) this.#waiting.push(change);
    }
    if (this.#waiting.length > this.#waitingMax) this.break();
    else if (this.#waiting.length > 0) this.wake();
  }

  /** The first `most` changes, or all. */
  take(most: number): readonly PlacedChange[] {
    if (this.#waiting.length > most) return this.#waiting.splice(0, most);
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Resolves at the next `wake`, at once when there was one since the last call. One waiter at a time. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#woken) resolve();
      else this.#wake = resolve;
      this.#woken = false;
    });
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    this.#woken = wake === undefined;
    wake?.();
  }
}
