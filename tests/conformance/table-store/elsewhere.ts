/**
 * A program that opens the tables of a test in another thread or process and writes to them.
 * Its argument names a module that exports `openElsewhere(argument): Promise<TableStore>`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { TYPES, WINDOWS } from './context.js';

export interface TableJob {
  readonly module: string;
  readonly argument: unknown;
  /** `pairs`: rows that must always agree; `counter`: increments by compare-and-set. */
  readonly work: 'pairs' | 'counter';
  readonly rounds: number;
}

/** Sent after each durable write: how many there were. */
export type TableMessage = number | 'done';

interface OpenerModule {
  openElsewhere(argument: unknown): Promise<TableStore>;
}

function send(message: TableMessage): void {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
}

/** Writes the same number to many rows at once, again and again. */
async function writePairs(store: TableStore, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const rows = Array.from({ length: 20 }, (_, start) => ({
      key: ['pairs', 0, start, 'x'],
      cells: { a: round },
      writeTime: round,
    }));
    await store.write(WINDOWS.name, rows);
    send(round);
  }
}

/** Adds one to a counter, `rounds` times, whoever else does so. */
export async function increment(store: TableStore, rounds: number): Promise<void> {
  for (let done = 0; done < rounds;) {
    const row = await store.get(TYPES.name, ['counter']);
    const amount = Number(row?.cells['amount'] ?? 0);
    const applied = await store.compareAndSet(TYPES.name, {
      key: ['counter'],
      expected: row === undefined ? undefined : { amount },
      next: { amount: amount + 1 },
      writeTime: amount + 1,
    });
    if (applied) done += 1;
  }
}

async function work(job: TableJob): Promise<void> {
  const { openElsewhere } = (await import(job.module)) as OpenerModule;
  const store = await openElsewhere(job.argument);
  if (job.work === 'pairs') await writePairs(store, job.rounds);
  else await increment(store, job.rounds);
  await store.close();
  send('done');
}

export function jobOf(): TableJob | undefined {
  if (parentPort !== null) return (workerData as { data?: TableJob } | undefined)?.data;
  const argument = process.argv[2];
  return argument?.startsWith('{') === true ? (JSON.parse(argument) as TableJob) : undefined;
}

export { work };
