import { PortError } from '../ports/errors.js';
import type { EventLog } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import { takeQuota } from './append-batch.js';
import type { BatchRun, Follower } from './batch-run.js';
import { deadLetterRecord, HEADERS } from './dead-letter.js';
import type { DeadLetterQuota } from './dead-letter-quota.js';
import { idText, placeText, type OpenTwin } from './duplicates.js';
import { eventIdReused, notKept } from './rejections.js';
import { ACCEPTED, DUPLICATE } from './verdict.js';

export interface FollowerParts {
  readonly log: EventLog;
  readonly quota: DeadLetterQuota;
}

/**
 * Answers the events whose id another batch (or an earlier event of the same one) was appending: duplicates of what is
 * durable by now, or rejected for other content. Throws Unavailable when the other one failed: nobody has the id then.
 */
export async function answerFollowers(run: BatchRun, parts: FollowerParts): Promise<void> {
  const reused: Follower[] = [];
  for (const follower of run.followers) {
    const { index, twin } = follower;
    await twin.batch.settled;
    const { results } = twin.batch;
    if (results.status[twin.index] !== ACCEPTED) {
      throw new PortError('Unavailable', 'an event with the same id could not be written');
    }
    const topic = results.topic[twin.index] ?? 0;
    const partition = results.partition[twin.index] ?? 0;
    const offset = results.offset[twin.index] ?? 0;
    if (Buffer.compare(sliceOf(twin), run.slice(index)) === 0) {
      run.results.status[index] = DUPLICATE;
      run.results.topic[index] = topic;
      run.results.partition[index] = partition;
      run.results.offset[index] = offset;
    } else {
      run.reject(index, eventIdReused(idText(run, index), placeText(topic, partition, offset)));
      reused.push(follower);
    }
  }
  const { deadLetters, dryRun } = run.incoming;
  if (reused.length > 0 && deadLetters !== false && dryRun !== true) {
    await keep(run, reused, parts);
  }
}

function sliceOf({ batch, index }: OpenTwin): Uint8Array {
  return batch.bytes.subarray(batch.spans[2 * index], batch.spans[2 * index + 1]);
}

/** The dead letters of a batch whose other ones were written before. */
async function keep(
  run: BatchRun,
  reused: readonly Follower[],
  { log, quota }: FollowerParts,
): Promise<void> {
  const dead = reused.flatMap(({ index }) => {
    const rejected = run.results.rejected.get(index);
    if (rejected === undefined) throw new RangeError(`event ${index} was not rejected`);
    const value = run.slice(index);
    if (takeQuota({ value, rejected }, run, quota)) return [{ value, rejected }];
    run.reject(index, notKept(rejected, quota.bytesPerHour));
    return [];
  });
  if (dead.length === 0) return;
  const rejectedCount = run.results.rejected.size;
  const { headers, numbered } = run.incoming;
  const counted = numbered
    ? { ...headers, [HEADERS.batchRejected]: String(rejectedCount) }
    : headers;
  const { partitions } = log;
  await log.append(
    TOPICS.deadLetters,
    dead.map(({ value, rejected }) =>
      deadLetterRecord(value, { rejected, headers: counted, partitions }),
    ),
  );
}
