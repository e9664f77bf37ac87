import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/errors.js';
import type { EventLog } from '../ports/event-log.js';
import type { RowWrite, TableStore } from '../ports/table-store.js';
import type { Retrying } from '../retry/retry.js';
import type { ProcessorObserver } from './observer.js';
import type { CapturedSnapshot, PartitionTask } from './partition-task.js';
import { removePieces } from './snapshot-chunks.js';
import { CHUNKS_TABLE, PROCESSOR_GROUP } from './tables.js';

/** Bounds of one write: rows and, unless a single row is larger, bytes. */
const ROWS_PER_CALL = 1_000;
const BYTES_PER_CALL = 4 * 1024 * 1024;

export interface SnapshotWriterOptions {
  readonly inputs: EventLog;
  readonly tables: TableStore;
  readonly clock: Clock;
  readonly retry: Retrying;
  readonly observe: ProcessorObserver;
  /** Another owner took the task's partition. */
  readonly fenced: (task: PartitionTask) => void;
}

/**
 * Writes snapshots of several partitions together: chunks, then pointers, then the old chunks go and the group's
 * positions are committed. A crash between any two of these leaves the snapshot before, or this one.
 */
export type WriteSnapshots = (snapshots: readonly CapturedSnapshot[]) => Promise<void>;

export function createSnapshotWriter(options: SnapshotWriterOptions): WriteSnapshots {
  const { inputs, tables, clock, retry, observe } = options;

  async function flip(snapshot: CapturedSnapshot): Promise<boolean> {
    try {
      for (const fold of snapshot.folds) await retry('flip a snapshot pointer', () => fold.flip());
      return true;
    } catch (error) {
      if (!isPortError(error, 'Fenced')) throw error;
      options.fenced(snapshot.task);
      return false;
    }
  }

  return async (snapshots) => {
    const startMs = clock.nowMs();
    for (const rows of calls(snapshots.flatMap(({ folds }) => folds.flatMap((f) => f.rows)))) {
      await retry('write snapshot chunks', () => tables.write(CHUNKS_TABLE.name, rows));
    }
    const flips = await Promise.all(snapshots.map(flip));
    const done = snapshots.filter((_, index) => flips[index] === true);
    if (done.length === 0) return;
    const retired = done.flatMap(({ folds }) => folds.flatMap((fold) => fold.retired));
    const positions = done.map(({ task, nextOffset }) => ({ ...task.source, offset: nextOffset }));
    await Promise.all([
      retry('delete old snapshot chunks', () => removePieces(tables, retired)),
      retry('commit positions', () => inputs.commit(PROCESSOR_GROUP, positions)),
    ]);
    const durationMs = clock.nowMs() - startMs;
    for (const { task, nextOffset, folds } of done) {
      const chunks = folds.reduce((sum, fold) => sum + fold.chunks, 0);
      const bytes = folds.reduce((sum, fold) => sum + fold.bytes, 0);
      observe.snapshotted?.({ ...task.source, nextOffset, chunks, bytes, durationMs });
    }
  };
}

function* calls(rows: readonly RowWrite[]): Generator<readonly RowWrite[]> {
  let call: RowWrite[] = [];
  let bytes = 0;
  for (const row of rows) {
    const content = row.cells['bytes'];
    const size = content instanceof Uint8Array ? content.length : 0;
    if (call.length > 0 && (call.length >= ROWS_PER_CALL || bytes + size > BYTES_PER_CALL)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(row);
    bytes += size;
  }
  if (call.length > 0) yield call;
}
