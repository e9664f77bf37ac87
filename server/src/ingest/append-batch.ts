import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/errors.js';
import type { EventLog, NewRecord, RecordHeaders } from '../ports/event-log.js';
import { INPUT_TOPICS, TOPICS } from '../ports/topics.js';
import type { AppendQueue, Portion } from './append-queue.js';
import type { BatchRun } from './batch-run.js';
import { deadLetterBytes, deadLetterRecord, HEADERS } from './dead-letter.js';
import type { DeadLetterQuota } from './dead-letter-quota.js';
import type { Duplicates } from './duplicates.js';
import type { IngestObserver } from './observer.js';
import { notKept } from './rejections.js';
import { ACCEPTED, type Rejected } from './verdict.js';

export interface AppendParts {
  readonly log: EventLog;
  readonly queue: AppendQueue;
  readonly clock: Clock;
  readonly duplicates: Duplicates | undefined;
  readonly quota: DeadLetterQuota;
  readonly observer: IngestObserver;
}

/** A batch whose appends were given to the log. */
export interface Issued {
  /** Resolves once all of it is durable; rejects with the log's error. To be called exactly once. */
  durable(): Promise<void>;
}

/** The events of a batch that go to one topic. */
interface Share extends Portion {
  readonly records: NewRecord[];
  /** Index in the batch by index in `records`. */
  readonly indexes: number[];
}

/** Gives a batch's good events and the dead letters of its rejected ones to the log, in this very turn. */
export function appendBatch(run: BatchRun, parts: AppendParts): Issued {
  if (run.incoming.dryRun === true) {
    run.good.forEach((good, index) => {
      if (good !== undefined) run.results.status[index] = ACCEPTED;
    });
    return { durable: async () => run.settle() };
  }
  const dead = keptDeadLetters(run, parts.quota);
  const headers = batchHeaders(run, dead.length);
  const shares = shareOut(run, headers);
  const startedMs = performance.now();
  const partitions = parts.log.partitions;
  const letters = dead.map(({ value, rejected }) =>
    deadLetterRecord(value, { rejected, headers, partitions }),
  );
  const portions: Portion[] = [...shares];
  if (letters.length > 0) portions.push({ topic: TOPICS.deadLetters, records: letters });
  const appended = parts.queue.append({
    portions,
    bytes: run.bytes.length,
    wanted: run.incoming.wanted ?? always,
  });
  return {
    async durable() {
      const outcomes = await appended;
      parts.observer.appended(performance.now() - startedMs);
      const { duplicates } = parts;
      shares.forEach((share, i) => {
        const outcome = outcomes[i];
        const offsets = outcome?.status === 'fulfilled' ? outcome.value : undefined;
        settleShare(run, share, { offsets, duplicates });
      });
      duplicates?.release(run);
      run.settle();
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.status === 'rejected') throw outcome.reason as Error;
        const asked = shares[i]?.records.length ?? letters.length;
        if (outcome.value.length < asked) {
          throw new PortError(
            'Unavailable',
            `the log took ${asked} records and answered for fewer`,
          );
        }
      }
    },
  };
}

function always(): boolean {
  return true;
}

interface DeadEvent {
  readonly value: Uint8Array;
  readonly rejected: Rejected;
}

/** The rejected events that fit the quota; the others become NOT_KEPT. */
function keptDeadLetters(run: BatchRun, quota: DeadLetterQuota): DeadEvent[] {
  const kept: DeadEvent[] = [];
  if (run.incoming.deadLetters === false) return kept;
  for (const [index, rejected] of run.results.rejected) {
    const value = run.slice(index);
    if (takeQuota({ value, rejected }, run, quota)) kept.push({ value, rejected });
    else run.reject(index, notKept(rejected, quota.bytesPerHour));
  }
  return kept;
}

/** Whether a dead letter still fits the hour. */
export function takeQuota(dead: DeadEvent, run: BatchRun, quota: DeadLetterQuota): boolean {
  const { value, rejected } = dead;
  const { headers } = run.incoming;
  return quota.take(deadLetterBytes(deadLetterRecord(value, { rejected, headers, partitions: 1 })));
}

/** Headers of every record of a batch: one object, which the log stores once. */
function batchHeaders(run: BatchRun, dead: number): RecordHeaders {
  const { headers, numbered } = run.incoming;
  if (!numbered) return headers;
  let size = 0;
  for (const good of run.good) if (good !== undefined) size += 1;
  const counted = { ...headers, [HEADERS.batchSize]: String(size) };
  return dead === 0 ? counted : { ...counted, [HEADERS.batchRejected]: String(dead) };
}

function shareOut(run: BatchRun, headers: RecordHeaders): readonly Share[] {
  const { good, results } = run;
  const counts = INPUT_TOPICS.map(() => 0);
  for (const one of good) if (one !== undefined) counts[one.topic] = (counts[one.topic] ?? 0) + 1;
  // Arrays of their final length: growing them would double what a batch allocates here.
  const shares: Share[] = INPUT_TOPICS.map((topic, i) => {
    const count = counts[i] ?? 0;
    return { topic, records: new Array<NewRecord>(count), indexes: new Array<number>(count) };
  });
  const next = INPUT_TOPICS.map(() => 0);
  for (let index = 0; index < run.count; index++) {
    const event = good[index];
    if (event === undefined) continue;
    const { topic, partition } = event;
    event.headers = headers;
    results.topic[index] = topic;
    results.partition[index] = partition;
    const at = next[topic] ?? 0;
    const share = shares[topic];
    if (share === undefined) throw new RangeError(`no topic ${topic}`);
    share.records[at] = event;
    share.indexes[at] = index;
    next[topic] = at + 1;
  }
  return shares.filter(({ records }) => records.length > 0);
}

/** Takes note of what became of a share: its events are durable, or their ids are free again. */
function settleShare(
  run: BatchRun,
  { indexes }: Share,
  {
    offsets,
    duplicates,
  }: { offsets: readonly number[] | undefined; duplicates?: Duplicates | undefined },
): void {
  const { results } = run;
  duplicates?.approach(run, indexes);
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] ?? 0;
    const offset = offsets?.[i];
    if (offset === undefined) {
      duplicates?.forget(run, index);
    } else {
      results.status[index] = ACCEPTED;
      results.offset[index] = offset;
      duplicates?.confirm(run, index);
    }
  }
}
