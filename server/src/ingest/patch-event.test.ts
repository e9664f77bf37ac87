import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ConsentCategory } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { isServiceError } from '../gateway/service-error.js';
import { describe, expect, test } from 'vitest';
import { PatchError, readPatches } from './patch-event.js';

const EUR = { currencyCode: 'EUR', units: 5n, nanos: 0 };
const ORDER = Event.fromPartial({
  eventId: '0199d3c8-0000-7000-8000-00000000000a',
  anonymousId: 'device',
  context: { country: 'DE', consents: [ConsentCategory.NECESSARY, ConsentCategory.ANALYTICS] },
  payload: {
    $case: 'orderCompleted',
    value: {
      orderId: 'o1',
      total: EUR,
      lines: [
        { product: { productId: 'p1', name: 'One' }, quantity: 1, total: EUR },
        { product: { productId: 'p2', name: 'Two' }, quantity: 2, total: EUR },
      ],
    },
  },
});

/** Field 500 and 501: what a newer contract may hold, beside everything else. */
const UNKNOWN = Buffer.from(
  new BinaryWriter()
    .tag(500, WireType.LengthDelimited)
    .string('new')
    .tag(501, WireType.Varint)
    .uint32(7)
    .finish(),
);

function patched(event: Event, ...patches: [field: string, jsonValue: string][]): Event {
  const list = patches.map(([field, jsonValue]) => ({ field, jsonValue }));
  const bytes = Buffer.concat([Event.encode(event).finish(), UNKNOWN]);
  const result = Buffer.from(readPatches(list).apply(bytes));
  expect(result.includes(UNKNOWN)).toBe(true);
  return Event.decode(result);
}

function order(event: Event) {
  if (event.payload?.$case !== 'orderCompleted') throw new Error('no order');
  return event.payload.value;
}

describe('a patch', () => {
  test('sets a text, a number, an amount and an entry of a list, and nothing else', () => {
    const result = patched(
      ORDER,
      ['user_id', '"ann"'],
      ['order_completed.total.currency_code', '"USD"'],
      ['order_completed.lines[1].quantity', '3'],
      ['order_completed.lines[0].product.name', '"Ü"'],
      ['occur_time', '"2026-01-02T03:04:05.678Z"'],
    );
    const expected = Event.decode(Event.encode(ORDER).finish());
    expected.userId = 'ann';
    expected.occurTime = new Date('2026-01-02T03:04:05.678Z');
    const { total, lines } = order(expected);
    if (total === undefined || lines[1] === undefined) throw new Error('no total');
    total.currencyCode = 'USD';
    lines[1].quantity = 3;
    const product = lines[0]?.product;
    if (product === undefined) throw new Error('no product');
    product.name = 'Ü';
    expect(result).toEqual(expected);
  });

  test('clears with null, makes what was absent and takes the place of another payload', () => {
    expect(patched(ORDER, ['context.country', 'null']).context?.country).toBe('');
    expect(patched(ORDER, ['context.device.os', '"Linux"']).context?.device?.os).toBe('Linux');
    expect(patched(ORDER, ['context', 'null']).context).toBeUndefined();
    const other = patched(ORDER, ['page_viewed', '{"category":"home"}']).payload;
    expect(other?.$case).toBe('pageViewed');
    expect(patched(ORDER, ['context.consents', '[3]']).context?.consents).toEqual([3]);
  });

  test('adds the entry behind the last, not one further', () => {
    const line = '{"product":{"productId":"p3"},"quantity":1,"total":{"currencyCode":"EUR"}}';
    expect(order(patched(ORDER, ['order_completed.lines[2]', line])).lines).toHaveLength(3);
    const [path, far] = ['order_completed.lines[3]', readPatches];
    expect(() =>
      far([{ field: path, jsonValue: line }]).apply(Event.encode(ORDER).finish()),
    ).toThrow(PatchError);
  });

  test.each([
    ['nothing', '1'],
    ['context.nothing', '1'],
    ['user_id.more', '1'],
    ['user_id[0]', '"a"'],
    ['order_completed.lines.quantity', '1'],
    ['context.consents[0]', '1'],
    ['user_id', '5'],
    ['user_id', 'ann'],
    ['order_completed.lines[0].quantity', '"many"'],
    ['order_completed.lines[0].quantity', '1.5'],
    ['', '1'],
  ])('of %s to %s does not fit the contract', (field, jsonValue) => {
    let thrown: unknown;
    try {
      readPatches([{ field, jsonValue }]);
    } catch (error) {
      thrown = error;
    }
    expect(isServiceError(thrown) && thrown.metadata['field']).toMatch(/^patches\[0\]\./);
  });

  test('leaves bytes alone when there is none', () => {
    const bytes = Buffer.from('not a message');
    expect(readPatches([]).apply(bytes)).toBe(bytes);
  });

  test('replaces text that is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('1a02c328', 'hex'), UNKNOWN]);
    const result = readPatches([{ field: 'user_id', jsonValue: '"ann"' }]).apply(bytes);
    expect(Event.decode(result).userId).toBe('ann');
    expect(Buffer.from(result).includes(Buffer.from('c328', 'hex'))).toBe(false);
  });
});
