import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.js';
import { isPortError } from '../../ports/errors.js';
import type { EventLog, LogRecord, TopicPartition } from '../../ports/event-log.js';
import { backoffMs, retryable, sleepUnlessAborted } from '../../retry/retry.js';
import { readInput, SERVING_TOPICS, type ServingInput } from './input.js';
import type { Positions } from './state-pieces.js';

/** Records read ahead of each partition: decoding them takes a millisecond or two, and nobody is answered meanwhile. */
const RECORDS_MAX = 250;
/** The model is fed for so long, then whoever asks gets a turn. */
const SLICE_MS = 2;
/** How long a known end of the log is good for. */
const WATERMARK_MS = 200;

/** What is told of reading; all optional for whoever does not care. */
export interface TailObserver {
  /** A record that is not what its topic holds; it was left out. */
  readonly unreadable?:
    ((at: TopicPartition & { readonly offset: number }, error: unknown) => void) | undefined;
  /** Records of a partition expired before they were read. */
  readonly gap?: ((at: TopicPartition, records: number) => void) | undefined;
}

export interface TailOptions extends TailObserver {
  /** Has all of SERVING_TOPICS. */
  readonly log: EventLog;
  readonly clock: Clock;
  /** Where to begin; absent partitions begin at their start. */
  readonly positions: Positions;
  readonly apply: (input: ServingInput) => void;
  /** Called after each slice of records, and once the tail has caught up. */
  readonly applied: () => void;
}

/** A record that was read and not applied yet. */
interface Waiting {
  readonly offset: number;
  readonly appendMs: number;
  readonly input: ServingInput | undefined;
}

/** One partition on its way into the model. */
interface Lane extends TopicPartition {
  waiting: readonly Waiting[];
  /** Index of the first of `waiting` that was not applied. */
  at: number;
  /** Next offset to apply. */
  next: number;
  /** End of the partition when the tail began. */
  target: number;
  /** Everything acknowledged up to this time is in the model, ms. */
  completeMs: number;
  /** Called when everything of `waiting` was applied. */
  emptied: () => void;
}

/**
 * Feeds the read model from all partitions of its topics. While it catches up, records of all partitions are merged by
 * append time (then topic, partition, offset), so that a model built anew does not depend on how reading went; afterwards
 * they come as they are appended, those that wait at the same time in the same order.
 */
export class Tail {
  readonly #options: TailOptions;
  #lanes: readonly Lane[] = [];
  #wake: () => void = () => undefined;
  #caughtUp = false;
  #watermark: { readonly atMs: number; readonly value: Promise<number> } | undefined;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Whether everything that the log held at the start is in the model. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** Next offsets to apply. */
  positions(): Positions {
    const positions: Record<string, number[]> = {};
    for (const { topic, partition, next } of this.#lanes) {
      (positions[topic] ??= [])[partition] = next;
    }
    return positions;
  }

  /** Opens the partitions; then `run` may be called. */
  async open(): Promise<void> {
    const { log, positions } = this.#options;
    const lanes: Lane[] = [];
    for (const topic of SERVING_TOPICS) {
      for (const { partition, start, end } of await log.bounds(topic)) {
        const wanted = positions[topic]?.[partition];
        const next = Math.max(start, wanted ?? start);
        if (wanted !== undefined && next > wanted) {
          this.#options.gap?.({ topic, partition }, next - wanted);
        }
        lanes.push(laneOf({ topic, partition, next, target: end }));
      }
    }
    this.#lanes = lanes;
  }

  /** Reads and applies until aborted. Rejects when reading fails for good. */
  async run(until: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([until, stop.signal]);
    // Each reader waits with it, and a few others: more would be a leak.
    setMaxListeners(this.#lanes.length * 2 + 10, signal);
    let failure: { readonly error: unknown } | undefined;
    const wakeUp = (): void => this.#wake();
    signal.addEventListener('abort', wakeUp);
    const readers = this.#lanes.map((lane) =>
      this.#read(lane, signal).catch((error: unknown) => {
        failure ??= { error };
        stop.abort();
      }),
    );
    try {
      while (!signal.aborted) await this.#step(signal);
    } finally {
      stop.abort();
      for (const lane of this.#lanes) lane.emptied();
      await Promise.all(readers);
      signal.removeEventListener('abort', wakeUp);
    }
    if (failure !== undefined) throw failure.error;
  }

  /** Up to which time (ms since the epoch) everything acknowledged is in the model; at most 200 ms old. */
  watermarkMs(): Promise<number> {
    const nowMs = this.#options.clock.nowMs();
    const before = this.#watermark;
    if (before !== undefined && Math.abs(nowMs - before.atMs) < WATERMARK_MS) return before.value;
    const value = this.#askEnds(nowMs);
    this.#watermark = { atMs: nowMs, value };
    value.catch(() => (this.#watermark = undefined));
    return value;
  }

  /** `nowMs`: from before the ends are read, so that what was acknowledged until then lies below them. */
  async #askEnds(nowMs: number): Promise<number> {
    for (const topic of SERVING_TOPICS) {
      for (const { partition, end } of await this.#options.log.bounds(topic)) {
        const lane = this.#lanes.find((one) => one.topic === topic && one.partition === partition);
        if (lane !== undefined && lane.next >= end)
          lane.completeMs = Math.max(lane.completeMs, nowMs);
      }
    }
    return this.#lanes.reduce((least, lane) => Math.min(least, lane.completeMs), nowMs);
  }

  /** Applies for a while, or waits for records. */
  async #step(signal: AbortSignal): Promise<void> {
    const until = performance.now() + SLICE_MS;
    let count = 0;
    for (let lane = this.#nextLane(); lane !== undefined; lane = this.#nextLane()) {
      this.#applyFrom(lane);
      count += 1;
      // What follows in this lane may be older than what waits in others: its reader gets the turn to fetch it.
      if (lane.at === lane.waiting.length) break;
      if (count % 16 === 0 && performance.now() >= until) break;
    }
    const justCaughtUp = !this.#caughtUp && this.#lanes.every((lane) => lane.next >= lane.target);
    if (justCaughtUp) this.#caughtUp = true;
    if (count > 0 || justCaughtUp) this.#options.applied();
    const more = this.#nextLane() !== undefined;
    if (more) await nextTurn();
    else await this.#moreWaiting(signal);
  }

  /** The lane whose first waiting record comes next; undefined when one must be waited for. */
  #nextLane(): Lane | undefined {
    let first: Lane | undefined;
    for (const lane of this.#lanes) {
      const waiting = lane.waiting[lane.at];
      if (waiting === undefined) {
        if (lane.next < lane.target) return undefined;
        continue;
      }
      const best = first?.waiting[first.at];
      if (best === undefined || waiting.appendMs < best.appendMs) first = lane;
    }
    return first;
  }

  #applyFrom(lane: Lane): void {
    const waiting = lane.waiting[lane.at];
    if (waiting === undefined) return;
    if (waiting.input !== undefined) this.#options.apply(waiting.input);
    lane.next = waiting.offset + 1;
    lane.at += 1;
    // Another record of the same millisecond may follow.
    lane.completeMs = Math.max(lane.completeMs, waiting.appendMs - 1);
    if (lane.at === lane.waiting.length) lane.emptied();
  }

  #moreWaiting(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #read(lane: Lane, signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#options;
    const stopped = (): boolean => signal.aborted;
    let attempts = 0;
    while (!stopped()) {
      try {
        const read = { from: lane.next, follow: true, recordsMax: RECORDS_MAX, signal };
        for await (const records of log.read(lane.topic, lane.partition, read)) {
          attempts = 0;
          if (records.length > 0) await this.#hand(lane, records);
          if (stopped()) return;
        }
      } catch (error) {
        if (stopped()) return;
        if (isPortError(error, 'OutOfRange')) await this.#skip(lane);
        else if (!retryable(error)) throw error;
        attempts += 1;
        const hintMs = isPortError(error) ? error.retryAfterMs : undefined;
        await sleepUnlessAborted(clock, backoffMs(attempts, hintMs), signal);
      }
    }
  }

  /** Gives records to the model and waits until it has taken them. They are decoded here: their bytes do not last. */
  #hand(lane: Lane, records: readonly LogRecord[]): Promise<void> {
    return new Promise((resolve) => {
      lane.waiting = records.map((record) => this.#decode(lane, record));
      lane.at = 0;
      lane.emptied = resolve;
      this.#wake();
    });
  }

  #decode(lane: Lane, { offset, appendMs, value }: LogRecord): Waiting {
    try {
      return { offset, appendMs, input: readInput(lane.topic, value) };
    } catch (error) {
      this.#options.unreadable?.({ topic: lane.topic, partition: lane.partition, offset }, error);
      return { offset, appendMs, input: undefined };
    }
  }

  /** Goes on at the oldest record that is left. */
  async #skip(lane: Lane): Promise<void> {
    const bounds = (await this.#options.log.bounds(lane.topic))[lane.partition];
    if (bounds === undefined || bounds.start <= lane.next) return;
    this.#options.gap?.(lane, bounds.start - lane.next);
    lane.next = bounds.start;
    this.#wake();
  }
}

function laneOf(fields: Pick<Lane, 'topic' | 'partition' | 'next' | 'target'>): Lane {
  return { ...fields, waiting: [], at: 0, completeMs: 0, emptied: () => undefined };
}
