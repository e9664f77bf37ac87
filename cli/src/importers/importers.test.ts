import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { validateEvent } from '@bytebasket/proto/validation';
import { describe, expect, test } from 'vitest';
import { diginetica } from './diginetica.js';
import { importedEventId } from './event-ids.js';
import { eventJson } from './event-json.js';
import type { ImportedEvent, Importer } from './importer.js';
import { rees46 } from './rees46.js';
import { retailRocket } from './retail-rocket.js';
import { RowError, type SourceRow } from './row.js';
import { segment } from './segment.js';
import { SEGMENT_EVENTS } from './segment-payloads.js';
import { yoochoose } from './yoochoose.js';

/** Runs rows through a format; every event must satisfy the contract. */
function run(importer: Importer, rows: readonly SourceRow[], currency = 'EUR') {
  const pass = importer.open({ currency, lookups: new Map() });
  const imported = [
    ...rows.flatMap((row, i) => [...pass.row({ number: i + 1, row })]),
    ...pass.end(),
  ];
  return { events: imported.map(complete), notes: pass.notes() };
}

function complete(imported: ImportedEvent) {
  const event = Event.fromPartial({
    ...imported.event,
    eventId: imported.eventId ?? importedEventId('seed', imported.source, imported.timeMs),
    occurTime: new Date(imported.timeMs),
  });
  expect(validateEvent(event)).toBeUndefined();
  const plain = Event.toJSON(event) as Record<string, unknown>;
  delete plain['eventId'];
  return plain;
}

const eur = (units: string, nanos?: number) => ({
  currencyCode: 'EUR',
  units,
  ...(nanos === undefined ? {} : { nanos }),
});

describe('the Diginetica importer', () => {
  test('takes the cup’s own columns, with the time frame added to the day', () => {
    const row = {
      sessionId: '1',
      userId: 'NA',
      itemId: '81766',
      timeframe: '526309',
      eventdate: '2016-05-09',
    };
    expect(run(diginetica, [row]).events).toEqual([
      {
        anonymousId: 'dg-1',
        sessionId: 'dg-1',
        occurTime: '2016-05-09T00:08:46.309Z',
        productViewed: { product: { productId: '81766' } },
      },
    ]);
  });

  test('looks the category up where a table was given', () => {
    const lookups = new Map([['categories', new Map([['5', { category_id: 77 }]])]]);
    const pass = diginetica.open({ currency: 'XXX', lookups });
    const row = {
      session_id: 9,
      user_id: 4,
      item_id: 5,
      timeframe_ms: 1,
      event_time: new Date(1e12),
    };
    const [event] = pass.row({ number: 1, row });
    expect(event?.event.payload?.value).toMatchObject({
      product: { productId: '5', categoryId: '77' },
    });
    expect(event?.event.userId).toBe('4');
  });
});

describe('the Yoochoose importer', () => {
  const click = {
    session: '11',
    timestamp: '2014-04-07T10:51:09.277Z',
    item: '214536502',
    category: '0',
  };
  const buy = (item: string, price: string, quantity: string) => ({
    ...{ session: '11', timestamp: '2014-04-07T11:00:00.000Z', item, price, quantity },
  });

  test('makes a view of a click and leaves the unknown category out', () => {
    expect(run(yoochoose, [click]).events).toEqual([
      {
        anonymousId: 'yc-11',
        sessionId: 'yc-11',
        occurTime: '2014-04-07T10:51:09.277Z',
        productViewed: { product: { productId: '214536502' } },
      },
    ]);
  });

  test('gathers the buys of a session into one order that adds up', () => {
    const { events } = run(yoochoose, [buy('1', '1046', '1'), buy('2', '523', '2')]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      orderCompleted: {
        orderId: 'yc-11',
        total: eur('2092'),
        lines: [{ total: eur('1046') }, { quantity: 2, total: eur('1046') }],
      },
    });
  });
});

describe('the RetailRocket importer', () => {
  const row = (event: string, transactionid = '') => ({
    ...{ timestamp: '1433221332117', visitorid: '257597', event, itemid: '355908', transactionid },
  });

  test('takes views, cart additions and transactions', () => {
    const { events, notes } = run(retailRocket, [
      row('view'),
      row('addtocart'),
      row('transaction', '4000'),
    ]);
    expect(events.map((event) => Object.keys(event).at(-1))).toEqual([
      'productViewed',
      'productAdded',
      'orderCompleted',
    ]);
    expect(events[2]).toMatchObject({
      orderCompleted: { orderId: 'rr-4000', total: { currencyCode: 'EUR' } },
    });
    expect(notes).toEqual(['the format has no prices: orders have a total of 0']);
  });

  test('names an event that it does not know', () => {
    expect(() => run(retailRocket, [row('like')])).toThrow(RowError);
    expect(() => run(retailRocket, [row('like')])).toThrow(
      'event is like: view, addtocart or transaction is needed',
    );
  });
});

describe('the REES46 importer', () => {
  const row = (event_type: string, price = '35.79') => ({
    ...{ event_time: '2019-11-01 00:00:05 UTC', event_type, product_id: '1003461' },
    ...{
      category_id: '2053013555631882655',
      category_code: 'electronics.smartphone',
      brand: 'xiaomi',
    },
    ...{ price, user_id: '520088904', user_session: '4d3b30da-a5e4-49df-b1a8-ba5943f1dd33' },
  });

  test('takes views, carts and removals with price, brand and category', () => {
    const { events } = run(rees46, [row('view'), row('cart'), row('remove_from_cart')]);
    expect(events[0]).toMatchObject({
      anonymousId: 'rees-520088904',
      occurTime: '2019-11-01T00:00:05.000Z',
      productViewed: {
        product: {
          categoryId: 'electronics.smartphone',
          brand: 'xiaomi',
          price: eur('35', 790_000_000),
        },
      },
    });
    expect(Object.keys(events[1] ?? {}).at(-1)).toBe('productAdded');
    expect(Object.keys(events[2] ?? {}).at(-1)).toBe('productRemoved');
  });

  test('makes one order of the purchases of a session at one time', () => {
    const { events } = run(rees46, [row('purchase', '0.1'), row('purchase', '0.2')]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ orderCompleted: { total: { nanos: 300_000_000 } } });
  });
});

describe('the Segment importer', () => {
  const track = (event: string, properties: SourceRow) => ({
    ...{ type: 'track', event, anonymousId: 'a-1', userId: 'u-1', messageId: 'm-1' },
    ...{ timestamp: '2024-02-03T04:05:06.789Z', properties },
  });
  const order = {
    ...{ order_id: 'o-1', currency: 'EUR', shipping: 3, tax: 2, discount: 2.5 },
    products: [
      { product_id: 'p-1', price: 19, quantity: 1 },
      { product_id: 'p-2', price: 3, quantity: 2, category: 'Games & Toys' },
    ],
  };
  const everything = {
    ...{
      ...order,
      total: 27.5,
      product_id: 'p-1',
      query: 'q',
      coupon_id: 'c',
      promotion_id: 'x',
      step: 1,
      quantity: 2,
    },
    ...{
      wishlist_id: 'w',
      share_via: 'email',
      rating: 4,
      filters: [{ type: 'price', value: 'low' }],
    },
  };

  test('knows all 28 e-commerce events, and sign-up and sign-in', () => {
    expect(SEGMENT_EVENTS).toHaveLength(30);
    for (const name of SEGMENT_EVENTS)
      expect(run(segment, [track(name, everything)]).events).toHaveLength(1);
  });

  test('takes an order whose parts give its total as it is', () => {
    const { events, notes } = run(segment, [track('Order Completed', { ...order, total: 27.5 })]);
    expect(events[0]).toMatchObject({
      orderCompleted: {
        ...{ total: eur('27', 500_000_000), shipping: eur('3'), tax: eur('2') },
        ...{ discount: eur('2', 500_000_000), lines: [{ total: eur('19') }, { total: eur('6') }] },
      },
    });
    expect(notes).toEqual([]);
  });

  test('keeps a total that its parts do not give and books the difference', () => {
    const { events, notes } = run(segment, [track('Order Completed', { ...order, total: 20 })]);
    expect(events[0]).toMatchObject({ orderCompleted: { total: eur('20'), discount: eur('5') } });
    expect(events[0]).not.toHaveProperty('orderCompleted.tax');
    expect(notes).toEqual([
      '1 orders whose parts do not give their total: total kept, difference booked as shipping or discount',
    ]);
  });

  test('takes page and identify calls and refuses what it does not know', () => {
    const page = {
      type: 'page',
      name: 'Home',
      anonymousId: 'a-1',
      timestamp: '2024-02-03T04:05:06Z',
    };
    const identify = {
      type: 'identify',
      userId: 'u-1',
      anonymousId: 'a-1',
      timestamp: '2024-02-03T04:05:06Z',
    };
    const { events } = run(segment, [page, identify]);
    expect(events[0]).toMatchObject({ pageViewed: { category: 'Home' } });
    expect(events[1]).toMatchObject({ userId: 'u-1', userIdentified: {} });
    expect(() => run(segment, [track('Song Played', {})])).toThrow('event is Song Played');
    expect(() => run(segment, [track('Product Viewed', {})])).toThrow('product_id is empty');
    expect(() => run(segment, [{ ...page, timestamp: 'yesterday' }])).toThrow(
      'timestamp is yesterday',
    );
  });
});

describe('the importer of events', () => {
  test('takes proto JSON with its own id and refuses an event without payload', () => {
    const id = '01971f3e-0000-7000-8000-000000000000';
    const row = {
      eventId: id,
      anonymousId: 'a',
      occurTime: '2024-01-01T00:00:00Z',
      pageViewed: { category: 'c' },
    };
    const [event] = eventJson.open({ currency: 'XXX', lookups: new Map() }).row({ number: 1, row });
    expect(event?.eventId).toBe(id);
    expect(event?.timeMs).toBe(Date.UTC(2024, 0, 1));
    expect(() => run(eventJson, [{ anonymousId: 'a' }])).toThrow('payload is missing');
  });
});

describe('ids of imported events', () => {
  test('are UUIDv7 of the event’s time, equal for equal sources and different otherwise', () => {
    const id = importedEventId('s', 'row 1', 0x0190_0000_1234);
    expect(id).toMatch(/^01900000-1234-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(importedEventId('s', 'row 1', 0x0190_0000_1234)).toBe(id);
    expect(importedEventId('s', 'row 2', 0x0190_0000_1234)).not.toBe(id);
    expect(importedEventId('t', 'row 1', 0x0190_0000_1234)).not.toBe(id);
  });
});
