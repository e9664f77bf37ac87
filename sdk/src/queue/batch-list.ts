import { emptyBatch, type Batch, type QueuedEvent } from './batch.js';
import type { CutLimits } from './event-queue.js';
import { Fifo } from './fifo.js';

/** The batches of a queue, oldest first: closed ones and at most one open one at the end. */
export class BatchList {
  readonly #nowMs: () => number;
  #limits: CutLimits;
  readonly #closed = new Fifo<Batch>();
  #open: Batch | undefined;
  #newestNumber: number;

  constructor(options: { limits: CutLimits; nowMs: () => number; newestNumber?: number }) {
    this.#limits = options.limits;
    this.#nowMs = options.nowMs;
    this.#newestNumber = options.newestNumber ?? 0;
  }

  get closedCount(): number {
    return this.#closed.length;
  }

  get open(): Batch | undefined {
    return this.#open;
  }

  get newestNumber(): number {
    return this.#newestNumber;
  }

  limitCuts(limits: CutLimits): void {
    this.#limits = limits;
  }

  /** The closed batch at a place from the oldest. */
  at(index: number): Batch | undefined {
    return this.#closed.at(index);
  }

  /** Puts the event into the open batch, or into a new one when it does not fit; returns the batch. */
  add(event: QueuedEvent): Batch {
    if (this.#open !== undefined && this.#open.size + event.size > this.#limits.bytesMax) {
      this.closeOpen();
    }
    if (this.#open === undefined) {
      this.#newestNumber += 1;
      this.#open = emptyBatch(this.#newestNumber, this.#nowMs());
    }
    const batch = this.#open;
    batch.events?.push(event);
    batch.count += 1;
    batch.size += event.size;
    if (batch.count >= this.#limits.eventsMax || batch.size >= this.#limits.bytesMax) {
      this.closeOpen();
    }
    return batch;
  }

  /** Adds a closed batch of an earlier process. */
  restore(batch: Batch): void {
    this.#closed.push(batch);
    this.#newestNumber = Math.max(this.#newestNumber, batch.number);
  }

  closeOpen(): void {
    if (this.#open === undefined) return;
    this.#closed.push(this.#open);
    this.#open = undefined;
  }

  removeOldest(): Batch | undefined {
    return this.#closed.shift();
  }

  /** Takes out the oldest event that was never sent. A batch that it leaves empty goes too, and its number with it. */
  dropOldest(): QueuedEvent | undefined {
    const place = this.#firstUnsent();
    const batch = this.#closed.at(place) ?? this.#open;
    const event = batch?.events?.shift();
    if (batch === undefined || event === undefined) return undefined;
    batch.count -= 1;
    batch.size -= event.size;
    if (batch.count === 0) {
      if (batch === this.#open) this.#open = undefined;
      else this.#closed.removeAt(place);
    }
    return event;
  }

  /** Batches are sent in order, so those that were sent stand first; there are at most as many as may be in flight. */
  #firstUnsent(): number {
    let place = 0;
    while (this.#closed.at(place)?.sent === true) place += 1;
    return place;
  }
}
