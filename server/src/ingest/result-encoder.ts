import {
  Credit as CreditMessage,
  EventResult,
  EventStatus,
  PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { putVarint } from '../wire/varint.js';
import type { BatchOutcome } from './batch-outcome.js';
import { REJECTED, type BatchResults } from './verdict.js';

/*
 * Hand-written encoders of the two answers: a hundred nested results through the generated code cost more than all else
 * that a call does. Field numbers are those of ingest_service.proto.
 */
const RESULTS = 0x0a;
const STATUS = 0x08;
const POSITION = 0x12;
const STREAM = 0x08;
const PARTITION = 0x10;
const OFFSET = 0x18;
const BATCH_NUMBER = 0x08;
const ACCEPTED = 0x12;
const CREDIT = 0x22;

/** A result without a rejection takes at most this. */
const RESULT_BYTES_MAX = 32;
/** Room in front of the results for the fields before them. */
const HEAD_BYTES = 32;
const SCRATCH_BYTES = 64 * 1024;

/** Encodes answers; each is a buffer of its own. */
export interface ResultEncoder {
  publishResponse(results: BatchResults): Uint8Array;
  publishStreamResponse(outcome: BatchOutcome): Uint8Array;
}

export function createResultEncoder(): ResultEncoder {
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** Writes the results into `scratch` behind the room for a head; returns the position behind them. */
  function writeResults(results: BatchResults): number {
    const rejections = encodeRejections(results);
    let needed = HEAD_BYTES + results.count * RESULT_BYTES_MAX;
    for (const rejection of rejections.values()) needed += rejection.length;
    if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(needed * 2);
    return putResults(scratch, results, rejections);
  }

  return {
    publishResponse(results) {
      const end = writeResults(results);
      return copy(scratch, HEAD_BYTES, end);
    },
    publishStreamResponse(outcome) {
      const { batchNumber, results, refused, credit } = outcome;
      const creditMessage = { batches: credit.batches, bytes: BigInt(credit.bytes) };
      if (results === undefined) {
        return PublishStreamResponse.encode({
          batchNumber,
          outcome: refused === undefined ? undefined : { $case: 'refused', value: refused },
          credit: creditMessage,
        }).finish();
      }
      const end = writeResults(results);
      const tail = CreditMessage.encode(creditMessage).finish();
      const head: number[] = [];
      if (batchNumber > 0n) head.push(BATCH_NUMBER, ...varint(batchNumber));
      head.push(ACCEPTED, ...varint(BigInt(end - HEAD_BYTES)));
      const start = HEAD_BYTES - head.length;
      scratch.set(head, start);
      const answer = Buffer.allocUnsafe(end - start + 2 + tail.length);
      scratch.copy(answer, 0, start, end);
      answer[end - start] = CREDIT;
      answer[end - start + 1] = tail.length;
      answer.set(tail, end - start + 2);
      return answer;
    },
  };
}

function copy(from: Buffer, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  from.copy(bytes, 0, start, end);
  return bytes;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return bytes;
}

const NO_REJECTIONS: ReadonlyMap<number, Uint8Array> = new Map();

/** Rejections are rare and hold text: the generated code writes them. */
function encodeRejections(results: BatchResults): ReadonlyMap<number, Uint8Array> {
  if (results.rejected.size === 0) return NO_REJECTIONS;
  const encoded = new Map<number, Uint8Array>();
  for (const [index, rejection] of results.rejected) {
    const message = { status: EventStatus.REJECTED, position: undefined, rejection };
    const body = EventResult.encode(message).finish();
    encoded.set(index, Uint8Array.from([RESULTS, ...varint(BigInt(body.length)), ...body]));
  }
  return encoded;
}

function putResults(
  target: Buffer,
  results: BatchResults,
  rejections: ReadonlyMap<number, Uint8Array>,
): number {
  const { count, status, topic, partition, offset } = results;
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (status[i] === REJECTED) {
      const rejection = rejections.get(i);
      if (rejection === undefined) throw new RangeError(`event ${i} is rejected without a reason`);
      target.set(rejection, at);
      at += rejection.length;
      continue;
    }
    // A result: tag, length, status, position tag, length, stream, partition, offset. All lengths are below 128.
    const start = at;
    target[at + 2] = STATUS;
    target[at + 3] = status[i] ?? 0;
    target[at + 4] = POSITION;
    target[at + 6] = STREAM;
    target[at + 7] = (topic[i] ?? 0) + 1;
    at += 8;
    const where = partition[i] ?? 0;
    if (where > 0) {
      target[at++] = PARTITION;
      at = putVarint(target, at, where);
    }
    const place = offset[i] ?? 0;
    if (place > 0) {
      target[at++] = OFFSET;
      at = putVarint(target, at, place);
    }
    target[start] = RESULTS;
    target[start + 1] = at - start - 2;
    target[start + 5] = at - start - 6;
  }
  return at;
}
