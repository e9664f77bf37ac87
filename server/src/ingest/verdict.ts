import type { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { EventStatus } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';

/** Why an event is not accepted: the rejection of the contract. */
export interface Rejected {
  readonly reason: ErrorReason;
  /** Path in proto names; empty when the whole event is at fault. */
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** Outcomes of one event as they stand in a column: the numbers of the contract's EventStatus. */
export const ACCEPTED: number = EventStatus.ACCEPTED;
export const DUPLICATE: number = EventStatus.DUPLICATE;
export const REJECTED: number = EventStatus.REJECTED;

/** The streams of the contract, in the order of `INPUT_TOPICS`. */
export const STREAMS: readonly Stream[] = [Stream.USER_ACTIVITY, Stream.TRANSACTIONS];

/** For the many batches without a rejected event. */
export const NONE_REJECTED: ReadonlyMap<number, Rejected> = new Map();

/**
 * What became of each event of a batch, in order. Columns instead of objects: a hundred results with a position each are
 * made and encoded for every call.
 */
export interface BatchResults {
  readonly count: number;
  /** ACCEPTED, DUPLICATE, REJECTED, or 0 while unknown. */
  readonly status: Uint8Array;
  /** Index into `INPUT_TOPICS`. */
  readonly topic: Uint8Array;
  readonly partition: Uint8Array;
  readonly offset: Float64Array;
  /** By index of the event. */
  rejected: ReadonlyMap<number, Rejected>;
}
