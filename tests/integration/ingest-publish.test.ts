import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  EventStatus,
  PublishResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { Metadata } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eur,
  ingestWorld,
  order,
  publisher,
  recordsOf,
  START_MS,
  view,
  type IngestWorld,
} from '../support/ingest-world.js';
import { failureOf } from '../support/test-gateway.js';

const YEAR_MS = 365 * 86_400_000;
const identity = (bytes: Buffer): Buffer => bytes;

let world: IngestWorld;
let raw: Client;
let counter = 0;
const next = (): number => (counter += 1);

beforeAll(async () => {
  world = await ingestWorld();
  raw = new Client(world.gateway.address, credentials.createInsecure());
});
afterAll(async () => {
  raw.close();
  await world.close();
});

/** Sends bytes as a PublishRequest. */
async function publishBytes(request: Uint8Array): Promise<PublishResponse> {
  const path = '/bytebasket.ingest.v1.IngestService/Publish';
  return new Promise((resolve, reject) => {
    raw.makeUnaryRequest(path, identity, identity, Buffer.from(request), (error, answer) => {
      if (error !== null) reject(error);
      else resolve(PublishResponse.decode(answer ?? Buffer.alloc(0)));
    });
  });
}

/** A request of events given as bytes. */
function requestOf(...events: Uint8Array[]): Buffer {
  const parts = events.flatMap((event) => {
    const length = [(event.length & 0x7f) | 0x80, (event.length >> 7) & 0x7f];
    return [Buffer.from([0x0a, ...length]), event];
  });
  return Buffer.concat(parts);
}

const encoded = (event: Event): Buffer => Buffer.from(Event.encode(event).finish());

describe('Publish', () => {
  test('makes events durable, tells where each lies and writes the bytes as received', async () => {
    const events = [view(next()), order(next()), view(next(), { userId: 'ann' })];
    const { results } = await publisher(world).publish({
      events,
      clientId: 'shop',
      batchNumber: 7n,
    });
    expect(results.map((result) => result.status)).toEqual([1, 1, 1]);
    expect(results.map((result) => result.position?.stream)).toEqual([1, 2, 1]);
    const kept = [
      ...(await recordsOf(world.log, 'user-activity')),
      ...(await recordsOf(world.log, 'transactions')),
    ];
    for (const [i, event] of events.entries()) {
      const record = kept.find(({ value }) => value.equals(encoded(event)));
      expect(record).toMatchObject({
        partition: results[i]?.position?.partition,
        offset: Number(results[i]?.position?.offset),
        key: event.userId === '' ? event.anonymousId : event.userId,
        headers: { client_id: 'shop', batch_number: '7', batch_size: '3' },
      });
    }
  });

  test('keeps fields that it does not know', async () => {
    const bytes = Buffer.concat([encoded(view(next())), Buffer.from('c23e036e6577', 'hex')]);
    const { results } = await publishBytes(requestOf(bytes));
    expect(results[0]?.status).toBe(EventStatus.ACCEPTED);
    const kept = await recordsOf(world.log, 'user-activity');
    expect(kept.some(({ value }) => value.equals(bytes))).toBe(true);
  });

  test('writes the trace of the call and nothing that is no trace', async () => {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    for (const sent of [traceparent, 'nonsense']) {
      const clientId = sent === traceparent ? 'traced' : 'untraced';
      const metadata = Metadata({ traceparent: sent });
      await publisher(world).publish({ events: [view(next())], clientId }, { metadata });
    }
    const kept = await recordsOf(world.log, 'user-activity');
    const of = (client: string) => kept.find(({ headers }) => headers['client_id'] === client);
    expect(of('traced')?.headers['traceparent']).toBe(traceparent);
    expect(of('untraced')?.headers).toEqual({ client_id: 'untraced' });
  });

  const bad: [string, () => Event, ErrorReason, string, string][] = [
    [
      'an id that is no UUIDv7',
      () => view(0, { eventId: 'x' }),
      ErrorReason.FIELD_INVALID,
      'event_id',
      'string.pattern',
    ],
    [
      'no visitor',
      () => view(next(), { anonymousId: '' }),
      ErrorReason.FIELD_INVALID,
      'anonymous_id',
      'string.pattern',
    ],
    [
      'no time',
      () => ({ ...view(next()), occurTime: undefined }),
      ErrorReason.FIELD_INVALID,
      'occur_time',
      'required',
    ],
    [
      'no payload',
      () => ({ ...view(next()), payload: undefined }),
      ErrorReason.FIELD_INVALID,
      'payload',
      'required',
    ],
    [
      'a time a year ahead',
      () => view(next(), { occurTime: new Date(START_MS + YEAR_MS) }),
      ErrorReason.OCCUR_TIME_IN_FUTURE,
      'occur_time',
      '',
    ],
    [
      'a time beyond the calendar',
      () => view(next(), { occurTime: new Date(8.64e15) }),
      ErrorReason.FIELD_INVALID,
      'occur_time',
      'timestamp.gte_lt',
    ],
    [
      'a total that does not add up',
      () => order(next(), eur(9n)),
      ErrorReason.ORDER_TOTAL_MISMATCH,
      'order_completed.total',
      'order.total_adds_up',
    ],
    [
      'negative money',
      () => order(next(), eur(-10n), eur(-10n)),
      ErrorReason.FIELD_INVALID,
      'order_completed.lines[0].unit_price',
      'money.non_negative',
    ],
    [
      'lines of a refund above its total',
      () =>
        view(next(), {
          payload: {
            $case: 'orderRefunded',
            value: {
              orderId: 'o',
              total: eur(1n),
              lines: [{ product: { productId: 'p' }, quantity: 1, total: eur(2n) }],
            },
          },
        }),
      ErrorReason.REFUND_TOTAL_MISMATCH,
      'order_refunded.total',
      'refund.lines_within_total',
    ],
  ];

  test.each(bad)('rejects %s, names the field and keeps the bytes', async (...row) => {
    const [, make, reason, field, rule] = row;
    const event = make();
    const neighbours = [view(next()), view(next())];
    const { results } = await publisher(world).publish({
      events: [neighbours[0] ?? event, event, neighbours[1] ?? event],
      clientId: 'bad',
    });
    expect(results.map((result) => result.status)).toEqual([1, 3, 1]);
    expect(results[1]?.rejection).toMatchObject({ reason, field, rule });
    expect(results[1]?.rejection?.message).toContain(field);
    const dead = await recordsOf(world.log, 'dead-letters');
    const letter = dead.find(({ value }) => value.equals(encoded(event)));
    expect(letter?.headers).toMatchObject({ client_id: 'bad', field, rule });
    expect(letter?.headers['reason']).toBe(ErrorReason[reason]);
  });

  test('takes a time five minutes ahead and not a millisecond more, and any time past', async () => {
    const times = [START_MS + 300_000, START_MS + 300_001, START_MS - YEAR_MS];
    const events = times.map((ms) => view(next(), { occurTime: new Date(ms) }));
    const { results } = await publisher(world).publish({ events });
    expect(results.map((result) => result.status)).toEqual([1, 3, 1]);
  });

  test('keeps a payload that it does not know as a dead letter', async () => {
    const bytes = Buffer.concat([
      encoded({ ...view(next()), payload: undefined }),
      Buffer.from('ba070161', 'hex'),
    ]);
    const { results } = await publishBytes(requestOf(encoded(view(next())), bytes));
    expect(results.map((result) => result.status)).toEqual([1, 3]);
    expect(results[1]?.rejection?.reason).toBe(ErrorReason.PAYLOAD_UNKNOWN);
    expect(results[1]?.rejection?.message).toContain('field 119');
    const dead = await recordsOf(world.log, 'dead-letters');
    expect(dead.some(({ value }) => value.equals(bytes))).toBe(true);
  });

  test.each([
    ['user_id', { userId: '@@' }],
    ['context.app.name', { context: { app: { name: '@@' } } }],
    [
      'product_list_viewed.products[1].name',
      {
        payload: {
          $case: 'productListViewed',
          value: { products: [{ productId: 'a' }, { productId: 'b', name: '@@' }] },
        },
      },
    ],
  ] as const)('rejects text in %s that is no UTF-8', async (field, fields) => {
    const bytes = encoded(view(next(), fields as never));
    bytes.write('\xc3\x28', bytes.indexOf('@@'), 'latin1');
    const { results } = await publishBytes(requestOf(bytes));
    expect(results[0]?.rejection).toMatchObject({ reason: ErrorReason.TEXT_NOT_UTF8, field });
  });

  test('rejects an event that is cut or whose inner lengths lie, not its neighbours', async () => {
    const whole = encoded(view(next()));
    const cut = encoded(view(next())).subarray(0, -3);
    // The context has 2 bytes, the device in it claims 5: the decoder takes the session_id behind for the device's browser.
    const lying = Buffer.concat([encoded(view(next())), Buffer.from('32020a052203616263', 'hex')]);
    expect(Event.decode(lying).context?.device?.browser).toBe('abc');
    const wrongType = Buffer.concat([encoded(view(next())), Buffer.from('0e', 'hex')]);
    const { results } = await publishBytes(requestOf(whole, cut, lying, wrongType));
    expect(results.map((result) => result.status)).toEqual([1, 3, 3, 3]);
    for (const [i, { rejection }] of results.slice(1).entries()) {
      expect(rejection?.reason).toBe(ErrorReason.MALFORMED_MESSAGE);
      expect(rejection?.message).toContain(`event ${i + 1} is not a valid`);
    }
  });

  test('refuses bytes that are no request', async () => {
    const call = publishBytes(Buffer.from('0aff', 'hex'));
    await expect(call).rejects.toMatchObject({ code: 3 });
    await call.catch((error: unknown) => {
      expect((error as ServiceError).details).toMatch(
        /not a valid bytebasket.ingest.v1.PublishRequest/,
      );
    });
  });

  test('takes 500 events and refuses 501, none and more than a MiB', async () => {
    const many = Array.from({ length: 501 }, () => view(next()));
    const { results } = await publisher(world).publish({ events: many.slice(0, 500) });
    expect(results.every(({ status }) => status === EventStatus.ACCEPTED)).toBe(true);
    const large = await failureOf(publisher(world).publish({ events: many }));
    expect(large).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'BATCH_TOO_LARGE',
      metadata: { field: 'events', value: '501', limit: '500' },
    });
    const none = await failureOf(publisher(world).publish({ events: [] }));
    expect(none).toMatchObject({ reason: 'FIELD_INVALID', metadata: { field: 'events' } });
    const url = `/${'x'.repeat(2_000)}`;
    const fat = Array.from({ length: 260 }, () =>
      view(next(), { context: { page: { path: url, referrer: url } } }),
    );
    const bytes = await failureOf(publisher(world).publish({ events: fat }));
    expect(bytes).toMatchObject({ reason: 'BATCH_TOO_LARGE', metadata: { limit: '1048576' } });
  });

  test('refuses a client id or number that breaks the contract', async () => {
    const events = [view(next())];
    const client = await failureOf(publisher(world).publish({ events, clientId: 'a b' }));
    expect(client).toMatchObject({ reason: 'FIELD_INVALID', metadata: { field: 'client_id' } });
    const number = await failureOf(publisher(world).publish({ events, batchNumber: -1n }));
    expect(number).toMatchObject({ reason: 'FIELD_INVALID', metadata: { field: 'batch_number' } });
  });
});
