import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { eventView } from '@bytebasket/server/metrics/event/event-view';
import { leanDecoder } from '@bytebasket/server/metrics/event/lean-decoder';
import { describe, expect, test } from 'vitest';
import { anEvent, Random, randomStream } from './metrics-events.js';

const FROM_MS = Date.UTC(2026, 10, 23, 10);

/** A message whose fields come in random order, some twice, unknown ones in between; valid protobuf all the same. */
function shuffled(random: Random, bytes: Uint8Array, depth = 0): Uint8Array {
  const fields = fieldsOf(bytes);
  const extra = fields.filter(() => random.chance(0.2));
  const all = [...fields, ...extra].toSorted(() => random.next() - 0.5);
  const writer = new BinaryWriter();
  for (const field of all) {
    if (random.chance(0.1)) writer.uint32((150 << 3) | 0).uint32(random.below(2 ** 31));
    if (random.chance(0.1)) writer.uint32((151 << 3) | 2).bytes(Uint8Array.of(1, 2, 3));
    if (random.chance(0.05)) writer.uint32((152 << 3) | 1).fixed64(7);
    if (random.chance(0.05)) writer.uint32((153 << 3) | 5).fixed32(7);
    const nested = depth < 2 && field.message && random.chance(0.5);
    writer.raw(nested ? rewritten(random, field.bytes, depth) : field.bytes);
  }
  return writer.finish();
}

/** A length-delimited field whose content is shuffled. */
function rewritten(random: Random, field: Uint8Array, depth: number): Uint8Array {
  const { tag, content } = opened(field);
  return new BinaryWriter()
    .uint32(tag)
    .bytes(shuffled(random, content, depth + 1))
    .finish();
}

interface Field {
  readonly bytes: Uint8Array;
  readonly message: boolean;
}

/** Fields of Event and its parts that hold messages: context, times, payloads, product, device. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const [tag, afterTag] = varint(bytes, at);
    at = afterTag;
    if ((tag & 7) === 0) at = varint(bytes, at)[1];
    else if ((tag & 7) === 2) {
      const [length, from] = varint(bytes, at);
      at = from + length;
    } else at += (tag & 7) === 1 ? 8 : 4;
    const field = tag >>> 3;
    fields.push({ bytes: bytes.subarray(start, at), message: field >= 20 || field === 6 });
  }
  return fields;
}

function opened(field: Uint8Array): { tag: number; content: Uint8Array } {
  const [tag, afterTag] = varint(field, 0);
  const [length, from] = varint(field, afterTag);
  return { tag, content: field.subarray(from, from + length) };
}

function varint(bytes: Uint8Array, from: number): [number, number] {
  let value = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

describe('the lean decoder', () => {
  test.each([1, 2, 3])('agrees with the generated decoder on random events (seed %i)', (seed) => {
    const random = new Random(seed);
    const decode = leanDecoder();
    const stream = randomStream(random, { fromMs: FROM_MS, count: 1_500, meanGapMs: 1_000 });
    for (const { event } of stream) {
      const bytes = Event.encode(event).finish();
      expect(decode(bytes)).toEqual(eventView(Event.decode(bytes)));
      const mixed = shuffled(random, bytes);
      expect(decode(mixed)).toEqual(eventView(Event.decode(mixed)));
    }
  });

  test.each([4, 5])(
    'agrees on damaged bytes that the generated decoder takes (seed %i)',
    (seed) => {
      const random = new Random(seed);
      const decode = leanDecoder();
      const stream = randomStream(random, { fromMs: FROM_MS, count: 400, meanGapMs: 1_000 });
      let taken = 0;
      for (const { event } of stream) {
        // Ids that are not UTF-8 never get past ingest, so they may differ here.
        const bytes = Event.encode({ ...event, payload: undefined }).finish();
        for (let i = 0; i < 20; i++) {
          const at = random.below(bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(7));
        }
        const decoded = attempt(() => Event.decode(bytes));
        if (decoded?.occurTime === undefined) continue;
        if (`${decoded.anonymousId}${decoded.sessionId}`.includes('\ufffd')) continue;
        const expected = eventView(decoded);
        taken += 1;
        expect(decode(bytes)).toEqual(expected);
      }
      expect(taken).toBeGreaterThan(5);
    },
  );

  test('reads long and unusual texts as the generated decoder does', () => {
    const decode = leanDecoder();
    for (const query of ['Ünïcode', '\ufeffbom', 'x'.repeat(200), '  MIXED case  ', '']) {
      const event = anEvent(FROM_MS, { payload: { $case: 'productsSearched', value: { query } } });
      const bytes = Event.encode(event).finish();
      expect(decode(bytes)).toEqual(eventView(Event.decode(bytes)));
    }
    const negative = anEvent(-1_500.5, { payload: { $case: 'pageViewed', value: {} } });
    const bytes = Event.encode(negative).finish();
    expect(decode(bytes).occurMs).toBe(-1_500);
  });

  test('throws what the generated decoder throws', () => {
    const decode = leanDecoder();
    const bytes = Event.encode(anEvent(FROM_MS, { sessionId: 's1' })).finish();
    expect(() => decode(bytes.subarray(0, bytes.length - 3))).toThrow('premature EOF');
    expect(() => decode(new Uint8Array(0))).toThrow('occur_time is absent');
  });
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
