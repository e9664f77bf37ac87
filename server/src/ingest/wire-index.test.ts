import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  PublishRequest,
  PublishStreamRequest,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed, type Random } from '../../../tests/support/random.js';
import { EVENTS_MAX } from './limits.js';
import { indexPublishRequest, indexPublishStreamRequest, type RequestIndex } from './wire-index.js';

const MESSAGES = [
  {
    name: 'PublishRequest',
    codec: PublishRequest,
    index: indexPublishRequest,
    events: 1,
    clientId: 2,
    batchNumber: 3,
  },
  {
    name: 'PublishStreamRequest',
    codec: PublishStreamRequest,
    index: indexPublishStreamRequest,
    events: 2,
    clientId: 3,
    batchNumber: 1,
  },
] as const;

type Shape = (typeof MESSAGES)[number];

function event(random: Random): Uint8Array {
  return Event.encode(
    Event.fromPartial({
      eventId: `id-${random.int(0, 999)}`,
      userId: random.chance(0.5) ? 'ü'.repeat(random.int(0, 90)) : '',
      occurTime: new Date(random.int(0, 2 ** 40)),
    }),
  ).finish();
}

/** Fields of a request in any order, with repeats, unknown ones and groups. */
function request(random: Random, shape: Shape): Uint8Array {
  const writer = new BinaryWriter();
  for (let i = random.int(0, 8); i > 0; i--) {
    const kind = random.int(0, 7);
    if (kind <= 2) writer.tag(shape.events, WireType.LengthDelimited).bytes(event(random));
    else if (kind === 3) writer.tag(shape.clientId, WireType.LengthDelimited).string('shop');
    else if (kind === 4) {
      const number = BigInt(random.int(-5, 2 ** 31)) * 2n ** BigInt(random.int(0, 31));
      writer.tag(shape.batchNumber, WireType.Varint).int64(number);
    } else if (kind === 5) writer.tag(random.int(1, 2 ** 20), WireType.Bit64).fixed64(7n);
    else if (kind === 6) writer.tag(random.int(1, 40), WireType.Bit32).fixed32(7);
    else {
      const group = random.int(1, 40);
      writer
        .tag(group, WireType.StartGroup)
        .tag(9, WireType.Varint)
        .uint32(random.int(0, 2 ** 31));
      writer.tag(group, WireType.EndGroup);
    }
  }
  return writer.finish();
}

function spoil(random: Random, bytes: Uint8Array): Uint8Array {
  const spoilt = Buffer.from(bytes);
  if (random.chance(0.4)) return spoilt;
  if (random.chance(0.3)) return spoilt.subarray(0, random.int(0, spoilt.length));
  for (let i = random.int(1, 3); i > 0 && spoilt.length > 0; i--) {
    const at = random.int(0, spoilt.length - 1);
    spoilt[at] = (spoilt[at] ?? 0) ^ (1 << random.int(0, 7));
  }
  return spoilt;
}

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/** The events of an index as the decoder reads them; none when one is broken or the decoder drops a part of it. */
function slices({ bytes, spans, eventCount }: RequestIndex): Event[] | undefined {
  return decoded(() =>
    Array.from({ length: eventCount }, (_, i) => {
      const slice = bytes.subarray(spans[2 * i], spans[2 * i + 1]);
      const read = Event.decode(slice);
      if (Event.encode(read).finish().length !== slice.length) throw new RangeError('lossy');
      return read;
    }),
  );
}

/** What the format asks of the outermost fields, read another way than the index does. */
function wellFormed(bytes: Uint8Array): boolean {
  let at = 0;
  const open: number[] = [];
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new RangeError('varint');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  try {
    while (at < bytes.length) {
      const tag = Number(varint() & 0xffffffffn);
      const [field, type] = [Math.floor(tag / 8), tag % 8];
      if (field === 0 || type > 5) return false;
      if (type === 0) varint();
      else if (type === 1) at += 8;
      else if (type === 2) {
        const length = Number(varint() & 0xffffffffn);
        at += length;
      } else if (type === 3) open.push(field);
      else if (type === 4 && open.pop() !== field) return false;
      else if (type === 5) at += 4;
      if (at > bytes.length || open.length > 100) return false;
    }
  } catch {
    return false;
  }
  return open.length === 0;
}

describe('the wire index', () => {
  const seed = testSeed();

  test.each(MESSAGES)('accepts exactly what the decoder of $name reads without loss', (shape) => {
    const random = seededRandom(seed);
    const seen = { equal: 0, malformed: 0 };
    for (let round = 0; round < 6_000; round++) {
      const bytes = spoil(random, request(random, shape));
      const fail = (what: string): never => {
        const hex = Buffer.from(bytes).toString('hex');
        throw new Error(`seed ${seed}, round ${round}: ${what}: ${hex}`);
      };
      const index = shape.index(bytes);
      const whole = decoded(() => shape.codec.decode(bytes));
      if (index.malformed !== undefined) {
        seen.malformed += 1;
        // Stricter than the decoder only where it drops bytes, takes them for others, or text is no UTF-8.
        const lossy = index.malformed.endsWith('client_id is not UTF-8');
        if (whole !== undefined && wellFormed(bytes) && !lossy) fail(index.malformed);
        continue;
      }
      if (!wellFormed(bytes)) fail('accepted');
      const events = slices(index);
      // An event that is broken inside is its own affair; the decoder gives up or misreads the whole request.
      if (events === undefined) continue;
      if (whole === undefined) return fail('the decoder refuses it');
      expect(whole.events).toEqual(events);
      seen.equal += 1;
      if (index.clientId !== whole.clientId) fail('another client_id');
      if (index.batchNumber !== whole.batchNumber) fail('another batch_number');
    }
    expect(seen.equal).toBeGreaterThan(2_000);
    expect(seen.malformed).toBeGreaterThan(400);
  });

  test('gives slices that decode to the events of the request', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 500; round++) {
      const events = Array.from({ length: random.int(0, 20) }, () => event(random));
      const bytes = PublishRequest.encode({
        events: events.map((one) => Event.decode(one)),
        clientId: 'shop:web',
        batchNumber: 7n,
      }).finish();
      const index = indexPublishRequest(bytes);
      expect(slices(index), `seed ${seed}`).toEqual(PublishRequest.decode(bytes).events);
      expect(index).toMatchObject({ clientId: 'shop:web', batchNumber: 7n, malformed: undefined });
    }
  });

  test.each([
    ['a length beyond the end', '0a05aabb'],
    ['a varint without an end', '18ffffff'],
    ['a varint of eleven bytes', '18ffffffffffffffffffff01'],
    ['a zero byte, at which the decoder stops', '0a0000'],
    ['the end of a group that never began', '0c'],
    ['a group that ends with another number', '2b34'],
    ['a group without an end', '2b'],
    ['a wire type that is none', '0e'],
    ['a client id that is no UTF-8', '1202c328'],
  ])('refuses %s', (_name, hex) => {
    expect(indexPublishRequest(Buffer.from(hex, 'hex')).malformed).toMatch(/PublishRequest/);
  });

  test('goes 100 groups deep and no deeper', () => {
    const nested = (depth: number): Buffer =>
      Buffer.from('2b'.repeat(depth) + '2c'.repeat(depth), 'hex');
    expect(indexPublishRequest(nested(100)).malformed).toBeUndefined();
    expect(indexPublishRequest(nested(101)).malformed).toMatch(/nested groups/);
  });

  test('counts more events than a batch may hold without listing them', () => {
    const bytes = Buffer.from('0a00'.repeat(100_000), 'hex');
    const index = indexPublishRequest(bytes);
    expect(index.eventCount).toBe(100_000);
    expect(index.spans).toHaveLength(2 * (EVENTS_MAX + 1));
  });
});
