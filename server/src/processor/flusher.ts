import type { Clock } from '../ports/clock.js';
import { retryable } from '../retry/retry.js';
import { createAlarm, type Alarm } from './alarm.js';
import type { Decider } from './decider.js';
import type { ProcessorObserver } from './observer.js';
import type { Captured, CapturedSnapshot, PartitionTask } from './partition-task.js';
import type { RowWriter } from './row-writer.js';
import type { WriteSnapshots } from './snapshot-writer.js';

/** Unflushed records of one partition that bring the next flush forward, and those that stop its input. */
const RECORDS_SOON = 10_000;
const RECORDS_MAX = 20_000;

/** Longest wait for the flush of what follows from decisions. */
const HURRIED_MS = 25;

/** Snapshots taken with one flush, so that no flush has to take the chunks of all partitions. */
const SNAPSHOTS_PER_FLUSH = 2;

export interface FlusherOptions {
  readonly clock: Clock;
  readonly decider: Decider;
  readonly rows: RowWriter;
  readonly snapshots: WriteSnapshots;
  readonly observe: ProcessorObserver;
  /** Once aborted, the flush that finishes one partition finishes all. */
  readonly signal: AbortSignal;
  readonly flushIntervalMs: number;
  /** Topics of decisions: what follows from them has waited for a flush already, and does not wait for a whole one again. */
  readonly decided: ReadonlySet<string>;
  readonly snapshotIntervalMs: number;
  /** Called once, at the first failure: everything else should stop. */
  readonly failed: () => void;
}

/**
 * The flush cycle of all partitions of one processor: one write and one append for all of them. Folding goes on while
 * a flush is acknowledged; the flushes themselves never overlap. Snapshots are written beside later flushes, one
 * group at a time.
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #tasks = new Set<PartitionTask>();
  /** Something changed, or there is something new to wait for. */
  readonly #changed: Alarm;
  /** The next flush should not wait for its interval. */
  readonly #urgent: Alarm;
  #waiters: (() => void)[] = [];
  #turn: Promise<void> = Promise.resolve();
  #snapshotting: Promise<void> | undefined;
  #capturedMs = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #hurried = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#changed = createAlarm(options.clock);
    this.#urgent = createAlarm(options.clock);
  }

  /** Flushes what changes; resolves after `stop`, rejects with the first failure. Call it once. */
  async run(): Promise<void> {
    const { signal, observe } = this.#options;
    while (!this.#stopped && this.#failure === undefined) {
      const inMs = this.#dueInMs();
      if (inMs !== 0) {
        await this.#changed.wait(inMs);
        continue;
      }
      await this.#interval();
      await this.#exclusive(() => this.#flush(new Set()));
    }
    await this.#turn;
    await this.#snapshotting;
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    if (signal.aborted && retryable(error)) observe.unfinished?.(error);
    else throw error;
  }

  stop(): void {
    this.#stopped = true;
    this.#wakeAll();
  }

  /** The task's changes are flushed from now on. */
  add(task: PartitionTask): void {
    task.snapshotMs = this.#options.clock.nowMs();
    if (this.#failure === undefined) this.#tasks.add(task);
    else task.stopped = true;
  }

  /** The task folded something. Resolves at once, or when its unflushed records are few enough to go on. */
  async folded(task: PartitionTask): Promise<void> {
    if (task.unflushed > 0) this.#changed.ring();
    const hurried = this.#options.decided.has(task.source.topic);
    if (hurried) this.#hurried = true;
    if (hurried || task.unflushed >= RECORDS_SOON) this.#urgent.ring();
    while (task.unflushed >= RECORDS_MAX && !task.stopped) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Makes everything of the task durable, with a snapshot, and drops it. After a failure it only drops it. */
  finish(task: PartitionTask): Promise<void> {
    return this.#exclusive(async () => {
      await this.#snapshotting;
      const forced = this.#options.signal.aborted ? this.#tasks : new Set([task]);
      if (!task.stopped) await this.#flush(forced);
      await this.#snapshotting;
      this.drop(task);
    });
  }

  /** Drops the task as it is. */
  drop(task: PartitionTask): void {
    task.stopped = true;
    this.#tasks.delete(task);
    this.#wakeAll();
  }

  // What was captured is lost to the folds, so none may go on: it has to be loaded from its last snapshot.
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    for (const task of this.#tasks) task.stopped = true;
    this.#tasks.clear();
    this.#wakeAll();
    this.#options.failed();
  }

  /** Waits for the rest of the interval since the last flush, which may become shorter meanwhile. */
  async #interval(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const spentMs = Math.max(0, clock.nowMs() - this.#capturedMs);
      const leftMs = this.#intervalMs() - spentMs;
      if (leftMs <= 0 || !(await this.#urgent.wait(leftMs))) break;
    }
    this.#hurried = false;
  }

  #intervalMs(): number {
    if (this.#stopped || this.#failure !== undefined) return 0;
    if ([...this.#tasks].some((task) => task.unflushed >= RECORDS_SOON)) return 0;
    const { flushIntervalMs } = this.#options;
    return this.#hurried ? Math.min(HURRIED_MS, flushIntervalMs) : flushIntervalMs;
  }

  #wakeAll(): void {
    this.#changed.ring();
    this.#urgent.ring();
    this.#wakeWaiters();
  }

  #wakeWaiters(): void {
    const woken = this.#waiters;
    this.#waiters = [];
    for (const wake of woken) wake();
  }

  #exclusive(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        this.#fail(error);
      }
    });
    this.#turn = mine;
    return mine;
  }

  async #flush(forced: ReadonlySet<PartitionTask>): Promise<void> {
    const startMs = this.#options.clock.nowMs();
    this.#capturedMs = startMs;
    if (this.#snapshotsDue(forced)) await this.#options.decider.learnEnds(this.#tasks);
    const captures = [...this.#tasks].flatMap((task) => task.capture() ?? []);
    const snapshots = this.#captureSnapshots(forced, startMs);
    this.#wakeWaiters();
    if (captures.length > 0) await this.#flushCaptured(captures, startMs);
    if (snapshots.length > 0) this.#snapshotting = this.#writeSnapshots(snapshots);
  }

  async #flushCaptured(captures: readonly Captured[], startMs: number): Promise<void> {
    const { clock, observe } = this.#options;
    if (captures.some(({ pending }) => pending.length > 0)) {
      await this.#options.decider.decide(captures);
    }
    const rows = await this.#options.rows.write(captures);
    let records = 0;
    for (const captured of captures) {
      captured.task.flushedOffset = captured.nextOffset;
      captured.task.flushedAppendMs = captured.watermarkMs;
      records += captured.records;
    }
    const durationMs = Math.max(0, clock.nowMs() - startMs);
    observe.flushed?.({ rows, records, partitions: captures.length, durationMs });
  }

  #snapshotsDue(forced: ReadonlySet<PartitionTask>): boolean {
    if (this.#snapshotting !== undefined) return false;
    return [...this.#tasks].some((task) => forced.has(task) || this.#snapshotInMs(task) === 0);
  }

  #captureSnapshots(
    forced: ReadonlySet<PartitionTask>,
    nowMs: number,
  ): readonly CapturedSnapshot[] {
    if (this.#snapshotting !== undefined) return [];
    const due = [...this.#tasks]
      .filter((task) => !forced.has(task) && task.snapshotDue && this.#snapshotInMs(task) === 0)
      .sort((a, b) => a.snapshotMs - b.snapshotMs)
      .slice(0, SNAPSHOTS_PER_FLUSH);
    return [...forced, ...due].flatMap((task) => {
      const snapshot = task.captureSnapshot();
      if (snapshot === undefined) return [];
      task.snapshotMs = nowMs;
      return [snapshot];
    });
  }

  async #writeSnapshots(snapshots: readonly CapturedSnapshot[]): Promise<void> {
    try {
      await this.#options.snapshots(snapshots);
    } catch (error) {
      this.#fail(error);
    }
    this.#snapshotting = undefined;
    this.#changed.ring();
  }

  // A clock that was set back must not put a snapshot off for longer than the interval.
  #snapshotInMs(task: PartitionTask): number {
    const { clock, snapshotIntervalMs } = this.#options;
    const inMs = task.snapshotMs + snapshotIntervalMs - clock.nowMs();
    return Math.max(0, Math.min(inMs, snapshotIntervalMs));
  }

  /** Milliseconds until there is something to do, undefined when nothing changed. */
  #dueInMs(): number | undefined {
    let least: number | undefined;
    for (const task of this.#tasks) {
      if (task.held) continue;
      if (task.unflushed > 0) return 0;
      if (!task.snapshotDue || this.#snapshotting !== undefined) continue;
      const inMs = this.#snapshotInMs(task);
      if (least === undefined || inMs < least) least = inMs;
    }
    return least;
  }
}
