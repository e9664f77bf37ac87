import { join } from 'node:path';
import { openLmdbEnvironment } from '@bytebasket/server/adapters/lmdb/environment';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { openLmdbTableStore } from '@bytebasket/server/adapters/lmdb/table-store';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import type { Clock } from '@bytebasket/server/ports/clock';
import type { EventLog, NewRecord } from '@bytebasket/server/ports/event-log';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import type { Row, TableDeclaration, TableStore } from '@bytebasket/server/ports/table-store';
import { PROCESSOR_TABLES, runProcessor } from '@bytebasket/server/processor/processor';
import type { ProcessorOptions } from '@bytebasket/server/processor/processor';
import { BUCKETS, COUNTS_TABLE, countingFold } from './counting-fold.js';

/** The two environments of a data folder, opened in this thread. */
export interface World {
  readonly inputs: EventLog;
  readonly derived: EventLog;
  readonly tables: TableStore;
  readonly clock: Clock;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly folder: string;
  /** Folder of the inputs, when several worlds share them; default `folder`. */
  readonly inputsFolder?: string;
  readonly partitions?: number;
  readonly clock?: Clock;
  readonly tables?: readonly TableDeclaration[];
  /** Bytes per partition of all topics; default unbounded. */
  readonly retentionBytes?: number;
}

/** Opens the embedded log and tables with the processor's tables and those of the counting fold. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { folder, partitions = 2, clock = systemClock() } = options;
  const retention = { bytesMax: options.retentionBytes };
  const inputsEnvironment = await openLmdbEnvironment({
    folder: join(options.inputsFolder ?? folder, 'inputs'),
    notifier: createNotifierMemory(),
  });
  const derivedEnvironment = await openLmdbEnvironment({
    folder: join(folder, 'derived'),
    notifier: createNotifierMemory(),
  });
  const topics = ['user-activity', 'transactions', 'dead-letters'];
  const inputs = await openLmdbEventLog({
    environment: inputsEnvironment,
    topics: topics.map((name) => ({ name, retention })),
    partitions,
    clock,
  });
  const derived = await openLmdbEventLog({
    environment: derivedEnvironment,
    topics: ['updates', 'fraud-decisions'].map((name) => ({ name, retention })),
    partitions,
    clock,
  });
  const tables = await openLmdbTableStore({
    environment: derivedEnvironment,
    tables: [...PROCESSOR_TABLES, ...(options.tables ?? [COUNTS_TABLE])],
    clock,
  });
  return {
    inputs,
    derived,
    tables,
    clock,
    async close() {
      await Promise.all([inputs.close(), derived.close(), tables.close()]);
      await inputsEnvironment.close();
      await derivedEnvironment.close();
    },
  };
}

/** A processor that runs until stopped. */
export interface RunningProcessor {
  /** Settles when it ends by itself or after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a processor with the counting fold and short intervals. */
export function startProcessor(
  world: Pick<World, 'inputs' | 'derived' | 'tables' | 'clock'>,
  options: Partial<ProcessorOptions> = {},
): RunningProcessor {
  const stopping = new AbortController();
  const ended = runProcessor({
    ...world,
    folds: [countingFold()],
    owner: 'test',
    onFoldFailure: async ({ source, fold, error }) => {
      throw new Error(`${fold} failed at ${source.topic}/${source.partition}@${source.offset}`, {
        cause: error,
      });
    },
    flushIntervalMs: 5,
    snapshotIntervalMs: 20,
    ...options,
    signal: stopping.signal,
  });
  return {
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** A record for the counting fold: `amount` is a whole number, or `poison`. */
export function countRecord(name: string, amount: string, partitions: number): NewRecord {
  const key = Buffer.from(name, 'utf8');
  return {
    partition: partitionOf(key, partitions),
    key,
    value: Buffer.from(amount, 'utf8'),
    headers: {},
  };
}

/** All rows of the counting fold, by `name topic/partition`. */
export async function countRows(
  tables: TableStore,
  table: string = COUNTS_TABLE.name,
): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for await (const row of tables.scan(table, [bucket])) {
      const [, name, topic, partition] = row.key;
      rows.set(`${name} ${topic}/${partition}`, row);
    }
  }
  return rows;
}

/** Polls until `done` holds; throws with `what` after `ms` milliseconds. */
export async function eventually(
  what: string,
  done: () => boolean | Promise<boolean>,
  ms = 8_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`after ${ms} ms not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
