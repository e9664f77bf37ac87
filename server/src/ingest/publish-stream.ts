import type { BatchRefused } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { effectiveClientId } from '../gateway/client-id.js';
import { errorRow } from '../gateway/error-table.js';
import { isServiceError, type ServiceError } from '../gateway/service-error.js';
import type { ServiceContext } from '../gateway/service-module.js';
import { originHeaders } from './batch-headers.js';
import type { BatchOutcome, Credit } from './batch-outcome.js';
import { checkRequest, sizeError } from './check-request.js';
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

class PublishingStream {
  readonly #context: ServiceContext;
  readonly #parts: PublishStreamParts;
  readonly #answers: OrderedAnswers<BatchOutcome>;
  readonly #traceparent: string | undefined;
  #clientId: string | undefined;
  /** The number that comes next; 0 before the first batch. */
  #expected = 0n;

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
      this.#refuse(batchNumber, outOfOrder(batchNumber, this.#expected));
      return undefined;
    }
    this.#expected = batchNumber + 1n;
    const headers = originHeaders({
      clientId: this.#clientId,
      batchNumber,
      traceparent: this.#traceparent,
    });
    try {
      const tooLarge = sizeError(request);
      if (tooLarge !== undefined) throw tooLarge;
      const { issued, done } = this.#parts.intake.accept({ request, headers, numbered: true });
      const answer = done.then(
        (results) => this.#accepted(batchNumber, results),
        (error: unknown) => this.#refused(batchNumber, error),
      );
      this.#answers.push(answer, bytes.length);
      return issued;
    } catch (error) {
      this.#answers.push(Promise.resolve(this.#refused(batchNumber, error)), 0);
      return undefined;
    }
  }

  #accepted(batchNumber: bigint, results: BatchResults): BatchOutcome {
    return { batchNumber, results, refused: undefined, credit: this.#parts.credit };
  }

  /** The outcome of a batch that was not taken; rethrows what ends the stream. */
  #refused(batchNumber: bigint, thrown: unknown): BatchOutcome {
    const error = serviceErrorOf(thrown);
    if (!isServiceError(error) || !REFUSING.has(error.reason)) throw error;
    this.#parts.observer.refused(error.reason);
    // Too large is final: the client drops the batch and goes on with the next number. Otherwise back to this one.
    if (error.reason !== ErrorReason.BATCH_TOO_LARGE) this.#goBackTo(batchNumber);
    return this.#refusal(batchNumber, refusalOf(error));
  }

  /** A later batch may have failed before an earlier one did: the earliest counts. */
  #goBackTo(batchNumber: bigint): void {
    if (batchNumber < this.#expected) this.#expected = batchNumber;
  }

  #refuse(batchNumber: bigint, refused: Omit<BatchRefused, 'expectedBatchNumber'>): void {
    this.#parts.observer.refused(refused.reason);
    this.#answers.push(Promise.resolve(this.#refusal(batchNumber, refused)), 0);
  }

  #refusal(batchNumber: bigint, refused: Omit<BatchRefused, 'expectedBatchNumber'>): BatchOutcome {
    return {
      batchNumber,
      results: undefined,
      refused: { ...refused, expectedBatchNumber: this.#expected },
      credit: this.#parts.credit,
    };
  }
}

function refusalOf(error: ServiceError): Omit<BatchRefused, 'expectedBatchNumber'> {
  const delayMs = error.retryDelayMs ?? errorRow(error.reason).retryDelayMs ?? 0;
  const retryDelay = {
    seconds: BigInt(Math.floor(delayMs / 1000)),
    nanos: (delayMs % 1000) * 1_000_000,
  };
  return { reason: error.reason, retryDelay, message: error.message };
}

function outOfOrder(
  batchNumber: bigint,
  expected: bigint,
): Omit<BatchRefused, 'expectedBatchNumber'> {
  return {
    reason: ErrorReason.BATCH_OUT_OF_ORDER,
    retryDelay: { seconds: 0n, nanos: 0 },
    message: `batch_number is ${batchNumber.toString()}: send ${expected.toString()} again first`,
  };
}
