import type { Batch, QueuedEvent } from './batch.js';
import { BatchList } from './batch-list.js';
import type { CutLimits, EventQueue } from './event-queue.js';

export interface MemoryQueueOptions {
  readonly limits: CutLimits;
  readonly nowMs: () => number;
  readonly instance: string;
}

/** A queue in memory: as fast as an array, gone with the process. */
export function createMemoryQueue(options: MemoryQueueOptions): EventQueue {
  const list = new BatchList(options);
  let settledNumber = 0;
  return {
    instance: options.instance,
    durable: false,
    recovered: { events: 0, bytes: 0 },
    get batchCount() {
      return list.closedCount;
    },
    get open() {
      return list.open;
    },
    get newestNumber() {
      return list.newestNumber;
    },
    get settledNumber() {
      return list.closedCount === 0 && list.open === undefined ? list.newestNumber : settledNumber;
    },
    add(event) {
      list.add(event);
      return undefined;
    },
    closeOpen: () => {
      list.closeOpen();
    },
    ready(index) {
      const batch = list.at(index);
      return batch !== undefined && hasEvents(batch) ? batch : undefined;
    },
    settleOldest() {
      const batch = list.removeOldest();
      if (batch !== undefined) settledNumber = batch.number;
    },
    dropOldest: () => list.dropOldest(),
    limitCuts: (limits: CutLimits) => {
      list.limitCuts(limits);
    },
    close: (reason) => {
      for (const batch of list.all()) {
        for (const event of batch.events ?? []) event.receipt?.settle(reason);
      }
      return Promise.resolve();
    },
  };
}

export function hasEvents(batch: Batch): batch is Batch & { events: QueuedEvent[] } {
  return batch.events !== undefined;
}
