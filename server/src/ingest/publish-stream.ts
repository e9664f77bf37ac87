import type { BatchRefused } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { effectiveClientId } from '../gateway/client-id.js';
import { errorRow } from '../gateway/error-table.js';
import { isServiceError, type ServiceError } from '../gateway/service-error.js';
import type { ServiceContext } from '../gateway/service-module.js';
import { originHeaders } from './batch-headers.js';
import type { BatchOutcome, Credit } from './batch-outcome.js';
import { checkRequest, sizeError } from './check-request.js';
import type { Accepting } from './intake.js';
import { openOrderedAnswers, type OrderedAnswers } from './ordered-answers.js';
import { serviceErrorOf, type PublishParts } from './publish.js';
import type { BatchResults } from './verdict.js';
import type { RequestIndex } from './wire-index.js';

/** Reasons that refuse a batch and leave the stream open; any other error ends it. */
const REFUSING: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.GATEWAY_SATURATED,
  ErrorReason.LOG_UNAVAILABLE,
  ErrorReason.BATCH_TOO_LARGE,
]);

export interface PublishStreamParts extends PublishParts {
  readonly credit: Credit;
}

/**
 * IngestService.PublishStream: go-back-N. Batches are begun in order, several at once; answers leave in order. After a
 * refusal every later batch is refused until the refused number comes again. No more is read than the credit allows, so a
 * client that ignores it is slowed down by the transport.
 */
export function publishStream(
  requests: AsyncIterable<RequestIndex>,
  context: ServiceContext,
  parts: PublishStreamParts,
): AsyncIterable<BatchOutcome> {
  const answers = openOrderedAnswers<BatchOutcome>(parts.credit, context.signal);
  const stream = new PublishingStream({ context, parts, answers });
  void stream.pump(requests);
  return answers;
}

interface StreamOptions {
  readonly context: ServiceContext;
  readonly parts: PublishStreamParts;
  readonly answers: OrderedAnswers<BatchOutcome>;
}

/** A batch that was begun. */
interface UnderWay {
  readonly batchNumber: bigint;
  /** The earlier batch that was refused meanwhile: this one is refused too, even if it was written. */
  overtakenBy: bigint | undefined;
}

type Refusal = Omit<BatchRefused, 'expectedBatchNumber'>;
type Settled = { readonly results: BatchResults } | { readonly error: unknown };

class PublishingStream {
  readonly #context: ServiceContext;
  readonly #parts: PublishStreamParts;
  readonly #answers: OrderedAnswers<BatchOutcome>;
  readonly #traceparent: string | undefined;
  readonly #underWay = new Set<UnderWay>();
  #clientId: string | undefined;
  /** The number that comes next; 0 before the first batch. */
  #expected = 0n;
  /** The answer before; one is made up when those before it are, because a refusal counts for all later ones. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor({ context, parts, answers }: StreamOptions) {
    this.#context = context;
    this.#parts = parts;
    this.#answers = answers;
    this.#traceparent = context.metadata.get('traceparent');
  }

  /** Begins one batch after the other until the client ends or something ends the stream. Never rejects. */
  async pump(requests: AsyncIterable<RequestIndex>): Promise<void> {
    const answers = this.#answers;
    try {
      for await (const request of requests) {
        const issued = this.#begin(request);
        if (issued !== undefined) await issued;
        if (!(await answers.room())) return;
      }
      answers.end();
    } catch (error) {
      // What was begun is answered first; then the stream ends with the error.
      answers.fail(error);
    }
  }

  #begin(request: RequestIndex): Promise<void> | undefined {
    checkRequest(request, 1n);
    const { batchNumber, bytes } = request;
    this.#clientId ??= effectiveClientId(this.#context.caller, request.clientId);
    if (this.#expected === 0n) this.#expected = batchNumber;
    if (batchNumber !== this.#expected) {
      const expected = this.#expected;
      // A batch that is under way may be refused before this answer leaves: then that one has to come first.
      this.#answer(async () => this.#outOfOrder(batchNumber, least(expected, this.#expected)), 0);
      return undefined;
    }
    this.#expected = batchNumber + 1n;
    const batch: UnderWay = { batchNumber, overtakenBy: undefined };
    try {
      const { issued, done } = this.#accept(request, batch);
      this.#underWay.add(batch);
      const settled: Promise<Settled> = done.then(
        (results) => ({ results }),
        (error: unknown) => {
          // At once, so that batches that still wait for the log are not written before this one comes again.
          this.#goBack(batch, error);
          return { error };
        },
      );
      this.#answer(async () => this.#outcome(batch, await settled), bytes.length);
      return issued;
    } catch (error) {
      this.#goBack(batch, error);
      this.#answer(async () => this.#outcome(batch, { error }), 0);
      return undefined;
    }
  }

  #accept(request: RequestIndex, batch: UnderWay): Accepting {
    const tooLarge = sizeError(request);
    if (tooLarge !== undefined) throw tooLarge;
    const headers = originHeaders({
      clientId: this.#clientId ?? '',
      batchNumber: batch.batchNumber,
      traceparent: this.#traceparent,
    });
    const wanted = (): boolean => batch.overtakenBy === undefined;
    return this.#parts.intake.accept({ request, headers, numbered: true, wanted });
  }

  #answer(outcome: () => Promise<BatchOutcome>, bytes: number): void {
    const answer = this.#previous.then(outcome);
    this.#previous = answer.then(nothing, nothing);
    this.#answers.push(answer, bytes);
  }

  /** The outcome of a batch that was begun; throws what ends the stream. */
  #outcome(batch: UnderWay, settled: Settled): BatchOutcome {
    this.#underWay.delete(batch);
    const { batchNumber, overtakenBy } = batch;
    if (overtakenBy !== undefined) return this.#outOfOrder(batchNumber, overtakenBy);
    if ('results' in settled) {
      const { results } = settled;
      return { batchNumber, results, refused: undefined, credit: this.#parts.credit };
    }
    const error = serviceErrorOf(settled.error);
    if (!isServiceError(error) || !REFUSING.has(error.reason)) throw error;
    return this.#refusal(batchNumber, refusalOf(error), this.#expected);
  }

  /** The stream goes on with the refused batch: those begun after it do not count. */
  #goBack({ batchNumber, overtakenBy }: UnderWay, error: unknown): void {
    if (overtakenBy !== undefined) return;
    // Too large is final: the client drops the batch and goes on with the next number.
    if (isServiceError(error) && error.reason === ErrorReason.BATCH_TOO_LARGE) return;
    this.#expected = batchNumber;
    for (const other of this.#underWay) {
      if (other.batchNumber > batchNumber) other.overtakenBy = batchNumber;
    }
  }

  #outOfOrder(batchNumber: bigint, expected: bigint): BatchOutcome {
    const refusal = {
      reason: ErrorReason.BATCH_OUT_OF_ORDER,
      retryDelay: { seconds: 0n, nanos: 0 },
      message: `batch_number is ${batchNumber.toString()}: send ${expected.toString()} again first`,
    };
    return this.#refusal(batchNumber, refusal, expected);
  }

  #refusal(batchNumber: bigint, refusal: Refusal, expected: bigint): BatchOutcome {
    this.#parts.observer.refused(refusal.reason);
    const refused = { ...refusal, expectedBatchNumber: expected };
    return { batchNumber, results: undefined, refused, credit: this.#parts.credit };
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function nothing(): void {
  // The outcome travels in the answer itself.
}

function refusalOf(error: ServiceError): Refusal {
  const delayMs = error.retryDelayMs ?? errorRow(error.reason).retryDelayMs ?? 0;
  const retryDelay = {
    seconds: BigInt(Math.floor(delayMs / 1000)),
    nanos: (delayMs % 1000) * 1_000_000,
  };
  return { reason: error.reason, retryDelay, message: error.message };
}
