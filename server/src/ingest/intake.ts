import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { AppendQueue } from './append-queue.js';
import { appendBatch, type Issued } from './append-batch.js';
import { BatchRun, type IncomingBatch } from './batch-run.js';
import type { DeadLetterQuota } from './dead-letter-quota.js';
import type { Duplicates } from './duplicates.js';
import { answerFollowers } from './followers.js';
import { isRejected, type Examiner } from './examine-event.js';
import { FUTURE_TOLERANCE_MS } from './limits.js';
import type { IngestObserver } from './observer.js';
import { resolveDoubts } from './resolve-doubts.js';
import { ACCEPTED, DUPLICATE, type BatchResults } from './verdict.js';
import type { WaitingRoom } from './waiting-room.js';

export interface IntakeParts {
  readonly log: EventLog;
  readonly queue: AppendQueue;
  readonly clock: Clock;
  readonly examiner: Examiner;
  /** Undefined when others write the log too: then the folds drop repeats. */
  readonly duplicates: Duplicates | undefined;
  readonly quota: DeadLetterQuota;
  readonly room: WaitingRoom;
  readonly observer: IngestObserver;
}

/** A batch under way. */
export interface Accepting {
  /**
   * Resolves once the batch's appends were issued, so that the next batch of an ordered stream may begin; undefined when
   * they already were. Never rejects.
   */
  readonly issued: Promise<void> | undefined;
  /**
   * The results, once every accepted event and every dead letter is durable. Rejects with PortError when that failed:
   * then the outcome is unknown to the client, which may safely send again.
   */
  readonly done: Promise<BatchResults>;
}

/** Takes batches in: judges each event, refuses duplicates, appends, keeps dead letters. */
export interface Intake {
  /** Throws ServiceError GATEWAY_SATURATED when too much waits. Appends of calls in order are issued in order. */
  accept(batch: IncomingBatch): Accepting;
  /** Waits until every batch that was taken is settled. */
  close(): Promise<void>;
}

export function openIntake(parts: IntakeParts): Intake {
  const { room, duplicates, observer } = parts;
  let underWay = 0;
  let drained: (() => void) | undefined;

  function leave(run: BatchRun): void {
    room.leave(run.count, run.bytes.length);
    underWay -= 1;
    if (underWay === 0) drained?.();
  }

  async function finish(run: BatchRun, issued: Issued | Promise<Issued>): Promise<BatchResults> {
    try {
      const { durable } = issued instanceof Promise ? await issued : issued;
      await durable();
      if (run.followers.length > 0) await answerFollowers(run, parts);
      if (run.incoming.dryRun !== true) count(run, observer);
      return run.results;
    } finally {
      leave(run);
    }
  }

  return {
    accept(incoming) {
      const run = new BatchRun(incoming);
      room.enter(run.count, run.bytes.length);
      underWay += 1;
      examine(run, parts);
      if (duplicates !== undefined) claim(run, duplicates);
      if (run.doubts.length === 0) {
        return { issued: undefined, done: finish(run, appendBatch(run, parts)) };
      }
      const issued = resolveDoubts(run, parts).then(() => appendBatch(run, parts));
      return { issued: issued.then(nothing, nothing), done: finish(run, issued) };
    },
    async close() {
      if (underWay > 0) await new Promise<void>((resolve) => (drained = resolve));
    },
  };
}

function nothing(): void {
  // The outcome travels in `done`.
}

function examine(run: BatchRun, { examiner, clock }: IntakeParts): void {
  const { bytes, spans } = run;
  const { words } = run.ids;
  const latestMs = clock.nowMs() + FUTURE_TOLERANCE_MS;
  // One object for all events of the batch: this is the hottest loop of the gateway.
  const slice = { bytes, from: 0, to: 0, index: 0, latestMs, words, wordAt: 0 };
  for (let index = 0; index < run.count; index++) {
    slice.from = spans[2 * index] ?? 0;
    slice.to = spans[2 * index + 1] ?? 0;
    slice.index = index;
    slice.wordAt = index * 4;
    const examined = examiner.examine(slice);
    if (isRejected(examined)) run.reject(index, examined);
    else run.good[index] = examined;
  }
}

function claim(run: BatchRun, duplicates: Duplicates): void {
  const dryRun = run.incoming.dryRun === true;
  duplicates.locate(run);
  if (!dryRun) duplicates.register(run);
  for (let index = 0; index < run.count; index++) {
    const good = run.good[index];
    if (good === undefined) continue;
    const twin = dryRun ? duplicates.find(run, index) : duplicates.claim(run, index);
    if (twin === undefined) continue;
    run.good[index] = undefined;
    if (twin.kind === 'durable') run.doubts.push({ index, good, twin });
    else run.followers.push({ index, twin });
  }
}

function count({ results, spans }: BatchRun, observer: IngestObserver): void {
  let accepted = 0;
  let bytes = 0;
  let duplicate = 0;
  for (let index = 0; index < results.count; index++) {
    const status = results.status[index];
    if (status === ACCEPTED) {
      accepted += 1;
      bytes += (spans[2 * index + 1] ?? 0) - (spans[2 * index] ?? 0);
    } else if (status === DUPLICATE) duplicate += 1;
  }
  if (accepted > 0) observer.accepted(accepted, bytes);
  if (duplicate > 0) observer.duplicate(duplicate);
  for (const { reason } of results.rejected.values()) observer.rejected(reason);
}
