/**
 * A program that opens the log of a test in another thread or process and appends to it until told to stop.
 * Its argument names a module that exports `openElsewhere(argument): Promise<EventLog>`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { records, TOPIC } from './context.js';

export interface WriterJob {
  readonly module: string;
  readonly argument: unknown;
  /** Begins every text, so that writers can be told apart. */
  readonly label: string;
  /** Records per append, all to one partition in turn. */
  readonly batch: number;
  /** Appends to make; a process that is to be killed gets more than it can finish. */
  readonly appends: number;
  readonly partitions: number;
}

/** Sent after each durable append. */
export interface Acknowledged {
  readonly append: number;
  readonly partition: number;
  readonly offsets: readonly number[];
}

export type WriterMessage = Acknowledged | 'done';

interface OpenerModule {
  openElsewhere(argument: unknown): Promise<EventLog>;
}

function send(message: WriterMessage): void {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
}

async function write(job: WriterJob): Promise<void> {
  const { openElsewhere } = (await import(job.module)) as OpenerModule;
  const log = await openElsewhere(job.argument);
  for (let append = 0; append < job.appends; append++) {
    const partition = append % job.partitions;
    const offsets = await log.append(
      TOPIC,
      records(partition, `${job.label} ${append}`, job.batch),
    );
    send({ append, partition, offsets });
  }
  await log.close();
  send('done');
}

const job = (
  parentPort === null ? JSON.parse(process.argv[2] ?? '') : (workerData as { data: unknown }).data
) as WriterJob;
await write(job);
