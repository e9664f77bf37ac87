import type { Retention } from '../../ports/event-log.js';
import type { LmdbEnvironment } from './environment.js';
import type { LogStorage } from './log-storage.js';
import { summariseBatch } from './record-batch.js';

/** Batches freed by one transaction at most, so that appends never wait long behind it. */
const BATCHES_PER_COMMIT = 256;

export interface ExpireTarget {
  readonly environment: LmdbEnvironment;
  readonly storage: LogStorage;
  readonly topic: number;
  readonly partition: number;
  readonly retention: Retention;
}

/** Frees the oldest batches of one partition that are past their retention; returns how many records that were. */
export async function expirePartition(target: ExpireTarget, nowMs: number): Promise<number> {
  const { environment, storage, topic, partition, retention } = target;
  if (retention.maxAgeMs === undefined && retention.bytesMax === undefined) return 0;
  let total = 0;
  for (;;) {
    // Most calls find nothing: looking first spares them a transaction and its sync.
    environment.beginRead();
    if (!oldestIsDue(target, nowMs)) return total;
    total += await environment.write(() => freeBatches(target, nowMs), { frees: true });
  }

  function freeBatches(at: ExpireTarget, now: number): number {
    const before = storage.state(topic, partition);
    let { start, bytes } = before;
    for (let batches = 0; batches < BATCHES_PER_COMMIT && start < before.end; batches++) {
      const batch = storage.batch({ topic, partition, first: start });
      if (batch === undefined) {
        throw new Error(`no batch at offset ${start} of topic ${topic}/${partition}`);
      }
      const { records, appendMs } = summariseBatch(batch);
      if (!due(at.retention, { appendMs, bytes, nowMs: now })) break;
      storage.removeBatch({ topic, partition, first: start });
      start += records;
      bytes -= batch.length;
    }
    if (start !== before.start) storage.putState(topic, partition, { ...before, start, bytes });
    return start - before.start;
  }
}

function oldestIsDue(
  { storage, topic, partition, retention }: ExpireTarget,
  nowMs: number,
): boolean {
  const { start, bytes } = storage.state(topic, partition);
  const batch = storage.batch({ topic, partition, first: start });
  if (batch === undefined) return false;
  return due(retention, { appendMs: summariseBatch(batch).appendMs, bytes, nowMs });
}

interface Age {
  readonly appendMs: number;
  readonly bytes: number;
  readonly nowMs: number;
}

function due({ maxAgeMs, bytesMax }: Retention, { appendMs, bytes, nowMs }: Age): boolean {
  if (maxAgeMs !== undefined && nowMs - appendMs > maxAgeMs) return true;
  return bytesMax !== undefined && bytes > bytesMax;
}
