import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { TableStore } from '../ports/table-store.js';
import { retryable } from '../retry/retry.js';
import type { Alarm } from './alarm.js';
import type { ProcessorObserver } from './observer.js';
import { ownedEpoch } from './ownership.js';
import { taskName, type PartitionTask } from './partition-task.js';

const INTERVAL_MS = 1_000;

export interface PartitionWatchOptions {
  readonly inputs: EventLog;
  readonly tables: TableStore;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly tasks: ReadonlyMap<string, PartitionTask>;
  readonly observe: ProcessorObserver;
  /** Rings when it should look at once, or end. */
  readonly alarm: Alarm;
  readonly signal: AbortSignal;
  /** Another owner took the task's partition; may be told twice. */
  readonly fenced: (task: PartitionTask) => void;
}

/**
 * Looks every second, until aborted, whether the partitions still belong to this owner (a partition without traffic
 * writes nothing by which it would learn that) and how far each is behind the end of the log. Only reads.
 */
export async function watchPartitions(options: PartitionWatchOptions): Promise<void> {
  const { alarm, signal } = options;
  const caughtUpMs = new Map<string, number>();
  while (!signal.aborted) {
    try {
      await checkOwners(options);
      await reportLag(options, caughtUpMs);
    } catch (error) {
      // The engine is away for a while; flushing and reading meet the same error and tell of it.
      if (!retryable(error)) throw error;
    }
    await alarm.wait(INTERVAL_MS);
  }
}

async function checkOwners({ tables, tasks, fenced }: PartitionWatchOptions): Promise<void> {
  for (const task of [...tasks.values()]) {
    if (task.stopped) continue;
    const epoch = await ownedEpoch(tables, task.source);
    if (epoch > task.epoch) fenced(task);
  }
}

async function reportLag(
  { inputs, topics, clock, tasks, observe }: PartitionWatchOptions,
  caughtUpMs: Map<string, number>,
): Promise<void> {
  if (observe.lag === undefined) return;
  for (const topic of topics) {
    const nowMs = clock.nowMs();
    for (const { partition, end } of await inputs.bounds(topic)) {
      const name = taskName({ topic, partition });
      const task = tasks.get(name);
      if (task === undefined || task.stopped) continue;
      const records = Math.max(0, end - task.flushedOffset);
      if (records === 0) caughtUpMs.set(name, nowMs);
      // What waits was appended after the newest record flushed, and after the last time that nothing waited.
      const sinceMs = Math.max(task.flushedAppendMs, caughtUpMs.get(name) ?? 0);
      const behindMs = records === 0 ? 0 : Math.max(0, nowMs - sinceMs);
      observe.lag({ topic, partition, records, behindMs });
    }
  }
}
