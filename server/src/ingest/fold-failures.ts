import type { EventLog, LogRecord } from '../ports/event-log.js';
import { isPortError } from '../ports/errors.js';
import { TOPICS } from '../ports/topics.js';
import { HEADERS } from './dead-letter.js';

/** Fold failures remembered; beyond, the oldest are forgotten and may show twice. */
const FAILURES_MAX = 100_000;
const RECORDS_PER_READ = 5_000;

/**
 * Knows which dead letters of folds are repeats. A processor that crashes between writing one and its next snapshot writes
 * it again; both have the same key, so the first one counts.
 */
export interface FoldFailures {
  /** Takes note of what was appended since the last call. */
  catchUp(signal: AbortSignal): Promise<void>;
  /** Whether an earlier record says the same. */
  repeated(partition: number, record: LogRecord): boolean;
}

/** Reads the dead letters once from the start and from then on only what is new. */
export function openFoldFailures(log: EventLog): FoldFailures {
  const firsts = new Map<string, number>();
  const next: number[] = Array.from({ length: log.partitions }, () => 0);

  function note(partition: number, record: LogRecord): void {
    next[partition] = record.offset + 1;
    if (record.headers[HEADERS.source] === undefined) return;
    const key = nameOf(partition, record);
    if (firsts.has(key)) return;
    firsts.set(key, record.offset);
    if (firsts.size <= FAILURES_MAX) return;
    for (const oldest of firsts.keys()) {
      firsts.delete(oldest);
      return;
    }
  }

  async function catchUpPartition(partition: number, signal: AbortSignal): Promise<void> {
    const from = next[partition] ?? 0;
    const options = { from, recordsMax: RECORDS_PER_READ, signal };
    for await (const records of log.read(TOPICS.deadLetters, partition, options)) {
      for (const record of records) note(partition, record);
    }
  }

  return {
    async catchUp(signal) {
      for (const { partition, start } of await log.bounds(TOPICS.deadLetters)) {
        next[partition] = Math.max(next[partition] ?? 0, start);
        try {
          await catchUpPartition(partition, signal);
        } catch (error) {
          // Expired between the two looks: the next call goes on from the new start.
          if (!isPortError(error, 'OutOfRange')) throw error;
        }
      }
    },
    repeated(partition, record) {
      if (record.headers[HEADERS.source] === undefined) return false;
      const first = firsts.get(nameOf(partition, record));
      return first !== undefined && first < record.offset;
    },
  };
}

function nameOf(partition: number, { key }: LogRecord): string {
  return `${partition}:${Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')}`;
}
