// CPU time of each stage of ingest alone, microseconds per event, in one process without gRPC:
// node --import tsx --conditions=@bytebasket/source bench/ingest/stages.ts
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import {
  createExaminer,
  isRejected,
  type EventSlice,
  type Examined,
} from '@bytebasket/server/ingest/examine-event';
import { openIntake } from '@bytebasket/server/ingest/intake';
import { openAppendQueue } from '@bytebasket/server/ingest/append-queue';
import { Duplicates } from '@bytebasket/server/ingest/duplicates';
import { openDeadLetterQuota } from '@bytebasket/server/ingest/dead-letter-quota';
import { DEFAULT_LIMITS } from '@bytebasket/server/ingest/limits';
import { wholeObserver } from '@bytebasket/server/ingest/observer';
import { createResultEncoder } from '@bytebasket/server/ingest/result-encoder';
import type { BatchResults } from '@bytebasket/server/ingest/verdict';
import { indexPublishRequest, type RequestIndex } from '@bytebasket/server/ingest/wire-index';
import { openWaitingRoom } from '@bytebasket/server/ingest/waiting-room';
import type { EventLog, NewRecord } from '@bytebasket/server/ports/event-log';
import { BatchMaker } from '../harness/batches.js';

const EVENTS = 100;
const BATCHES = 4_000;
const ROUNDS = 4;

const maker = new BatchMaker(Date.now());
const requests = Array.from({ length: BATCHES }, () => Buffer.from(maker.request(EVENTS, 1)));
const clock = systemClock();

async function stage(name: string, run: () => void | Promise<void>): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / (BATCHES * EVENTS));
  }
  process.stdout.write(`${name.padEnd(44)} ${best.toFixed(3)} us per event\n`);
}

let indexes: RequestIndex[] = [];
await stage('index', () => {
  indexes = requests.map(indexPublishRequest);
});

const words = new Uint32Array(4 * EVENTS);
const examiner = createExaminer(4);

function examineAll(examine: (slice: EventSlice) => Examined): void {
  const latestMs = Date.now();
  for (const { bytes, spans, eventCount } of indexes) {
    for (let i = 0; i < eventCount; i++) {
      const from = spans[2 * i] ?? 0;
      const to = spans[2 * i + 1] ?? 0;
      const seen = examine({ bytes, from, to, index: i, latestMs, words, wordAt: 4 * i });
      if (isRejected(seen)) throw new Error(seen.message);
    }
  }
}

await stage('examine, decoded', () => examineAll((slice) => examiner.examineThoroughly(slice)));
await stage('examine', () => examineAll((slice) => examiner.examine(slice)));

/** A log that forgets: what ingest costs without it. */
function nullLog(): EventLog {
  let end = 0;
  const refuse = (): never => {
    throw new Error('only append');
  };
  return {
    capabilities: { singleWriter: true, atomicAppend: true, sharedGroups: false },
    partitions: 4,
    append: (_topic: string, records: readonly NewRecord[]) =>
      Promise.resolve(records.map(() => end++)),
    // What two ids with one hash lead to: nothing lies there.
    read: async function* () {},
    consume: refuse,
    commit: refuse,
    bounds: refuse,
    expire: refuse,
    close: refuse,
  };
}

const HEADERS = { client_id: 'bench', batch_number: '1' };
let results: BatchResults[] = [];

async function take(log: EventLog, checked: boolean): Promise<void> {
  const observer = wholeObserver();
  const intake = openIntake({
    log,
    queue: openAppendQueue(log),
    clock,
    examiner,
    duplicates: checked
      ? new Duplicates({
          partitions: 4,
          horizonRecords: 2_500_000,
          seed: randomFillSync(new Uint32Array(4)),
          expected: 0,
        })
      : undefined,
    quota: openDeadLetterQuota(clock, DEFAULT_LIMITS.deadLetterBytesPerHour),
    room: openWaitingRoom(DEFAULT_LIMITS, observer),
    observer,
  });
  results = [];
  for (let from = 0; from < indexes.length; from += 16) {
    const group = indexes.slice(from, from + 16);
    const under = group.map((request) =>
      intake.accept({ request, headers: HEADERS, numbered: true }),
    );
    for (const { done } of under) results.push(await done);
  }
}

await stage('intake without log and duplicates', () => take(nullLog(), false));
await stage('intake without log', () => take(nullLog(), true));

const folder = await mkdtemp(join(tmpdir(), 'bytebasket-stages-'));
const topics = ['user-activity', 'transactions', 'dead-letters'];
const log = await openLmdbEventLog({
  folder,
  clock,
  topics: topics.map((name) => ({ name, retention: {} })),
});
await stage('intake with lmdb, 16 batches at once', () => take(log, true));
await log.close();
await rm(folder, { recursive: true, force: true });

const encoder = createResultEncoder();
await stage('encode the answer', () => {
  for (const result of results) encoder.publishResponse(result);
});
