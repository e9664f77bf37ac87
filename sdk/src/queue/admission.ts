import { abortReason } from '../clock.js';
import { QueueFullError } from '../errors/errors.js';
import type { Overflow } from '../options/options.js';
import { Fifo } from './fifo.js';

/** Calls that gave up and may stay in line, besides as many as still wait. */
const GONE_MAX = 64;

export interface AdmissionOptions {
  /** Events that may be queued and unanswered. */
  readonly eventsMax: number;
  /** Their bytes. */
  readonly bytesMax: number;
  readonly overflow: Overflow;
  /** Calls that may wait for room under `wait`; further ones are refused. */
  readonly waitersMax: number;
  /** Frees the room of the oldest event that was never sent; false when there is none. */
  readonly dropOldest: () => boolean;
}

interface Waiter {
  readonly size: number;
  /** Ends the wait with room, or with an error. */
  readonly end: (error: Error | undefined) => void;
  /** True once its signal was aborted: it stays in line, but nobody waits. */
  gone: boolean;
}

/**
 * Keeps the queue's bounds. An event holds its room from its admission until the gateway answered it (or it was
 * dropped), so what is in flight counts too.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #waiters = new Fifo<Waiter>();
  #waiting = 0;
  #blocked: Error | undefined;
  #events = 0;
  #bytes = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Takes room that is held already, without asking: events of an earlier process. */
  occupy(events: number, bytes: number): void {
    this.#events += events;
    this.#bytes += bytes;
  }

  /** Takes room for one event at once; false when there is none or others wait before it. */
  tryAdmit(size: number): boolean {
    if (this.#waiting > 0 || !this.#fits(size)) return false;
    this.occupy(1, size);
    return true;
  }

  /**
   * Applies the overflow policy to an event that found no room. Resolves true with room taken, in the order of the
   * calls; `admitted` runs at that very moment, so that the order of the calls is the order of the queue. Resolves false
   * when this event is to be dropped. Rejects with QueueFullError or the signal's reason.
   */
  overflow(size: number, admitted: () => void, signal: AbortSignal | undefined): Promise<boolean> {
    const { overflow, waitersMax } = this.#options;
    if (overflow === 'reject') return Promise.reject(this.#full('make room or choose overflow'));
    if (overflow === 'drop-newest') return Promise.resolve(false);
    if (overflow === 'drop-oldest') return Promise.resolve(this.#admitByDropping(size, admitted));
    if (this.#blocked !== undefined) return Promise.reject(this.#blocked);
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    if (this.#waiting >= waitersMax) {
      return Promise.reject(this.#full(`${waitersMax} calls wait already: await track()`));
    }
    return this.#wait(size, admitted, signal);
  }

  /** Gives room back and lets waiting calls in. */
  release(events: number, bytes: number): void {
    this.#events -= events;
    this.#bytes -= bytes;
    for (let first = this.#waiters.at(0); first !== undefined; first = this.#waiters.at(0)) {
      if (!first.gone && !this.#fits(first.size)) return;
      this.#waiters.shift();
      if (first.gone) continue;
      this.occupy(1, first.size);
      first.end(undefined);
    }
  }

  /** Refuses every waiting call, and until `unblock` every call that would wait: nothing will make room. */
  block(error: Error): void {
    this.#blocked = error;
    for (let first = this.#waiters.shift(); first !== undefined; first = this.#waiters.shift()) {
      if (!first.gone) first.end(error);
    }
  }

  unblock(): void {
    this.#blocked = undefined;
  }

  /** An event that is larger than the whole queue is let in when the queue is empty: it could never fit otherwise. */
  #fits(size: number): boolean {
    if (this.#events === 0) return true;
    const { eventsMax, bytesMax } = this.#options;
    return this.#events < eventsMax && this.#bytes + size <= bytesMax;
  }

  #admitByDropping(size: number, admitted: () => void): boolean {
    while (!this.#fits(size)) {
      if (!this.#options.dropOldest()) return false;
    }
    this.occupy(1, size);
    admitted();
    return true;
  }

  #wait(size: number, admitted: () => void, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting -= 1;
        waiter.gone = true;
        this.#forgetGone();
        if (signal !== undefined) reject(abortReason(signal));
      };
      const waiter: Waiter = {
        size,
        gone: false,
        end: (error) => {
          this.#waiting -= 1;
          signal?.removeEventListener('abort', onAbort);
          if (error !== undefined) {
            reject(error);
            return;
          }
          admitted();
          resolve(true);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting += 1;
      this.#waiters.push(waiter);
    });
  }

  /** Those who gave up stay in line until they are many: leaving at once would cost a look at the whole line each. */
  #forgetGone(): void {
    if (this.#waiters.length < 2 * this.#waiting + GONE_MAX) return;
    this.#waiters.retain((one) => !one.gone);
  }

  #full(remedy: string): QueueFullError {
    const { eventsMax, bytesMax } = this.#options;
    return new QueueFullError(
      `the queue holds ${this.#events} events of ${this.#bytes} bytes (at most ${eventsMax} and ${bytesMax}): ${remedy}`,
      { events: String(this.#events), bytes: String(this.#bytes) },
    );
  }
}
