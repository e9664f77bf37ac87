import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  EventStatus,
  type EventResult,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { isByteBasketError } from '../errors/byte-basket-error.js';
import type { QueuedEvent } from '../queue/batch.js';
import { unaryFrame } from './frame.js';
import type { IngestCalls } from './ingest-calls.js';

export interface OversizedOptions {
  readonly calls: IngestCalls;
  readonly clientId: string;
  readonly batchNumber: number;
  /** For each call, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Publishes a batch that exceeds the gateway's own limits in pieces: halves, one after the other, so that order holds.
 * Every piece carries the batch's number, so numbers of later batches need not move. An event that is too large alone is
 * rejected. Throws what a call threw; then the batch is sent again as a whole, and what is durable answers so.
 */
export async function publishPieces(
  events: readonly QueuedEvent[],
  options: OversizedOptions,
): Promise<readonly EventResult[]> {
  const { calls, clientId, batchNumber, deadlineMs, signal } = options;
  try {
    const request = unaryFrame({ batchNumber, events, clientId });
    return await calls.publish(request, deadlineMs, signal);
  } catch (error) {
    if (!isByteBasketError(error) || error.reason !== 'BATCH_TOO_LARGE') throw error;
    if (events.length <= 1) return [tooLarge(error.message)];
    const middle = Math.ceil(events.length / 2);
    const first = await publishPieces(events.slice(0, middle), options);
    const second = await publishPieces(events.slice(middle), options);
    return [...first, ...second];
  }
}

function tooLarge(message: string): EventResult {
  const reason = ErrorReason.BATCH_TOO_LARGE;
  return {
    status: EventStatus.REJECTED,
    position: undefined,
    rejection: { reason, field: '', rule: '', message },
  };
}
