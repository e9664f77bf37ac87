import assert from 'node:assert/strict';
import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/errors.js';
import type { EventLog } from '../ports/event-log.js';
import type { TableStore } from '../ports/table-store.js';
import { retrying } from '../retry/retry.js';
import { createAlarm } from './alarm.js';
import { createDecider } from './decider.js';
import { Flusher } from './flusher.js';
import type { FoldDefinition } from './fold.js';
import { createMembership } from './membership.js';
import type { FoldFailure, ProcessorObserver } from './observer.js';
import { openTask } from './open-task.js';
import { createPartitionHandler } from './partition-handler.js';
import type { PartitionTask } from './partition-task.js';
import { watchPartitions } from './partition-watch.js';
import { createRowWriter } from './row-writer.js';
import { createSnapshotWriter } from './snapshot-writer.js';
import { PROCESSOR_GROUP } from './tables.js';

export { PROCESSOR_TABLES } from './tables.js';

export interface ProcessorOptions {
  /** Holds the topics that the folds read: one log, or several behind `routedLog`. */
  readonly inputs: EventLog;
  /** Holds the topic `updates` and those of the decisions of folds. */
  readonly derived: EventLog;
  /** Declares PROCESSOR_TABLES and the tables of all folds. */
  readonly tables: TableStore;
  /** At least one; their names differ, for each has snapshots under its name. */
  readonly folds: readonly FoldDefinition[];
  readonly clock: Clock;
  /** Name of this owner for operators, such as host and process. */
  readonly owner: string;
  /**
   * Sets aside a record that a fold could not take; must be durable when it resolves. Unavailable and Throttled are
   * tried again; any other error stops the processor.
   */
  readonly onFoldFailure: (failure: FoldFailure) => Promise<void>;
  readonly observe?: ProcessorObserver | undefined;
  /** Stops: the last changes are flushed with a snapshot, then the promise resolves. */
  readonly signal: AbortSignal;
  /**
   * Longest time from a change to its flush, milliseconds, 0 or more; default 100. What is folded from decisions waits at most
   * 25 ms, for the decisions have waited before.
   */
  readonly flushIntervalMs?: number | undefined;
  /** Time between snapshots of a partition that changes, milliseconds, 0 or more; default 2,000. */
  readonly snapshotIntervalMs?: number | undefined;
  /** Most records of one delivery, 1 to 10,000; default 1,000. */
  readonly recordsMax?: number | undefined;
}

/**
 * Folds the input topics into rows: joins the group `processor` and runs all folds on each partition that it is given.
 * Input is at least once, the effect exact: a restart goes on at the last snapshot, and folding the same records again
 * gives the same rows with the same write times. What folds want decided is decided and durable before their rows are
 * in the tables, those before they are in `updates`, and all of it before a snapshot names it. What was decided before a
 * restart is not decided again.
 *
 * Resolves after `signal`. Unavailable and Throttled are retried for ever while the input waits. Rejects with Fenced
 * when other owners took every partition, and with any other failure.
 */
export async function runProcessor(options: ProcessorOptions): Promise<void> {
  const { inputs, derived, tables, folds, clock, observe = {}, recordsMax = 1_000 } = options;
  const names = new Set(folds.map((fold) => fold.name));
  assert(names.size > 0 && names.size === folds.length, `fold names: ${[...names].join(', ')}`);
  const { topics, declarations, decided } = unitedOf(folds);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const retry = retrying({ clock, signal, retried: observe.retried });
  const tasks = new Map<string, PartitionTask>();
  const watchAlarm = createAlarm(clock);
  signal.addEventListener('abort', () => watchAlarm.ring(), { once: true });

  const flusher = new Flusher({
    clock,
    decider: createDecider({ derived, retry }),
    rows: createRowWriter({ derived, tables, declarations, retry }),
    snapshots: createSnapshotWriter({ inputs, tables, clock, retry, observe, fenced }),
    observe,
    signal: options.signal,
    flushIntervalMs: options.flushIntervalMs ?? 100,
    decided,
    snapshotIntervalMs: options.snapshotIntervalMs ?? 2_000,
    failed: () => stop.abort(),
  });

  function fenced(task: PartitionTask): void {
    if (task.stopped) return;
    flusher.drop(task);
    observe.fenced?.({ ...task.source, epoch: task.epoch });
    if ([...tasks.values()].every((one) => one.stopped)) stop.abort();
    // Whoever took one of them probably took more.
    watchAlarm.ring();
  }

  const handler = createPartitionHandler({
    tasks,
    flusher,
    openTask: (source) => openTask({ ...options, observe, retry }, source),
    onFoldFailure: options.onFoldFailure,
    observe,
    retry,
    delivered: () => membership.delivered(),
  });
  const membership = createMembership({
    inputs,
    clock,
    observe,
    consume: { group: PROCESSOR_GROUP, topics, handler, signal, recordsMax },
    left() {
      for (const task of tasks.values()) flusher.drop(task);
      tasks.clear();
    },
  });

  const watch = {
    inputs,
    tables,
    topics,
    clock,
    tasks,
    observe,
    alarm: watchAlarm,
    signal,
    fenced,
  };
  await settleAll(
    [membership.run().finally(() => flusher.stop()), flusher.run(), watchPartitions(watch)],
    () => stop.abort(),
  );
  if (options.signal.aborted) return;
  throw new PortError(
    'Fenced',
    `${options.owner} lost all its partitions to other owners: stop it, or stop them`,
  );
}

/** What all folds need together. */
function unitedOf(folds: readonly FoldDefinition[]) {
  return {
    topics: [...new Set(folds.flatMap((fold) => fold.topics))],
    declarations: folds.flatMap((fold) => fold.tables),
    decided: new Set(folds.flatMap(({ decide }) => decide?.topic ?? [])),
  };
}

/** Waits for all; the first failure stops the others and is thrown when all have ended. */
async function settleAll(parts: readonly Promise<void>[], stop: () => void): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    parts.map((part) =>
      part.catch((error: unknown) => {
        failure ??= { error };
        stop();
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
}
