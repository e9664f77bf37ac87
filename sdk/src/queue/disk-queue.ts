import { mkdirSync } from 'node:fs';
import { createAlarm, type Alarm } from '../alarm.js';
import type { SdkClock } from '../clock.js';
import type { ByteBasketError } from '../errors/byte-basket-error.js';
import { EventLostError, QueueFailedError } from '../errors/errors.js';
import type { Observer } from '../options/observer.js';
import type { QueueReceipt } from '../publish/receipt.js';
import type { Batch, QueuedEvent } from './batch.js';
import { BatchList } from './batch-list.js';
import type { CutLimits, EventQueue } from './event-queue.js';
import { Fifo } from './fifo.js';
import { lockFolder, type FolderLock } from './folder-lock.js';
import { Journal } from './journal.js';
import { encodeRecord } from './journal-record.js';
import { loadBatch } from './load-batch.js';
import { hasEvents } from './memory-queue.js';
import { recoverFolder, type Place, type Recovery } from './recover.js';
import { removeSegment, syncFolder } from './segment-files.js';

/** Bytes of events that stay in memory; what is beyond is read back when its turn comes. */
const RESIDENT_BYTES_MAX = 8 * 1024 * 1024;

/** How long the note that batches were answered may wait for company. Losing it means a harmless resend. */
const SETTLED_NOTE_DELAY_MS = 100;

/** How long to wait before reading again what could not be read. */
const READ_RETRY_DELAY_MS = 1_000;

export interface DiskQueueOptions {
  readonly folder: string;
  readonly limits: CutLimits;
  readonly clock: SdkClock;
  /** Used when the folder has no instance yet. */
  readonly instance: string;
  readonly observe: Observer;
  /** Is called when a batch may have become ready. */
  readonly becameReady: () => void;
  /** Takes back the room of events that will not be delivered. */
  readonly released: (events: number, bytes: number) => void;
  /** Bytes of events kept in memory; default 8 MiB. */
  readonly residentBytesMax?: number;
}

interface Unwritten {
  readonly sequence: number;
  readonly number: number;
  readonly event: QueuedEvent;
}

/** Events and bytes that a folder held when it was opened. */
export interface Recovered {
  readonly events: number;
  readonly bytes: number;
}

/**
 * A queue in a folder. An event is written and synced before its `add` resolves and before it is sent; its batch number is
 * written with it, so a later process sends the same batches under the same numbers. Opening reads the folder at
 * once (synchronously) and throws QUEUE_LOCKED when another client holds it.
 */
export class DiskQueue implements EventQueue {
  readonly instance: string;
  readonly durable = true;
  readonly recovered: Recovered;
  readonly #options: DiskQueueOptions;
  readonly #lock: FolderLock;
  readonly #list: BatchList;
  readonly #journal: Journal;
  readonly #noteAlarm: Alarm;
  readonly #readAlarm: Alarm;
  readonly #places = new Map<number, Place>();
  readonly #loading = new Map<number, Promise<void>>();
  readonly #unwritten = new Fifo<Unwritten>();
  /** Segments with a file, oldest first, the current one excluded. */
  readonly #oldSegments = new Fifo<number>();
  #settledNumber: number;
  #residentBytes = 0;
  #failure: QueueFailedError | undefined;

  constructor(options: DiskQueueOptions) {
    const { folder, clock } = options;
    this.#options = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#lock = lockFolder(folder);
    this.#noteAlarm = createAlarm(clock, () => {
      this.#journal.writeNote();
    });
    this.#readAlarm = createAlarm(clock, options.becameReady);
    try {
      const recovery = recoverFolder(folder, clock.nowMs());
      this.instance = recovery.instance ?? options.instance;
      this.#settledNumber = recovery.settledNumber;
      this.#list = new BatchList({
        limits: options.limits,
        nowMs: () => clock.nowMs(),
        newestNumber: Math.max(recovery.newestNumber, recovery.settledNumber),
      });
      this.recovered = this.#restore(recovery);
      this.#journal = this.#openJournal((recovery.segments.at(-1) ?? 0) + 1);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  get batchCount(): number {
    return this.#list.closedCount;
  }

  get open(): Batch | undefined {
    return this.#list.open;
  }

  get newestNumber(): number {
    return this.#list.newestNumber;
  }

  get settledNumber(): number {
    const empty = this.#list.closedCount === 0 && this.#list.open === undefined;
    return empty ? this.#list.newestNumber : this.#settledNumber;
  }

  add(event: QueuedEvent): Promise<void> {
    if (this.#failure !== undefined) {
      this.#options.released(1, event.size);
      event.receipt?.settle(this.#failure);
      return Promise.reject(this.#failure);
    }
    const batch = this.#list.add(event);
    const { number } = batch;
    if (!this.#places.has(number) && this.#journal.full) this.#rotate();
    const appended = this.#journal.append(
      encodeRecord({
        type: 'event',
        batchNumber: number,
        index: batch.count - 1,
        bytes: event.bytes,
      }),
    );
    const place = this.#places.get(number);
    const { segment, start, end, sequence } = appended;
    if (place === undefined) this.#places.set(number, { segment, start, end, receipts: undefined });
    else place.end = end;
    this.#unwritten.push({ sequence, number, event });
    this.#residentBytes += event.size;
    return appended.durable;
  }

  closeOpen(): void {
    this.#list.closeOpen();
  }

  ready(index: number): (Batch & { readonly events: readonly QueuedEvent[] }) | undefined {
    const batch = this.#list.at(index);
    if (batch === undefined || !this.#written(batch.number)) return undefined;
    if (hasEvents(batch)) return batch;
    this.#load(batch);
    return undefined;
  }

  settleOldest(): void {
    const batch = this.#list.removeOldest();
    if (batch === undefined) return;
    this.#settledNumber = batch.number;
    this.#forget(batch);
    this.#journal.note(encodeRecord({ type: 'settled', settledNumber: batch.number }));
    this.#noteAlarm.set(SETTLED_NOTE_DELAY_MS);
    this.#removeDeadSegments();
  }

  /** What is on disk was promised: nothing is dropped. */
  dropOldest(): undefined {
    return undefined;
  }

  limitCuts(limits: CutLimits): void {
    this.#list.limitCuts(limits);
  }

  async close(reason: ByteBasketError): Promise<void> {
    for (const batch of this.#list.all()) {
      const receipts = this.#places.get(batch.number)?.receipts;
      for (const receipt of receipts ?? []) receipt?.settle(reason);
      if (receipts === undefined) {
        for (const event of batch.events ?? []) event.receipt?.settle(reason);
      }
    }
    this.#noteAlarm.clear();
    this.#readAlarm.clear();
    await Promise.all(this.#loading.values());
    await this.#journal.close();
    this.#lock.release();
  }

  #restore({ batches, segments, tornBytes, corruptRegions }: Recovery): Recovered {
    let events = 0;
    let bytes = 0;
    for (const { batch, place } of batches) {
      this.#list.restore(batch);
      this.#places.set(batch.number, place);
      events += batch.count;
      bytes += batch.size;
    }
    for (const segment of segments) this.#oldSegments.push(segment);
    if (events + tornBytes + corruptRegions > 0) {
      this.#options.observe({ type: 'recovered', events, tornBytes, corruptRegions });
    }
    return { events, bytes };
  }

  #openJournal(segment: number): Journal {
    return new Journal({
      folder: this.#options.folder,
      segment,
      head: () =>
        encodeRecord({
          type: 'head',
          instance: this.instance,
          settledNumber: this.#settledNumber,
          newestNumber: this.#list.newestNumber,
        }),
      committed: (sequence) => {
        this.#committed(sequence);
      },
      failed: (cause) => this.#fail(cause),
    });
  }

  #rotate(): void {
    this.#oldSegments.push(this.#journal.currentSegment);
    this.#journal.rotate();
  }

  /** Events are written in the order of their batches, so a batch is whole once a later one is being written. */
  #written(number: number): boolean {
    const first = this.#unwritten.at(0);
    return first === undefined || number < first.number;
  }

  #committed(sequence: number): void {
    const touched = new Set<number>();
    for (let first = this.#unwritten.at(0); first !== undefined; first = this.#unwritten.at(0)) {
      if (first.sequence > sequence) break;
      this.#unwritten.shift();
      touched.add(first.number);
    }
    const { residentBytesMax = RESIDENT_BYTES_MAX } = this.#options;
    for (const number of touched) {
      if (this.#residentBytes > residentBytesMax) this.#spill(number);
    }
    this.#removeDeadSegments();
    this.#options.becameReady();
  }

  /** Lets go of a batch's events; they are read back when their turn comes. */
  #spill(number: number): void {
    const batch = this.#list.find(number);
    const place = this.#places.get(number);
    if (batch?.events === undefined || place === undefined) return;
    if (batch === this.#list.open || batch.sent || !this.#written(number)) return;
    place.receipts = batch.events.map((event) => event.receipt);
    batch.events = undefined;
    this.#residentBytes -= batch.size;
  }

  #load(batch: Batch): void {
    const place = this.#places.get(batch.number);
    if (place === undefined || this.#loading.has(batch.number)) return;
    const { folder, observe, becameReady } = this.#options;
    const loading = loadBatch(folder, batch, place)
      .then(
        (loaded) => {
          batch.events = loaded.events;
          this.#lose(batch, loaded.lostReceipts);
        },
        (error: unknown) => {
          observe({ type: 'queue-unreadable', error, delayMs: READ_RETRY_DELAY_MS });
          this.#readAlarm.set(READ_RETRY_DELAY_MS);
          return 'later';
        },
      )
      .then((outcome) => {
        this.#loading.delete(batch.number);
        if (outcome !== 'later') becameReady();
      });
    this.#loading.set(batch.number, loading);
  }

  /** Accounts for events of a batch that were there once and could not be read back. */
  #lose(batch: Batch, receipts: readonly QueueReceipt[]): void {
    const events = batch.events ?? [];
    const count = batch.count - events.length;
    if (count <= 0) return;
    const bytes = events.reduce((rest, event) => rest - event.size, batch.size);
    this.#list.shrink(batch, count, bytes);
    if (batch.count === 0) this.#places.delete(batch.number);
    for (const receipt of receipts) {
      receipt.settle(new EventLostError(receipt.eventId, this.#options.folder));
    }
    this.#options.observe({ type: 'lost', events: count, batchNumber: batch.number });
    this.#options.released(count, bytes);
  }

  #forget(batch: Batch): void {
    const place = this.#places.get(batch.number);
    if (place !== undefined && place.receipts === undefined) this.#residentBytes -= batch.size;
    this.#places.delete(batch.number);
  }

  /** A segment goes when no batch in it is unsettled and a later one is known to hold what it knew. */
  #removeDeadSegments(): void {
    const oldest = this.#list.at(0)?.number ?? this.#list.open?.number;
    const needed = oldest === undefined ? undefined : this.#places.get(oldest)?.segment;
    const keepFrom = Math.min(needed ?? Number.POSITIVE_INFINITY, this.#journal.durableSegment);
    let removed = false;
    for (let one = this.#oldSegments.at(0); one !== undefined; one = this.#oldSegments.at(0)) {
      if (one >= keepFrom) break;
      this.#oldSegments.shift();
      removeSegment(this.#options.folder, one);
      removed = true;
    }
    if (removed) syncFolder(this.#options.folder);
  }

  /** What was not written is given back; what was is delivered. */
  #fail(cause: unknown): QueueFailedError {
    const failure = new QueueFailedError(this.#options.folder, cause);
    this.#failure = failure;
    for (let one = this.#unwritten.shift(); one !== undefined; one = this.#unwritten.shift()) {
      this.#list.remove(one.number, one.event);
      this.#residentBytes -= one.event.size;
      one.event.receipt?.settle(failure);
      this.#options.released(1, one.event.size);
    }
    this.#options.observe({ type: 'queue-failed', error: failure });
    this.#options.becameReady();
    return failure;
  }
}
