import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GroupHandler, TopicPartition } from '../ports/event-log.js';
import type { Retrying } from '../retry/retry.js';
import type { Flusher } from './flusher.js';
import type { FoldFailure, ProcessorObserver } from './observer.js';
import { taskName, type PartitionTask } from './partition-task.js';

export interface PartitionHandlerOptions {
  readonly tasks: Map<string, PartitionTask>;
  readonly flusher: Flusher;
  readonly openTask: (source: TopicPartition) => Promise<PartitionTask>;
  readonly onFoldFailure: (failure: FoldFailure) => Promise<void>;
  readonly observe: ProcessorObserver;
  readonly retry: Retrying;
  /** Records came: the membership works. */
  readonly delivered: () => void;
}

/** What the processor does as a member of its consumer group: a task per partition. */
export function createPartitionHandler(options: PartitionHandlerOptions): GroupHandler {
  const { tasks, flusher, observe, retry } = options;

  async function setAside(task: PartitionTask, failures: readonly FoldFailure[]): Promise<void> {
    task.held = true;
    await Promise.all(
      failures.map((failure) => {
        observe.foldFailed?.(failure);
        return retry('set a record aside', () => options.onFoldFailure(failure));
      }),
    );
    task.held = false;
  }

  return {
    async assigned(source) {
      const task = await options.openTask(source);
      tasks.set(taskName(source), task);
      flusher.add(task);
      return task.nextOffset;
    },

    async records(source, records) {
      options.delivered();
      const task = tasks.get(taskName(source));
      let index = 0;
      while (task !== undefined && !task.stopped && index < records.length) {
        const failures: FoldFailure[] = [];
        index = task.fold(records, index, failures);
        // If this throws, the task stays held: no flush and no snapshot passes the record.
        if (failures.length > 0) await setAside(task, failures);
      }
      if (task !== undefined) await flusher.folded(task);
      // A log that answers from memory must not keep timers and acknowledgements waiting.
      await nextTurn();
    },

    async revoked(source) {
      const name = taskName(source);
      const task = tasks.get(name);
      if (task === undefined) return;
      await flusher.finish(task);
      tasks.delete(name);
    },
  };
}
