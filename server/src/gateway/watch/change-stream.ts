import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { isPortError } from '../../ports/errors.js';
import type { EventLog } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import { ServiceError } from '../service-error.js';
import { ChangeQueue } from './change-queue.js';
import { readChanges } from './read-changes.js';
import type {
  ChangeBatch,
  ChangeCheckpoint,
  ChangeLimits,
  ChangeStep,
  OpenChanges,
  ResumableChangesOptions,
} from './resumable-changes.js';
import type { PlacedChange } from './update-hub.js';

/** Most changes of one step. */
const BATCH_MAX = 100;
const CHECKPOINT_MS = 1_000;
/** Without changes a checkpoint comes after this time: with a tick and a slow network within 10 s. */
const QUIET_MS = 7_500;

export interface ChangeStreamOptions extends ResumableChangesOptions {
  readonly request: OpenChanges;
  readonly limits: ChangeLimits;
  readonly onFailure: (error: unknown) => void;
  /** Called once, when the stream ends in whatever way. */
  readonly onEnd: () => void;
}

/**
 * The changes for one subscriber. It reads the log until it has come to the place from which its queue holds everything,
 * then takes from the queue; when the queue broke, it does so again from where the subscriber is.
 */
export class ChangeStream implements AsyncIterable<ChangeStep> {
  readonly #options: ChangeStreamOptions;
  readonly #queue: ChangeQueue;
  /** Next offsets behind what was handed out. */
  #position: number[] = [];
  #unsubscribe: (() => void) | undefined;
  /** When the step was handed out that the subscriber has not come back from. */
  #handedMs: number | undefined;
  #checkpointMs: number;
  #changed = false;
  /** Has caught up with now at least once, and said so. */
  #live = false;
  #error: { readonly error: unknown } | undefined;
  #tooSlow = false;
  #closed = false;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
    this.#checkpointMs = options.clock.nowMs();
    this.#queue = new ChangeQueue(options.limits.waitingMax, options.request.wanted);
    options.request.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Fixes the place where the stream begins. */
  async join(): Promise<void> {
    const { hub, request } = this.#options;
    const unsubscribe = await hub.subscribe(
      request.tables,
      (changes) => {
        this.#queue.push(changes);
      },
      { onGap: () => this.#queue.break() },
    );
    if (this.#closed) unsubscribe();
    else this.#unsubscribe = unsubscribe;
    if (this.#error !== undefined) throw asError(this.#error.error);
    this.#position = [...(request.from ?? hub.offsets())];
    // What lies between a token's place and now comes from the log: the queue stays broken until then.
    if (request.from === undefined) this.#queue.restart(this.#position);
  }

  /** The place behind what was handed out: next offset per partition of `updates`. */
  get offsets(): readonly number[] {
    return [...this.#position];
  }

  /** Called every second. */
  tick(): void {
    const { clock, limits } = this.#options;
    if (this.#queue.broken && this.#handedMs !== undefined) {
      const stalledMs = Math.abs(clock.nowMs() - this.#handedMs);
      this.#tooSlow ||= stalledMs >= limits.stallMs;
    }
    if (this.#tooSlow) this.close();
    this.#queue.wake();
  }

  /** Ends the stream: the subscriber gets `error` with its next step. */
  end(error: unknown): void {
    this.#error ??= { error };
    this.close();
  }

  /** Leaves; may be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.request.signal.removeEventListener('abort', this.#onAbort);
    this.#unsubscribe?.();
    this.#queue.break();
    this.#options.onEnd();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChangeStep, void, undefined> {
    try {
      for await (const step of this.#steps()) {
        this.#handedMs = this.#options.clock.nowMs();
        yield step;
        this.#handedMs = undefined;
        if (!this.#tooSlow) continue;
        yield this.#checkpoint(0);
        throw tooSlow(this.#options.limits.waitingMax);
      }
    } finally {
      this.close();
    }
  }

  async *#steps(): AsyncGenerator<ChangeStep, void, undefined> {
    for (;;) {
      if (this.#error !== undefined) throw asError(this.#error.error);
      if (this.#closed) return;
      if (this.#queue.broken) yield* this.#catchUp();
      else if (!this.#live || this.#checkpointDue()) yield* this.#liveCheckpoint();
      else if (this.#queue.size > 0) yield this.#take(BATCH_MAX);
      else await this.#queue.wait();
    }
  }

  /** From the position to the place from which the queue holds everything. */
  async *#catchUp(): AsyncGenerator<ChangeStep, void, undefined> {
    const { hub, derived, request, onFailure } = this.#options;
    this.#queue.restart(this.#position);
    const target = hub.offsets();
    const reading = { ...request, derived, onFailure };
    try {
      for (const [partition, to] of target.entries()) {
        const range = { partition, from: this.#position[partition] ?? to, to };
        for await (const { changes, next } of readChanges(reading, range)) {
          for (let from = 0; from < changes.length; from += BATCH_MAX) {
            yield this.#hand(changes.slice(from, from + BATCH_MAX));
            if (this.#closed) return;
          }
          this.#position[partition] = next;
          if (this.#checkpointDue()) yield this.#checkpoint(0);
        }
      }
    } catch (error) {
      if (isPortError(error, 'OutOfRange')) throw expired(error);
      throw error;
    }
  }

  #take(most: number): ChangeBatch {
    const batch = this.#hand(this.#queue.take(most));
    if (this.#queue.size > 0) return batch;
    this.#reachHub();
    return { ...batch, offsets: [...this.#position] };
  }

  /** Nothing waits, so the subscriber is where the hub is, also in partitions without a change of his. */
  #reachHub(): void {
    for (const [partition, offset] of this.#options.hub.offsets().entries()) {
      // A token from another gateway may be ahead of the hub of this one.
      this.#position[partition] = Math.max(offset, this.#position[partition] ?? 0);
    }
  }

  #hand(changes: readonly PlacedChange[]): ChangeBatch {
    for (const { partition, offset } of changes) this.#position[partition] = offset + 1;
    this.#changed = true;
    return { kind: 'changes', changes, offsets: [...this.#position] };
  }

  #checkpointDue(): boolean {
    const elapsedMs = Math.abs(this.#options.clock.nowMs() - this.#checkpointMs);
    return elapsedMs >= (this.#changed ? CHECKPOINT_MS : QUIET_MS);
  }

  /** The watermark is asked for first: what it promises waits in the queue then, and is handed out before it. */
  async *#liveCheckpoint(): AsyncGenerator<ChangeStep, void, undefined> {
    const watermarkMs = await this.#options.hub.watermarkMs();
    let left = this.#queue.size;
    while (left > 0 && this.#queue.size > 0) {
      const batch = this.#take(Math.min(left, BATCH_MAX));
      left -= batch.changes.length;
      yield batch;
    }
    if (this.#queue.broken || this.#closed) return;
    if (this.#queue.size === 0) this.#reachHub();
    this.#live = true;
    yield this.#checkpoint(watermarkMs);
  }

  #checkpoint(watermarkMs: number): ChangeCheckpoint {
    this.#checkpointMs = this.#options.clock.nowMs();
    this.#changed = false;
    return { kind: 'checkpoint', offsets: [...this.#position], watermarkMs };
  }

  readonly #onAbort = (): void => {
    this.end(this.#options.request.signal.reason);
  };
}

/** Refuses offsets that `updates` does not have: RESUME_TOKEN_EXPIRED before its start, RESUME_TOKEN_INVALID else. */
export async function checkOffsets(derived: EventLog, offsets: readonly number[]): Promise<void> {
  const bounds = await derived.bounds(TOPICS.updates);
  if (bounds.length !== offsets.length) throw foreign();
  for (const { partition, start, end } of bounds) {
    const offset = offsets[partition] ?? 0;
    if (offset > end) throw foreign();
    if (offset < start) throw expired();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the stream ended', { cause: error });
}

function foreign(): ServiceError {
  return new ServiceError(
    ErrorReason.RESUME_TOKEN_INVALID,
    'resume_token names places that this log does not have: start without a token',
    { metadata: { field: 'resume_token' } },
  );
}

function expired(cause?: unknown): ServiceError {
  return new ServiceError(
    ErrorReason.RESUME_TOKEN_EXPIRED,
    'resume_token is older than the changes that are kept: start without a token',
    { metadata: { field: 'resume_token' }, cause },
  );
}

function tooSlow(waitingMax: number): ServiceError {
  const limit = String(waitingMax);
  const text = `this subscription fell behind by ${limit} updates: go on with the last resume_token`;
  return new ServiceError(ErrorReason.SUBSCRIBER_TOO_SLOW, text, { metadata: { limit } });
}
