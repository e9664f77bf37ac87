import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  EventStatus,
  PublishResponse,
  PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed, type Random } from '../../../tests/support/random.js';
import { openColumns } from './batch-columns.js';
import { createResultEncoder } from './result-encoder.js';
import {
  ACCEPTED,
  DUPLICATE,
  REJECTED,
  STREAMS,
  type BatchResults,
  type Rejected,
} from './verdict.js';

const STATUSES = [
  EventStatus.UNSPECIFIED,
  EventStatus.ACCEPTED,
  EventStatus.DUPLICATE,
  EventStatus.REJECTED,
];

/** Offsets around every change of length. */
const OFFSETS = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

function randomResults(random: Random): BatchResults {
  const results = openColumns(random.int(0, 40)).results;
  const rejected = new Map<number, Rejected>();
  results.rejected = rejected;
  for (let i = 0; i < results.count; i++) {
    results.status[i] = random.pick([ACCEPTED, ACCEPTED, DUPLICATE, REJECTED]);
    results.topic[i] = random.int(0, 1);
    results.partition[i] = random.pick([0, 1, 3, 127, 128, 255]);
    results.offset[i] = random.chance(0.5) ? random.pick(OFFSETS) : random.int(0, 2 ** 50);
    if (results.status[i] !== REJECTED) continue;
    rejected.set(i, {
      reason: random.pick([ErrorReason.FIELD_INVALID, ErrorReason.FOLD_FAILED]),
      field: random.pick(['', 'order_completed.lines[2].total']),
      rule: random.pick(['', 'string.pattern']),
      message: 'ü'.repeat(random.pick([0, 3, 100, 9_000])),
    });
  }
  return results;
}

/** The message that the columns stand for. */
function messageOf(results: BatchResults): PublishResponse {
  return {
    results: Array.from({ length: results.count }, (_, i) => {
      const rejection = results.rejected.get(i);
      const position = {
        stream: STREAMS[results.topic[i] ?? 0] ?? Stream.UNSPECIFIED,
        partition: results.partition[i] ?? 0,
        offset: BigInt(results.offset[i] ?? 0),
      };
      return {
        status: STATUSES[results.status[i] ?? 0] ?? EventStatus.UNSPECIFIED,
        position: rejection === undefined ? position : undefined,
        rejection,
      };
    }),
  };
}

describe('the encoder of answers', () => {
  const seed = testSeed();
  const encoder = createResultEncoder();

  test('writes PublishResponse byte for byte as the generated code does', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 500; round++) {
      const results = randomResults(random);
      const bytes = encoder.publishResponse(results);
      const expected = PublishResponse.encode(messageOf(results)).finish();
      if (Buffer.compare(bytes, expected) !== 0) throw new Error(`seed ${seed}, round ${round}`);
      expect(PublishResponse.decode(bytes)).toEqual(messageOf(results));
    }
  });

  test('writes PublishStreamResponse byte for byte as the generated code does', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 500; round++) {
      const results = randomResults(random);
      const batchNumber = random.pick([0n, 1n, 127n, 128n, 2n ** 40n, 2n ** 63n - 1n]);
      const credit = { batches: random.int(1, 64), bytes: random.int(65_536, 2 ** 40) };
      const refused = {
        reason: ErrorReason.GATEWAY_SATURATED,
        retryDelay: { seconds: 0n, nanos: 50_000_000 },
        message: 'full',
        expectedBatchNumber: batchNumber,
      };
      const taken = random.chance(0.7);
      const outcome = {
        batchNumber,
        results: taken ? results : undefined,
        refused: taken ? undefined : refused,
        credit,
      };
      const bytes = encoder.publishStreamResponse(outcome);
      const expected = PublishStreamResponse.encode({
        batchNumber,
        outcome: taken
          ? { $case: 'accepted', value: messageOf(results) }
          : { $case: 'refused', value: refused },
        credit: { batches: credit.batches, bytes: BigInt(credit.bytes) },
      }).finish();
      if (Buffer.compare(bytes, expected) !== 0) throw new Error(`seed ${seed}, round ${round}`);
    }
  });

  test('does not let one answer change another', () => {
    const [one, other] = [openColumns(3).results, openColumns(3).results];
    one.status.fill(ACCEPTED);
    other.status.fill(DUPLICATE);
    const first = encoder.publishResponse(one);
    const copy = Buffer.from(first);
    encoder.publishResponse(other);
    expect(Buffer.compare(first, copy)).toBe(0);
  });
});
