import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import {
  ListMetricsRequest,
  QueryMetricsRequest,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import {
  VIOLATIONS_MAX,
  validateEvent,
  validateListMetricsRequest,
  validateQueryMetricsRequest,
} from '@bytebasket/proto/validation';
import { describe, expect, test } from 'vitest';

const euro = (units: bigint, nanos = 0) => ({ currencyCode: 'EUR', units, nanos });
const line = (over: Partial<LineItem> = {}) => ({
  product: { productId: 'p-1' },
  quantity: 3,
  unitPrice: euro(5n),
  total: euro(15n),
  ...over,
});

type Payload = NonNullable<Parameters<typeof Event.fromPartial>[0]['payload']>;

function event(payload: Payload, over: Partial<Event> = {}): Event {
  return Event.fromPartial({
    eventId: '0197b3a0-5f00-7000-8000-000000000001',
    anonymousId: 'device-1',
    occurTime: new Date('2026-11-23T10:15:30Z'),
    payload,
    ...over,
  });
}

const order = (over: object): Payload => ({
  $case: 'orderCompleted',
  value: { orderId: 'o-1', lines: [line()], total: euro(15n), ...over },
});
const page: Payload = { $case: 'pageViewed', value: { category: 'home' } };

describe('a violation', () => {
  test('is not found in a valid event', () => {
    expect(validateEvent(event(page))).toBeUndefined();
    expect(validateEvent(event(order({})))).toBeUndefined();
  });

  test('names the field, the rule, the value and what to do', () => {
    expect(validateListMetricsRequest(ListMetricsRequest.fromPartial({ pageSize: -1 }))).toEqual([
      {
        field: 'page_size',
        rule: 'int32.gte_lte',
        message: 'page_size is -1: use 0 to 500',
        value: '-1',
      },
    ]);
    expect(validateQueryMetricsRequest(QueryMetricsRequest.fromPartial({}))).toEqual([
      {
        field: 'series',
        rule: 'repeated.min_items',
        message: 'series has 0 entries: send 1 to 50 entries',
        value: '0',
      },
    ]);
    expect(
      validateEvent(event(page, { eventId: '', occurTime: undefined }))?.map(
        ({ message }) => message,
      ),
    ).toEqual([
      'event_id is empty: use a UUIDv7 in lower case with hyphens',
      'occur_time is missing: set it',
    ]);
  });

  test('gives the whole path through lists', () => {
    const broken = event(order({ lines: [line(), line({ quantity: 0, total: euro(0n) })] }));
    expect(validateEvent(broken)?.map(({ field }) => field)).toEqual([
      'order_completed.lines[1].quantity',
    ]);
  });

  test('never shows a personal value', () => {
    const context = { ip: 'x'.repeat(46), userAgent: '' };
    const broken = Event.fromPartial({
      ...event(page, { anonymousId: 'anna@example.org' }),
      context,
    });
    const violations = validateEvent(broken) ?? [];
    expect(violations.map(({ field, value }) => [field, value])).toEqual([
      ['anonymous_id', '(personal)'],
      ['context.ip', '(personal)'],
    ]);
    expect(JSON.stringify(violations)).not.toMatch(/anna|xxx/);
  });

  test('shows at most 100 characters of a value and never half a character', () => {
    const sessionId = `${'a'.repeat(99)}😀${'b'.repeat(50)}`;
    const [violation] = validateEvent(event(page, { sessionId })) ?? [];
    expect(violation?.value).toBe('a'.repeat(99));
    expect(violation?.message).toContain(`"${'a'.repeat(99)}"`);
  });

  test('keeps control characters out of its message', () => {
    const [violation] = validateEvent(event(page, { sessionId: 'a\nforged: line' })) ?? [];
    expect(violation?.message).not.toContain('\n');
  });

  test('counts characters as code points, not as UTF-16 units', () => {
    const category = '😀'.repeat(128);
    expect(validateEvent(event({ $case: 'pageViewed', value: { category } }))).toBeUndefined();
    const [violation] =
      validateEvent(event({ $case: 'pageViewed', value: { category: `${category}a` } })) ?? [];
    expect(violation?.message).toBe(
      'page_viewed.category has 129 characters: use at most 128 characters',
    );
  });

  test(`comes at most ${VIOLATIONS_MAX} times`, () => {
    const lines = Array.from({ length: 400 }, () => line({ quantity: -1 }));
    expect(validateEvent(event(order({ lines })))).toHaveLength(VIOLATIONS_MAX);
  });
});

describe('amounts', () => {
  test('of an order must give its total to the nano', () => {
    const parts = { shipping: euro(4n, 950_000_000), tax: euro(2n), discount: euro(1n) };
    expect(
      validateEvent(event(order({ ...parts, total: euro(20n, 950_000_000) }))),
    ).toBeUndefined();
    expect(validateEvent(event(order({ ...parts, total: euro(20n, 950_000_001) })))).toEqual([
      {
        field: 'order_completed.total',
        rule: 'order.total_adds_up',
        message:
          'order_completed.total is EUR 20.950000001, its parts give EUR 20.95: make lines + shipping + tax - discount equal to the total',
        value: 'EUR 20.950000001',
        expected: 'EUR 20.95',
      },
    ]);
  });

  test('of a refund may be more than its lines, not less', () => {
    const refund = (total: bigint): Payload => ({
      $case: 'orderRefunded',
      value: { orderId: 'o-1', total: euro(total), lines: [line()] },
    });
    expect(validateEvent(event(refund(15n)))).toBeUndefined();
    expect(validateEvent(event(refund(16n)))).toBeUndefined();
    expect(validateEvent(event(refund(14n)))?.[0]).toMatchObject({
      field: 'order_refunded.total',
      rule: 'refund.lines_within_total',
      expected: 'EUR 15.00',
    });
  });

  test('are exact where floating point is not', () => {
    const unitPrice = euro(999_999_999n, 999_999_999);
    const exact = { quantity: 1, unitPrice, total: unitPrice };
    expect(validateEvent(event(order({ lines: [line(exact)], total: unitPrice })))).toBeUndefined();
    const beside = { ...exact, total: euro(999_999_999n, 999_999_998) };
    expect(
      validateEvent(event(order({ lines: [line(beside)], total: beside.total })))?.[0],
    ).toMatchObject({
      field: 'order_completed.lines[0]',
      rule: 'line_item.adds_up',
      value: 'EUR 999999999.999999998',
      expected: 'EUR 999999999.999999999',
    });
  });

  test('are summed only when every one of them is right', () => {
    const broken = order({
      lines: [line({ total: { ...euro(15n), currencyCode: 'USD' } })],
      total: euro(99n),
    });
    expect(validateEvent(event(broken))?.map(({ rule }) => rule)).toEqual([
      'line_item.one_currency',
      'order.one_currency',
    ]);
  });

  test('below zero are refused with their value', () => {
    const broken: Payload = {
      $case: 'productViewed',
      value: { product: { productId: 'p-1', price: euro(-1n, -500_000_000) } },
    };
    expect(validateEvent(event(broken))?.[0]).toMatchObject({
      field: 'product_viewed.product.price',
      rule: 'money.non_negative',
      value: 'EUR -1.50',
    });
  });
});

describe('moments', () => {
  test('that a Date cannot hold are refused', () => {
    for (const occurTime of [
      new Date(Number.NaN),
      new Date(-1),
      new Date('9999-01-01T00:00:00Z'),
    ]) {
      expect(validateEvent(event(page, { occurTime }))?.[0]?.rule).toBe('timestamp.gte_lt');
    }
    expect(validateEvent(event(page, { occurTime: new Date(0) }))).toBeUndefined();
    expect(
      validateEvent(event(page, { occurTime: new Date('9998-12-31T23:59:59.999Z') })),
    ).toBeUndefined();
  });
});
