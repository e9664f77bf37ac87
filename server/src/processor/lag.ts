import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import { retryable, sleepUnlessAborted } from './backoff.js';
import type { ProcessorObserver } from './observer.js';
import type { PartitionTask } from './partition-task.js';

const INTERVAL_MS = 1_000;

export interface LagOptions {
  readonly inputs: EventLog;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly tasks: ReadonlyMap<string, PartitionTask>;
  readonly observe: ProcessorObserver;
  readonly signal: AbortSignal;
}

/** Reports every second how far each partition is behind the end of the log, until aborted. */
export async function reportLag(options: LagOptions): Promise<void> {
  const { clock, observe, signal } = options;
  if (observe.lag === undefined) return;
  const caughtUpMs = new Map<string, number>();
  while (!signal.aborted) {
    try {
      await reportOnce(options, caughtUpMs);
    } catch (error) {
      // The log is away for a while; reading it meets the same error and tells of it.
      if (!retryable(error)) throw error;
    }
    await sleepUnlessAborted(clock, INTERVAL_MS, signal);
  }
}

async function reportOnce(options: LagOptions, caughtUpMs: Map<string, number>): Promise<void> {
  const { inputs, clock, tasks, observe } = options;
  for (const topic of options.topics) {
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
      observe.lag?.({ topic, partition, records, behindMs });
    }
  }
}

/** The name of a partition's task in the map of tasks. */
export function taskName({
  topic,
  partition,
}: {
  readonly topic: string;
  readonly partition: number;
}): string {
  return `${topic}/${partition}`;
}
