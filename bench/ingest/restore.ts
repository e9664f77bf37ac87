// How fast the duplicate horizon is restored at start, from the log and from the cache of known ids, and what it takes:
// node --import tsx --conditions=@bytebasket/source bench/ingest/restore.ts [millions of records, default 2]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileBlobCache } from '@bytebasket/server/adapters/files/blob-cache';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { createExaminer, isRejected } from '@bytebasket/server/ingest/examine-event';
import { openIngest } from '@bytebasket/server/ingest/ingest';
import { indexPublishRequest } from '@bytebasket/server/ingest/wire-index';
import { INPUT_TOPICS } from '@bytebasket/server/ports/topics';
import type { NewRecord } from '@bytebasket/server/ports/event-log';
import { BatchMaker } from '../harness/batches.js';

const RECORDS = Number(process.argv[2] ?? 2) * 1e6;
const BATCH = 500;
const BATCHES_AT_ONCE = 16;

const folder = await mkdtemp(join(tmpdir(), 'bytebasket-restore-'));
const clock = systemClock();
const topics = [...INPUT_TOPICS, 'dead-letters'].map((name) => ({ name, retention: {} }));
const open = () => openLmdbEventLog({ folder, clock, topics });

async function fill(): Promise<void> {
  const log = await open();
  const examiner = createExaminer(log.partitions);
  const maker = new BatchMaker(Date.now());
  const words = new Uint32Array(4);
  for (let done = 0; done < RECORDS; done += BATCH * BATCHES_AT_ONCE) {
    const shares: NewRecord[][] = INPUT_TOPICS.map(() => []);
    for (let k = 0; k < BATCHES_AT_ONCE; k++) {
      const { bytes, spans, eventCount } = indexPublishRequest(maker.request(BATCH, 1));
      for (let index = 0; index < eventCount; index++) {
        const [from = 0, to = 0] = spans.slice(2 * index, 2 * index + 2);
        const latestMs = Date.now() + 1e6;
        const slice = { bytes, from, to, index, latestMs, words, wordAt: 0 };
        const event = examiner.examine(slice);
        if (isRejected(event)) throw new Error(event.message);
        shares[event.topic]?.push(event);
      }
    }
    await Promise.all(shares.map((records, i) => log.append(INPUT_TOPICS[i] ?? '', records)));
  }
  await log.close();
}

await fill();
const log = await open();
const idCache = fileBlobCache(join(folder, 'ids'));

async function restore(from: string): Promise<void> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const ingest = await openIngest({ log, clock, idCache });
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const row = {
    from,
    records: RECORDS,
    seconds,
    recordsPerSecond: Math.round(RECORDS / seconds),
    recordsPerCpuSecond: Math.round(RECORDS / ((user + system) / 1e6)),
    bytesPerId: ingest.duplicateBytes / RECORDS,
  };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  await ingest.close();
}

// The first start fills the cache.
await restore('log');
await restore('cache');
await log.close();
await rm(folder, { recursive: true, force: true });
