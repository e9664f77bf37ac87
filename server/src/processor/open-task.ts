import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/errors.js';
import type { EventLog, TopicPartition } from '../ports/event-log.js';
import type { TableStore } from '../ports/table-store.js';
import type { Retrying } from '../retry/retry.js';
import type { Decided } from './decided.js';
import type { FoldDefinition } from './fold.js';
import { claimSnapshots, type LoadedSnapshot } from './fold-snapshots.js';
import type { ProcessorObserver } from './observer.js';
import { takeOwnership } from './ownership.js';
import { PartitionTask, type RunningFold } from './partition-task.js';
import { readDecided } from './read-decided.js';

export interface OpenTaskOptions {
  readonly inputs: EventLog;
  /** Holds the topics of decisions. */
  readonly derived: EventLog;
  readonly tables: TableStore;
  readonly folds: readonly FoldDefinition[];
  readonly clock: Clock;
  readonly owner: string;
  readonly observe: ProcessorObserver;
  readonly retry: Retrying;
}

/**
 * Takes a partition and loads its folds: after it returned, no older owner can flip a snapshot. Reading goes on where
 * the oldest snapshot of the folds ends; if the log does not reach back that far, at its start, and the gap is told.
 * Throws Conflict when the log ends before the snapshot: then it lost records, and folding on would hide it.
 */
export async function openTask(
  options: OpenTaskOptions,
  source: TopicPartition,
): Promise<PartitionTask> {
  const { inputs, tables, clock, owner, observe, retry } = options;
  const epoch = await retry('take ownership', () =>
    takeOwnership({ tables, clock, owner }, source),
  );
  const folds: RunningFold[] = [];
  let snapshotBytes = 0;
  for (const definition of options.folds) {
    if (!definition.topics.includes(source.topic)) continue;
    const { name } = definition;
    const loaded = await retry('load a snapshot', () =>
      claimSnapshots({ tables, clock, epoch }, { fold: name, source }),
    );
    const { nextOffset: from, writeTime, chunks, snapshots } = loaded;
    const fold = definition.open(source, chunks);
    const decided = await decidedOf(options, { definition, source, loaded });
    folds.push({ name, fold, from, writeTime, snapshots, decided });
    snapshotBytes += loaded.bytes;
  }
  const task = new PartitionTask({ source, epoch, folds, gap: (gap) => observe.gap?.(gap) });
  const bounds = await retry('read bounds', () => inputs.bounds(source.topic));
  const { start, end } = bounds[source.partition] ?? { start: 0, end: 0 };
  if (task.nextOffset > end) {
    throw new PortError(
      'Conflict',
      `${source.topic}/${source.partition} ends at ${end}, but its snapshot at ${task.nextOffset}: ` +
        'the log lost records; restore it, or delete the derived data to fold it from its start',
    );
  }
  if (task.nextOffset < start) task.skipTo(start);
  observe.owned?.({ ...source, epoch, nextOffset: task.nextOffset, snapshotBytes });
  return task;
}

interface LoadedFold {
  readonly definition: FoldDefinition;
  readonly source: TopicPartition;
  readonly loaded: LoadedSnapshot;
}

async function decidedOf(
  { derived, retry }: OpenTaskOptions,
  { definition, source, loaded }: LoadedFold,
): Promise<Decided | undefined> {
  const { decide: stage, topics } = definition;
  if (stage === undefined || !(stage.sources ?? topics).includes(source.topic)) return undefined;
  const { decided: place, nextOffset: from } = loaded;
  return readDecided({ derived, retry, stage, source, place, from });
}
