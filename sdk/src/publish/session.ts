import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type {
  BatchRefused,
  Credit,
  EventResult,
  PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { createAlarm, type Alarm } from '../alarm.js';
import type { SdkClock } from '../clock.js';
import { retryDelayMs } from '../connection/backoff.js';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { durationMs, fromCallError } from '../errors/from-call.js';
import { reasonOfNumber } from '../errors/reasons.js';
import type { Observer } from '../options/observer.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Batch, QueuedEvent } from '../queue/batch.js';
import type { EventQueue } from '../queue/event-queue.js';
import { Fifo } from '../queue/fifo.js';
import type { Feed } from './feed.js';
import { streamFrame } from './frame.js';
import type { IngestCalls } from './ingest-calls.js';

/** A batch with its events in memory. */
export type LoadedBatch = Batch & { readonly events: readonly QueuedEvent[] };

export interface SessionOptions {
  readonly calls: IngestCalls;
  readonly queue: EventQueue;
  /** Full client id for the first batch of the stream; empty leaves it to the key. */
  readonly clientId: string;
  readonly batch: ResolvedOptions['batch'];
  readonly retry: ResolvedOptions['retry'];
  readonly answerMs: number;
  readonly clock: SdkClock;
  readonly random: () => number;
  readonly observe: Observer;
  /** Takes the verdicts on the oldest batch, which has left the queue. */
  readonly settled: (batch: LoadedBatch, results: readonly EventResult[], tripMs: number) => void;
  /** Is told how many bytes the gateway lets be in flight, so that batches are not cut larger. */
  readonly credited: (bytes: number) => void;
}

interface Sent {
  readonly batch: LoadedBatch;
  /** How often the stream had gone back when this was sent. */
  readonly generation: number;
  readonly sentMs: number;
}

/** How a session ended without an error: by itself, or because a batch exceeds the gateway's limits. */
export type SessionEnd = 'ended' | 'oversized';

/**
 * One publish stream from its opening to its end: go-back-N with credit. It sends the queue's batches from the oldest
 * on, as many as the credit allows, and takes the answers in order. A refusal goes back to the refused batch: what was
 * sent behind it will be refused too (those answers belong to an older generation and say nothing new).
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #controller = new AbortController();
  readonly #intervalAlarm: Alarm;
  readonly #resumeAlarm: Alarm;
  readonly #answerAlarm: Alarm;
  readonly #sent = new Fifo<Sent>();
  #requests: Feed<Buffer> | undefined;
  #sentBytes = 0;
  /** Place of the next batch to send, from the oldest. */
  #cursor = 0;
  #generation = 0;
  #refusals = 0;
  #lastNumber: number | undefined;
  /** Number of the open batch whose interval has passed. */
  #dueNumber = 0;
  /** One batch until the gateway has said what it allows. */
  #credit = { batches: 1, bytes: Number.POSITIVE_INFINITY };
  #paused = false;
  #ending = false;
  #requestedEnd = false;
  #end: SessionEnd = 'ended';
  #failure: ByteBasketError | undefined;
  #answered = 0;
  #open = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { clock } = options;
    this.#intervalAlarm = createAlarm(clock, () => {
      this.#dueNumber = options.queue.open?.number ?? 0;
      this.pump();
    });
    this.#resumeAlarm = createAlarm(clock, () => {
      this.#paused = false;
      this.pump();
    });
    this.#answerAlarm = createAlarm(clock, () => {
      this.#checkAnswers();
    });
  }

  /** Batches answered so far, accepted ones only. */
  get answered(): number {
    return this.#answered;
  }

  get inFlight(): number {
    return this.#sent.length;
  }

  /** Runs until the stream ends. Throws an error of the SDK when it broke; everything unanswered is still in the queue. */
  async run(): Promise<SessionEnd> {
    const { requests, answers } = this.#options.calls.stream(this.#controller.signal);
    this.#requests = requests;
    try {
      this.pump();
      for await (const answer of answers) {
        this.#take(answer);
        this.pump();
      }
    } catch (error) {
      if (this.#end === 'oversized') return 'oversized';
      throw this.#failure ?? fromCallError(error);
    } finally {
      this.#ending = true;
      for (const alarm of [this.#intervalAlarm, this.#resumeAlarm, this.#answerAlarm])
        alarm.clear();
      requests.end();
    }
    if (this.#requestedEnd && this.#sent.length === 0) return this.#end;
    throw new ByteBasketError('the gateway ended the publish stream: it is opened again', {
      reason: 'UNKNOWN',
      code: 'UNAVAILABLE',
      retryable: true,
    });
  }

  /** Sends no more; the stream ends when everything sent is answered. */
  end(): void {
    this.#ending = true;
    this.#requestedEnd = true;
    this.#requests?.end();
  }

  /** Breaks the stream off. */
  abort(): void {
    this.#controller.abort();
  }

  /** Sends what may be sent now. Cheap when there is nothing to do. */
  pump(): void {
    while (!this.#paused && !this.#ending && this.#requests !== undefined) {
      if (this.#sent.length >= Math.min(this.#credit.batches, this.#options.batch.inFlightMax)) {
        return;
      }
      const batch = this.#nextBatch();
      if (batch === undefined) return;
      if (this.#sent.length > 0 && this.#sentBytes + batch.size > this.#credit.bytes) return;
      if (this.#lastNumber !== undefined && batch.number !== this.#lastNumber + 1) {
        // Numbers of one stream have no gap (a dropped or damaged batch leaves one): a new stream may start anywhere.
        if (this.#sent.length === 0) this.end();
        return;
      }
      this.#send(this.#requests, batch);
    }
  }

  #nextBatch(): LoadedBatch | undefined {
    const { queue, batch, clock } = this.#options;
    if (this.#cursor === queue.batchCount && queue.open !== undefined) {
      const { number, sinceMs } = queue.open;
      const waitMs = Math.min(batch.intervalMs, sinceMs + batch.intervalMs - clock.nowMs());
      if (waitMs > 0 && number > this.#dueNumber) {
        this.#intervalAlarm.set(waitMs);
        return undefined;
      }
      queue.closeOpen();
    }
    return queue.ready(this.#cursor);
  }

  #send(requests: Feed<Buffer>, batch: LoadedBatch): void {
    const { clientId, clock, answerMs } = this.#options;
    const first = this.#lastNumber === undefined;
    requests.push(
      streamFrame({
        batchNumber: batch.number,
        events: batch.events,
        clientId: first ? clientId : '',
      }),
    );
    batch.sent = true;
    this.#sent.push({ batch, generation: this.#generation, sentMs: clock.nowMs() });
    this.#sentBytes += batch.size;
    this.#lastNumber = batch.number;
    this.#cursor += 1;
    this.#answerAlarm.set(answerMs);
  }

  #take(answer: PublishStreamResponse): void {
    const sent = this.#sent.shift();
    if (sent === undefined || answer.batchNumber !== BigInt(sent.batch.number)) {
      throw violation(
        `the gateway answered batch ${answer.batchNumber}, batch ${sent?.batch.number ?? 'none'} was due`,
      );
    }
    this.#sentBytes -= sent.batch.size;
    if (answer.credit !== undefined) this.#takeCredit(answer.credit);
    if (!this.#open) {
      this.#open = true;
      this.#options.observe({ type: 'connected' });
    }
    const { outcome } = answer;
    if (outcome?.$case === 'accepted') this.#accepted(sent, outcome.value.results);
    else if (outcome?.$case === 'refused') this.#refused(sent, outcome.value);
    else throw violation(`the gateway's answer to batch ${sent.batch.number} has no outcome`);
  }

  #takeCredit(credit: Credit): void {
    const bytes = Math.max(1, Number(credit.bytes));
    this.#credit = { batches: Math.max(1, credit.batches), bytes };
    this.#options.credited(bytes);
  }

  #accepted(sent: Sent, results: readonly EventResult[]): void {
    const { queue, clock, settled } = this.#options;
    const { batch } = sent;
    if (results.length !== batch.count) {
      throw violation(
        `the gateway gave ${results.length} results for the ${batch.count} events of batch ${batch.number}`,
      );
    }
    this.#answered += 1;
    this.#refusals = 0;
    queue.settleOldest();
    this.#cursor = Math.max(0, this.#cursor - 1);
    settled(batch, results, Math.max(0, clock.nowMs() - sent.sentMs));
  }

  #refused(sent: Sent, refusal: BatchRefused): void {
    if (sent.generation !== this.#generation) return;
    const { batch } = sent;
    if (refusal.reason === ErrorReason.BATCH_TOO_LARGE) {
      this.#end = 'oversized';
      this.abort();
      return;
    }
    if (refusal.reason === ErrorReason.BATCH_OUT_OF_ORDER) throw violation(refusal.message);
    this.#goBack(batch.number);
    this.#refusals += 1;
    const reason = reasonOfNumber(refusal.reason);
    const asked = refusal.retryDelay === undefined ? 0 : durationMs(refusal.retryDelay);
    const { retry, random, observe } = this.#options;
    const delayMs = asked + retryDelayMs({ ...retry, random }, this.#refusals, undefined);
    observe({
      type: 'refused',
      batchNumber: batch.number,
      reason,
      message: refusal.message,
      delayMs,
    });
    this.#paused = true;
    this.#resumeAlarm.set(delayMs);
  }

  /** The refused batch is always the oldest unanswered one: answers come in order. */
  #goBack(number: number): void {
    this.#generation += 1;
    this.#cursor = 0;
    this.#lastNumber = number - 1;
  }

  #checkAnswers(): void {
    const oldest = this.#sent.at(0);
    if (oldest === undefined) return;
    const { answerMs, clock } = this.#options;
    const leftMs = Math.min(answerMs, oldest.sentMs + answerMs - clock.nowMs());
    if (leftMs > 0) {
      this.#answerAlarm.set(leftMs);
      return;
    }
    this.#failure = new ByteBasketError(
      `batch ${oldest.batch.number} was not answered within ${answerMs} ms: the stream is opened again`,
      { reason: 'DEADLINE_EXCEEDED', code: 'DEADLINE_EXCEEDED', retryable: true },
    );
    this.abort();
  }
}

function violation(message: string): ByteBasketError {
  return new ByteBasketError(message, {
    reason: 'PROTOCOL_VIOLATED',
    code: 'INTERNAL',
    retryable: false,
  });
}
