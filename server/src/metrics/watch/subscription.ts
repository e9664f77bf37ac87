import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../../gateway/service-error.js';

/** A message that many subscribers get: the newest bytes of one point, or a checkpoint. */
export interface Message {
  /** An encoded WatchMetricsResponse. */
  readonly bytes: Uint8Array;
}

type Step = IteratorResult<Uint8Array, undefined>;

interface Waiting {
  resolve(step: Step): void;
  reject(error: unknown): void;
}

export interface SubscriptionOptions {
  /** Messages of the beginning, before anything live; registers the subscription as its last act. */
  readonly opening: AsyncGenerator<Uint8Array, void, undefined>;
  /** Called once, when the subscription ends in whatever way. */
  readonly onEnd: () => void;
  /** Most live messages that wait. */
  readonly pendingMax: number;
  readonly signal: AbortSignal;
}

/**
 * What one subscriber is still to get. Messages wait by reference and are read when they leave, so a slow subscriber
 * gets the newest value of each point and costs one set entry for it. A hand-written iterator: a generator would cost
 * two more promises for every message.
 */
export class Subscription implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #options: SubscriptionOptions;
  readonly #pending = new Set<Message>();
  #opening: AsyncGenerator<Uint8Array, void, undefined> | undefined;
  #checkpoint: Message | undefined;
  #waiting: Waiting | undefined;
  #snapshotSize = 0;
  #error: unknown;
  #ended = false;
  /** Whether a value was pushed since the last checkpoint. */
  changed = false;
  /** When the last checkpoint was pushed, by the clock of the watch. */
  checkpointAtMs = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#opening = options.opening;
    options.signal.addEventListener('abort', this.#onAbort);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Queues the snapshot, which may be larger than the bound of what waits. */
  start(messages: readonly Message[]): void {
    for (const message of messages) this.#pending.add(message);
    this.#snapshotSize = this.#pending.size;
  }

  /** Queues the newest value of a point. Ends the subscription when too many wait. */
  push(message: Message): void {
    this.changed = true;
    if (this.#ended || this.#handOver(message)) return;
    this.#pending.add(message);
    if (this.#pending.size > this.#options.pendingMax + this.#snapshotSize) {
      this.end(tooSlow(this.#options.pendingMax));
    }
  }

  /** Queues a checkpoint behind everything that waits, in place of an earlier one that still waits. */
  pushCheckpoint(message: Message): void {
    this.changed = false;
    if (this.#ended) return;
    if (this.#checkpoint !== undefined) this.#pending.delete(this.#checkpoint);
    this.#checkpoint = undefined;
    if (this.#handOver(message)) return;
    this.#checkpoint = message;
    this.#pending.add(message);
  }

  next(): Promise<Step> {
    if (this.#opening !== undefined) return this.#nextOfOpening(this.#opening);
    for (const message of this.#pending) {
      this.#pending.delete(message);
      return Promise.resolve({ done: false, value: message.bytes });
    }
    this.#snapshotSize = 0;
    if (this.#error !== undefined) return Promise.reject(asError(this.#error));
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Ends the subscription; what waits is dropped. With an error the subscriber gets it. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#pending.clear();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#options.onEnd();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(error);
  }

  async return(): Promise<Step> {
    this.end();
    await this.#opening?.return();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Step> {
    this.end();
    await this.#opening?.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #nextOfOpening(opening: AsyncGenerator<Uint8Array, void, undefined>): Promise<Step> {
    try {
      const step = await opening.next();
      if (step.done !== true) return step;
    } catch (error) {
      this.#opening = undefined;
      this.end();
      throw error;
    }
    this.#opening = undefined;
    return this.next();
  }

  /** Gives a message to a subscriber that waits for one. */
  #handOver(message: Message): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    this.#waiting = undefined;
    waiting.resolve({ done: false, value: message.bytes });
    return true;
  }

  readonly #onAbort = (): void => {
    this.end(this.#options.signal.reason);
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the subscription ended', { cause: error });
}

function tooSlow(limit: number): ServiceError {
  const text = `this subscription fell behind by ${limit} updates: reconnect for a new snapshot`;
  const metadata = { limit: String(limit) };
  return new ServiceError(ErrorReason.SUBSCRIBER_TOO_SLOW, text, { metadata });
}
