import type {
  BatchRange,
  ReconcileRequest,
  ReconcileResponse,
} from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { fieldError } from '../gateway/field-error.js';
import { ServiceError } from '../gateway/service-error.js';
import type { EventLog, LogRecord } from '../ports/event-log.js';
import { INPUT_TOPICS, TOPICS } from '../ports/topics.js';
import { BatchTally } from './batch-tally.js';
import { HEADERS } from './dead-letter.js';
import { takeId } from './restore-duplicates.js';
import { startOffset } from './start-offset.js';

const BATCHES_MAX = 1_000_000;
const RECORDS_PER_READ = 2_000;
/** Event ids held at once while repeats are looked for; more batches take more passes over the log. */
const IDS_PER_PASS = 1_000_000;

/**
 * AdminService.Reconcile, for a valid request: accounts for a client's numbered batches from the headers of the records. A
 * batch that was sent again after a part of it was written has records of several attempts; together they must give what the
 * largest attempt meant to write.
 */
export async function reconcile(
  request: ReconcileRequest,
  log: EventLog,
  signal: AbortSignal,
): Promise<ReconcileResponse> {
  const first = checkedRange(request);
  const count = Number(request.endBatchNumber - request.startBatchNumber);
  const tally = new BatchTally(count);
  const scope: Scope = { log, request, signal, first, count };
  for (const topic of INPUT_TOPICS) {
    await scan(topic, scope, (batch, record) => tally.event(batch, record.headers));
  }
  await scan(TOPICS.deadLetters, scope, (batch, record) => tally.deadLetter(batch, record.headers));
  for (const batches of passes(tally.doubtful(!log.capabilities.singleWriter), tally)) {
    await countDistinct(scope, batches, tally);
  }
  return answer(tally, request.startBatchNumber);
}

function checkedRange({ startBatchNumber, endBatchNumber }: ReconcileRequest): bigint {
  if (endBatchNumber <= startBatchNumber) {
    const value = endBatchNumber.toString();
    const message = `end_batch_number is ${value}: use more than start_batch_number (${startBatchNumber.toString()})`;
    throw fieldError([{ field: 'end_batch_number', rule: 'range.order', message, value }]);
  }
  const count = endBatchNumber - startBatchNumber;
  if (count > BigInt(BATCHES_MAX)) {
    throw new ServiceError(
      ErrorReason.RANGE_TOO_LARGE,
      `the range has ${count.toString()} batches: ask for at most ${BATCHES_MAX}`,
      {
        metadata: {
          field: 'end_batch_number',
          value: count.toString(),
          limit: String(BATCHES_MAX),
        },
      },
    );
  }
  return startBatchNumber;
}

interface Scope {
  readonly log: EventLog;
  readonly request: ReconcileRequest;
  readonly signal: AbortSignal;
  readonly first: bigint;
  readonly count: number;
}

/** Visits the records of the client's batches asked for, with the batch's place in the range. */
async function scan(
  topic: string,
  { log, request, signal, first, count }: Scope,
  visit: (batch: number, record: LogRecord) => void,
): Promise<void> {
  const startMs = request.startTime?.getTime();
  for (let partition = 0; partition < log.partitions; partition++) {
    const from = await startOffset(log, { topic, partition, startMs });
    const options = { from, recordsMax: RECORDS_PER_READ, signal };
    for await (const records of log.read(topic, partition, options)) {
      for (const record of records) {
        const { headers } = record;
        if (headers[HEADERS.clientId] !== request.clientId) continue;
        const batch = place(headers[HEADERS.batchNumber], first);
        if (batch >= 0 && batch < count) visit(batch, record);
      }
    }
    signal.throwIfAborted();
  }
}

/** Place in the range of the batch that a header names; -1 when it names none. */
function place(batchNumber: string | undefined, first: bigint): number {
  if (batchNumber === undefined) return -1;
  const exact = Number(batchNumber);
  if (Number.isSafeInteger(exact) && first <= Number.MAX_SAFE_INTEGER) return exact - Number(first);
  return Number(BigInt(batchNumber) - first);
}

/** Groups batches so that the ids of a group can be held. */
function passes(batches: readonly number[], tally: BatchTally): Set<number>[] {
  const groups: Set<number>[] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    const events = tally.found(batch);
    if (held + events > IDS_PER_PASS) {
      groups.push(new Set());
      held = 0;
    }
    groups.at(-1)?.add(batch);
    held += events;
  }
  return groups;
}

async function countDistinct(
  scope: Scope,
  batches: ReadonlySet<number>,
  tally: BatchTally,
): Promise<void> {
  const ids = new Set<string>();
  const words = new Uint32Array(4);
  for (const topic of INPUT_TOPICS) {
    await scan(topic, scope, (batch, record) => {
      if (!batches.has(batch) || !takeId(record.value, { words, wordAt: 0 })) return;
      const id = `${batch}:${words.join(',')}`;
      if (ids.has(id)) tally.repeated(batch);
      else ids.add(id);
    });
  }
}

function answer(tally: BatchTally, first: bigint): ReconcileResponse {
  return {
    durable: ranges(tally.count, first, (batch) => tally.durable(batch)),
    missing: ranges(tally.count, first, (batch) => !tally.durable(batch)),
    duplicate: ranges(tally.count, first, (batch) => tally.repeats(batch) > 0),
    durableEventCount: BigInt(tally.eventCount),
    deadLetterCount: BigInt(tally.deadLetterCount),
  };
}

function ranges(count: number, first: bigint, holds: (batch: number) => boolean): BatchRange[] {
  const found: BatchRange[] = [];
  for (let batch = 0; batch < count; batch++) {
    if (!holds(batch)) continue;
    const start = batch;
    while (batch + 1 < count && holds(batch + 1)) batch += 1;
    found.push({
      startBatchNumber: first + BigInt(start),
      endBatchNumber: first + BigInt(batch + 1),
    });
  }
  return found;
}
