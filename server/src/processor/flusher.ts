import type { Clock } from '../ports/clock.js';
import { createAlarm } from './alarm.js';
import { retryable } from './backoff.js';
import type { ProcessorObserver } from './observer.js';
import type { Captured, CapturedSnapshot, PartitionTask } from './partition-task.js';
import type { RowWriter } from './row-writer.js';
import type { WriteSnapshots } from './snapshot-writer.js';

/** Unflushed records of one partition that bring the next flush forward, and those that stop its input. */
const RECORDS_SOON = 10_000;
const RECORDS_MAX = 20_000;

/** Snapshots taken with one flush, so that no flush has to take the chunks of all partitions. */
const SNAPSHOTS_PER_FLUSH = 2;

export interface FlusherOptions {
  readonly clock: Clock;
  readonly rows: RowWriter;
  readonly snapshots: WriteSnapshots;
  readonly observe: ProcessorObserver;
  /** Once aborted, failures are not retried any more, and every flush takes snapshots of everything. */
  readonly signal: AbortSignal;
  readonly flushIntervalMs: number;
  readonly snapshotIntervalMs: number;
  /** Called once when `run` is about to reject. */
  readonly failed: () => void;
}

/**
 * The flush cycle of all partitions of one processor: one write and one append for all of them. Folding goes on while
 * a flush is acknowledged; the flushes themselves never overlap. Snapshots are written beside later flushes, one
 * group at a time.
 */
export interface Flusher {
  /** Flushes what changes from now on; resolves after `stop`, rejects with the first failure that cannot be retried. */
  run(): Promise<void>;
  stop(): void;
  add(task: PartitionTask): void;
  /** The task folded something. Resolves at once, or when its unflushed records are few enough to go on. */
  folded(task: PartitionTask): Promise<void>;
  /** Makes everything of the task durable, with a snapshot, and drops it. */
  finish(task: PartitionTask): Promise<void>;
  /** Drops the task as it is. */
  drop(task: PartitionTask): void;
}

export function createFlusher(options: FlusherOptions): Flusher {
  const { clock, observe, signal } = options;
  const tasks = new Set<PartitionTask>();
  const changed = createAlarm(clock);
  const urgent = createAlarm(clock);
  let waiters: (() => void)[] = [];
  let turn: Promise<void> = Promise.resolve();
  let snapshotting: Promise<void> | undefined;
  let capturedMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let failure: { readonly error: unknown } | undefined;

  function ringAll(): void {
    changed.ring();
    urgent.ring();
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  // What was captured is lost to the folds, so nothing may go on: a new task has to load the last snapshot.
  function fail(error: unknown): void {
    if (failure !== undefined) return;
    failure = { error };
    for (const task of tasks) task.stopped = true;
    tasks.clear();
    ringAll();
    options.failed();
  }

  function exclusive(work: () => Promise<void>): Promise<void> {
    const mine = turn.then(async () => {
      if (failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        fail(error);
      }
    });
    turn = mine;
    return mine;
  }

  async function flush(forced: ReadonlySet<PartitionTask>): Promise<void> {
    const startMs = clock.nowMs();
    capturedMs = startMs;
    const captures = [...tasks].flatMap((task) => task.capture() ?? []);
    const snapshots = captureSnapshots(forced, startMs);
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
    if (captures.length > 0) await flushCaptured(captures, startMs);
    if (snapshots.length > 0) snapshotting = writeSnapshots(snapshots);
  }

  async function flushCaptured(captures: readonly Captured[], startMs: number): Promise<void> {
    const rows = await options.rows.write(captures);
    let records = 0;
    for (const captured of captures) {
      captured.task.flushedOffset = captured.nextOffset;
      captured.task.flushedAppendMs = captured.watermarkMs;
      records += captured.records;
    }
    const durationMs = clock.nowMs() - startMs;
    observe.flushed?.({ rows, records, partitions: captures.length, durationMs });
  }

  function captureSnapshots(
    forced: ReadonlySet<PartitionTask>,
    nowMs: number,
  ): readonly CapturedSnapshot[] {
    if (snapshotting !== undefined) return [];
    const due = [...tasks]
      .filter((task) => !forced.has(task) && task.snapshotDue && dueMs(task) <= nowMs)
      .sort((a, b) => a.snapshotMs - b.snapshotMs)
      .slice(0, SNAPSHOTS_PER_FLUSH);
    return [...forced, ...due].flatMap((task) => {
      const snapshot = task.captureSnapshot();
      if (snapshot === undefined) return [];
      task.snapshotMs = nowMs;
      return [snapshot];
    });
  }

  async function writeSnapshots(snapshots: readonly CapturedSnapshot[]): Promise<void> {
    try {
      await options.snapshots(snapshots);
    } catch (error) {
      fail(error);
    }
    snapshotting = undefined;
    changed.ring();
  }

  function dueMs(task: PartitionTask): number {
    return task.snapshotMs + options.snapshotIntervalMs;
  }

  /** Milliseconds until there is something to do, undefined when nothing changed. */
  function dueInMs(): number | undefined {
    let least: number | undefined;
    for (const task of tasks) {
      if (task.unflushed > 0 && !task.held) return 0;
      if (!task.snapshotDue || snapshotting !== undefined) continue;
      const inMs = Math.max(0, Math.min(dueMs(task) - clock.nowMs(), options.snapshotIntervalMs));
      if (least === undefined || inMs < least) least = inMs;
    }
    return least;
  }

  return {
    async run() {
      while (!stopped && failure === undefined) {
        const inMs = dueInMs();
        if (inMs !== 0) {
          await changed.wait(inMs);
          continue;
        }
        const spentMs = Math.max(0, clock.nowMs() - capturedMs);
        if (spentMs < options.flushIntervalMs) await urgent.wait(options.flushIntervalMs - spentMs);
        await exclusive(() => flush(new Set()));
      }
      await turn;
      await snapshotting;
      if (failure === undefined) return;
      if (signal.aborted && retryable(failure.error)) observe.unfinished?.(failure.error);
      else throw failure.error;
    },
    stop() {
      stopped = true;
      ringAll();
    },
    add(task) {
      task.snapshotMs = clock.nowMs();
      if (failure === undefined) tasks.add(task);
      else task.stopped = true;
    },
    async folded(task) {
      if (task.unflushed > 0) changed.ring();
      if (task.unflushed >= RECORDS_SOON) urgent.ring();
      while (task.unflushed >= RECORDS_MAX && !task.stopped) {
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
    },
    finish(task) {
      return exclusive(async () => {
        await snapshotting;
        if (!task.stopped) await flush(signal.aborted ? tasks : new Set([task]));
        await snapshotting;
        tasks.delete(task);
        task.stopped = true;
      });
    },
    drop(task) {
      task.stopped = true;
      tasks.delete(task);
      ringAll();
    },
  };
}
