import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  PublishRequest,
  PublishStreamRequest,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { describe, expect, test } from 'vitest';
import { framedSize, streamFrame, unaryFrame } from './frame.js';

/** Lengths around the places where a length takes one byte more. */
const LENGTHS = [0, 1, 100, 127, 128, 16_383, 16_384, 70_000];

describe('request frames', () => {
  test.each([1, 127, 128, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1])(
    'say what the generated code would say, for batch %i',
    (batchNumber) => {
      const events = LENGTHS.map((length) =>
        Event.fromPartial({ eventId: 'x'.repeat(length), anonymousId: 'device-1' }),
      );
      const encoded = events.map((event) => ({ bytes: Event.encode(event).finish() }));
      for (const clientId of ['', 'shop:1']) {
        const source = { batchNumber, events: encoded, clientId };
        const expected = { batchNumber: BigInt(batchNumber), events, clientId };
        expect(PublishStreamRequest.decode(streamFrame(source))).toEqual(expected);
        expect(PublishRequest.decode(unaryFrame(source))).toEqual(expected);
      }
    },
  );

  test('take as many bytes as was accounted for', () => {
    for (const length of LENGTHS) {
      const bytes = Buffer.alloc(length);
      const empty = streamFrame({ batchNumber: 1, events: [], clientId: '' });
      const frame = streamFrame({ batchNumber: 1, events: [{ bytes }], clientId: '' });
      expect(frame.length - empty.length).toBe(framedSize(length));
    }
  });
});
