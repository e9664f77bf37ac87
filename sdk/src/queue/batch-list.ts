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

  /** Every batch, oldest first. */
  *all(): Generator<Batch, void, undefined> {
    for (let at = 0; at < this.#closed.length; at += 1) {
      const batch = this.#closed.at(at);
      if (batch !== undefined) yield batch;
    }
    if (this.#open !== undefined) yield this.#open;
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
    const batch = this.#closed.at(this.#firstUnsent()) ?? this.#open;
    const event = batch?.events?.shift();
    if (batch === undefined || event === undefined) return undefined;
    this.shrink(batch, 1, event.size);
    return event;
  }

  /** Takes an event out again that could not be kept. */
  remove(number: number, event: QueuedEvent): void {
    const batch = this.find(number);
    const place = batch?.events?.indexOf(event) ?? -1;
    if (batch === undefined || place === -1) return;
    batch.events?.splice(place, 1);
    this.shrink(batch, 1, event.size);
  }

  /** Takes events off a batch's account; an empty batch goes, and its number with it. */
  shrink(batch: Batch, count: number, size: number): void {
    batch.count -= count;
    batch.size -= size;
    if (batch.count > 0) return;
    if (batch === this.#open) this.#open = undefined;
    else this.#closed.retain((one) => one !== batch);
  }

  /** The batch of a number, searched from the newest. */
  find(number: number): Batch | undefined {
    if (this.#open?.number === number) return this.#open;
    for (let at = this.#closed.length - 1; at >= 0; at -= 1) {
      const batch = this.#closed.at(at);
      if (batch?.number === number) return batch;
    }
    return undefined;
  }

  /** Batches are sent in order, so those that were sent stand first; there are at most as many as may be in flight. */
  #firstUnsent(): number {
    let place = 0;
    while (this.#closed.at(place)?.sent === true) place += 1;
    return place;
  }
}
