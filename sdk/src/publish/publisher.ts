import {
  EventStatus,
  type EventResult,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { retryDelayMs } from '../connection/backoff.js';
import { ByteBasketError, isByteBasketError } from '../errors/byte-basket-error.js';
import { streamMayRetry } from '../errors/from-call.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Admission } from '../queue/admission.js';
import type { CutLimits, EventQueue } from '../queue/event-queue.js';
import { createFlushes, type Flushes } from './flushes.js';
import type { IngestCalls } from './ingest-calls.js';
import { publishPieces } from './oversized.js';
import { Session, type LoadedBatch } from './session.js';
import { deliveryOf, durable, rejectionOf } from './verdict.js';

const CUT_BYTES_MIN = 1024;

/** How long the gateway may take to end a stream on which nothing is unanswered. */
const ORDERLY_END_MS = 500;

export interface PublisherOptions {
  readonly calls: IngestCalls;
  readonly queue: EventQueue;
  readonly admission: Admission;
  readonly settings: ResolvedOptions;
}

/** Counters since the client was made. */
export interface PublishCounts {
  accepted: number;
  duplicates: number;
  rejected: number;
  batches: number;
  reconnects: number;
}

/**
 * Delivers what is queued, one stream after the other, until it is closed. A stream is opened when there is work and
 * kept while it holds; a break is followed by a delay and by a resend of everything unanswered.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #flushes: Flushes;
  readonly #closing = new AbortController();
  readonly counts: PublishCounts = {
    accepted: 0,
    duplicates: 0,
    rejected: 0,
    batches: 0,
    reconnects: 0,
  };
  #cut: CutLimits;
  #creditBytes = Number.POSITIVE_INFINITY;
  #session: Session | undefined;
  #running: Promise<void> | undefined;
  #stopError: ByteBasketError | undefined;
  #attempt = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { batch } = options.settings;
    this.#cut = { eventsMax: batch.eventsMax, bytesMax: batch.bytesMax };
    this.#flushes = createFlushes(() => this.#settledNumber());
  }

  /** Why sending stopped; undefined while it goes on. */
  get stopError(): ByteBasketError | undefined {
    return this.#stopError;
  }

  get inFlight(): number {
    return this.#session?.inFlight ?? 0;
  }

  /** Call after something was queued, became ready or was taken out. */
  wake(): void {
    if (this.#session !== undefined) this.#session.pump();
    else this.#start();
    this.#flushes.check();
  }

  /** Sends again after a stop. */
  resume(): void {
    if (this.#closed()) return;
    this.#stopError = undefined;
    this.#options.admission.unblock();
    this.#attempt = 0;
    this.#start();
  }

  /** Resolves when everything queued by now is answered; rejects when sending stops or the signal says so. */
  async flush(signal: AbortSignal | undefined): Promise<void> {
    const { queue } = this.#options;
    queue.closeOpen();
    this.wake();
    if (this.#settledNumber() >= queue.newestNumber) return;
    if (this.#stopError !== undefined) throw this.#stopError;
    await this.#flushes.wait(queue.newestNumber, signal);
  }

  /** Ends the stream; resolves when nothing runs any more. What is unanswered stays in the queue. */
  async close(reason: Error): Promise<void> {
    this.#closing.abort(reason);
    this.#flushes.fail(reason);
    if (this.#session?.inFlight === 0) await this.#endSession(this.#session);
    this.#session?.abort();
    await this.#running;
  }

  /** Lets the gateway see an orderly end; it gets a moment for it. */
  async #endSession(session: Session): Promise<void> {
    const { clock } = this.#options.settings;
    const ended = new AbortController();
    session.end();
    const moment = clock.sleep(ORDERLY_END_MS, ended.signal).catch(() => undefined);
    await Promise.race([this.#running, moment]);
    ended.abort();
  }

  #settledNumber(): number {
    return this.#options.queue.settledNumber;
  }

  #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #hasWork(): boolean {
    const { queue } = this.#options;
    return queue.batchCount > 0 || queue.open !== undefined;
  }

  #start(): void {
    if (this.#running !== undefined || this.#stopError !== undefined) return;
    if (this.#closed() || !this.#hasWork()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // Something may have been queued while the loop was ending.
      this.#start();
    });
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.settings;
    while (this.#hasWork() && this.#stopError === undefined) {
      const delayMs = await this.#connect();
      if (this.#closed()) return;
      if (delayMs === undefined) continue;
      try {
        await clock.sleep(delayMs, this.#closing.signal);
      } catch (error) {
        if (this.#closed()) return;
        throw error;
      }
    }
  }

  /** Runs one stream. Returns the delay before the next, undefined for none. */
  async #connect(): Promise<number | undefined> {
    const session = this.#newSession();
    this.#session = session;
    try {
      const end = await session.run();
      if (end === 'oversized') await this.#sendOversized();
      this.#attempt = 0;
      return undefined;
    } catch (error) {
      if (this.#closed()) return undefined;
      if (session.answered > 0) this.#attempt = 0;
      return this.#broken(error);
    } finally {
      this.#session = undefined;
    }
  }

  #newSession(): Session {
    const { calls, queue, settings } = this.#options;
    return new Session({
      calls,
      queue,
      clientId: this.#clientId(),
      batch: settings.batch,
      retry: settings.retry,
      answerMs: settings.deadlines.answerMs,
      clock: settings.clock,
      random: settings.random,
      observe: settings.observe,
      settled: (batch, results, tripMs) => {
        this.#settle(batch, results, tripMs);
      },
      credited: (bytes) => {
        this.#creditBytes = bytes;
        this.#limitCuts();
      },
    });
  }

  #clientId(): string {
    const { queue, settings } = this.#options;
    return settings.clientId === '' ? '' : `${settings.clientId}:${queue.instance}`;
  }

  #broken(error: unknown): number {
    const { observe, retry, random } = this.#options.settings;
    if (!streamMayRetry(error)) {
      this.#stop(isByteBasketError(error) ? error : unexpected(error));
      return 0;
    }
    this.#attempt += 1;
    this.counts.reconnects += 1;
    const delayMs = retryDelayMs({ ...retry, random }, this.#attempt, error);
    observe({ type: 'disconnected', error, delayMs });
    return delayMs;
  }

  #stop(error: ByteBasketError): void {
    this.#stopError = error;
    this.#options.admission.block(error);
    this.#flushes.fail(error);
    this.#options.settings.observe({ type: 'stopped', error });
  }

  #settle(batch: LoadedBatch, results: readonly EventResult[], roundTripMs: number): void {
    const { admission, settings } = this.#options;
    let duplicates = 0;
    let rejected = 0;
    batch.events.forEach((event, at) => {
      const result = results[at];
      if (result === undefined) return;
      if (!durable(result)) {
        rejected += 1;
        this.#reject(event, result);
        return;
      }
      if (result.status === EventStatus.DUPLICATE) duplicates += 1;
      event.receipt?.settle(deliveryOf(event, result));
    });
    this.counts.batches += 1;
    this.counts.accepted += batch.count - rejected;
    this.counts.duplicates += duplicates;
    this.counts.rejected += rejected;
    const { number: batchNumber, count: events } = batch;
    settings.observe({
      type: 'delivered',
      batchNumber,
      events,
      duplicates,
      rejected,
      roundTripMs,
    });
    admission.release(batch.count, batch.size);
    this.#flushes.check();
  }

  #reject(event: LoadedBatch['events'][number], result: EventResult): void {
    const error = rejectionOf(event, result);
    event.receipt?.settle(error);
    this.#options.settings.observe({ type: 'rejected', error });
  }

  async #sendOversized(): Promise<void> {
    const { calls, queue, settings } = this.#options;
    const batch = queue.ready(0);
    if (batch === undefined) return;
    const startMs = settings.clock.nowMs();
    const results = await publishPieces(batch.events, {
      calls,
      clientId: this.#clientId(),
      batchNumber: batch.number,
      deadlineMs: settings.deadlines.answerMs,
      signal: this.#closing.signal,
    });
    // What was too large once will be again: later batches are cut smaller for the rest of this client's life.
    this.#cut = {
      eventsMax: Math.max(1, Math.min(this.#cut.eventsMax, Math.floor(batch.count / 2))),
      bytesMax: Math.max(CUT_BYTES_MIN, Math.min(this.#cut.bytesMax, Math.floor(batch.size / 2))),
    };
    this.#limitCuts();
    queue.settleOldest();
    this.#settle(batch, results, Math.max(0, settings.clock.nowMs() - startMs));
  }

  #limitCuts(): void {
    const { eventsMax, bytesMax } = this.#cut;
    this.#options.queue.limitCuts({
      eventsMax,
      bytesMax: Math.min(bytesMax, Math.max(CUT_BYTES_MIN, this.#creditBytes)),
    });
  }
}

function unexpected(error: unknown): ByteBasketError {
  const why = error instanceof Error ? error.message : String(error);
  return new ByteBasketError(`publishing failed in an unexpected way: ${why}`, {
    reason: 'UNKNOWN',
    code: 'INTERNAL',
    retryable: false,
    cause: error,
  });
}
