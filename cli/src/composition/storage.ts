import { join } from 'node:path';
import { openLmdbEnvironment } from '@bytebasket/server/adapters/lmdb/environment';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { openLmdbTableStore } from '@bytebasket/server/adapters/lmdb/table-store';
import type { Clock } from '@bytebasket/server/ports/clock';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';
import { TABLES } from './tables.js';
import { derivedTopics, inputTopics, type RetentionSettings } from './topic-declarations.js';

export interface StorageOptions {
  readonly dataFolder: string;
  readonly inputsNotifier: SharedArrayBuffer;
  readonly derivedNotifier: SharedArrayBuffer;
  readonly retention: RetentionSettings;
  readonly clock: Clock;
}

/** One thread's handles of the data folder. */
export interface Storage {
  /** Topics that the gateway writes. */
  readonly inputs: EventLog;
  /** Topics that the processor writes. */
  readonly derived: EventLog;
  readonly tables: TableStore;
  /** Waits for writes under way, then closes everything, whatever fails on the way; throws what failed. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the two environments of a data folder, `inputs` and `derived`: apart, so that a commit of the processor never
 * sits inside an acknowledgement of the gateway.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dataFolder, inputsNotifier, derivedNotifier, retention, clock } = options;
  const open = async (name: string, notifier: SharedArrayBuffer) =>
    openLmdbEnvironment({ folder: join(dataFolder, name), notifier });
  const inputsEnvironment = await open('inputs', inputsNotifier);
  const closers: (() => Promise<void>)[] = [() => inputsEnvironment.close()];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(closers, dataFolder));
  try {
    const derivedEnvironment = await open('derived', derivedNotifier);
    closers.push(() => derivedEnvironment.close());
    const [inputs, derived, tables] = await Promise.all([
      openLmdbEventLog({
        environment: inputsEnvironment,
        topics: inputTopics(retention),
        clock,
      }),
      openLmdbEventLog({
        environment: derivedEnvironment,
        topics: derivedTopics(retention),
        clock,
      }),
      openLmdbTableStore({
        environment: derivedEnvironment,
        tables: TABLES,
        clock,
      }),
    ]);
    closers.push(
      () => inputs.close(),
      () => derived.close(),
      () => tables.close(),
    );
    return { inputs, derived, tables, close };
  } catch (error) {
    const failures = await close().then(
      () => [],
      (failure: unknown) => [failure],
    );
    if (failures.length === 0) throw error;
    const message = `cannot open ${dataFolder}, nor close again what was open`;
    throw new AggregateError([error, ...failures], message, { cause: error });
  }
}

/** Runs every closer, the newest first; throws the only failure, or all of them together. */
export async function closeAll(
  closers: readonly (() => Promise<void>)[],
  dataFolder: string,
): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.toReversed()) await closer().catch((e: unknown) => failures.push(e));
  if (failures.length === 1) throw failures[0];
  if (failures.length === 0) return;
  const message = `${failures.length} parts of ${dataFolder} did not close`;
  throw new AggregateError(failures, message, { cause: failures[0] });
}

/** One log over both environments, for whoever reads topics of both. Closing it closes the storage's logs. */
export function logOf({ inputs, derived }: Pick<Storage, 'inputs' | 'derived'>): EventLog {
  return routedLog({
    [TOPICS.userActivity]: inputs,
    [TOPICS.transactions]: inputs,
    [TOPICS.deadLetters]: inputs,
    [TOPICS.fraudDecisions]: derived,
    [TOPICS.updates]: derived,
  });
}
