import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  Dimension,
  type Point,
  Resolution,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { QueryMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { isServiceError } from '@bytebasket/server/gateway/service-error';
import { CATALOGUE } from '@bytebasket/server/metrics/catalogue';
import { listMetrics } from '@bytebasket/server/metrics/list';
import { queryMetrics } from '@bytebasket/server/metrics/query';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import { METRIC_TABLES } from '@bytebasket/server/metrics/tables';
import { Windows } from '@bytebasket/server/metrics/windows';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { anEvent, inputsOf, type Logged, type PartialEvent } from './metrics-events.js';

const TEN = Date.UTC(2026, 10, 23, 10);
const TIME_ZONE = 'Europe/Berlin';
const euro = (units: bigint, nanos = 0) => ({ currencyCode: 'EUR', units, nanos });

let folder: TempFolder;
let world: World;

/** Folds events of both topics and two partitions into the tables, as the processor does. */
async function store(tables: TableStore, stream: readonly Logged[]): Promise<void> {
  for (const topic of ['user-activity', 'transactions']) {
    for (const partition of [0, 1]) {
      const source = { topic, partition };
      const fold = metricsFold({ timeZone: TIME_ZONE }).open(source, new Map());
      for (const input of inputsOf(source, stream)) fold.apply(input);
      for (const row of fold.changedRows()) await tables.write(row.table, [row]);
    }
  }
}

function activity(second: number, session: number, payload: PartialEvent['payload']): Logged {
  const occurMs = TEN + second * 1_000;
  const event = anEvent(occurMs, {
    anonymousId: `a${session}`,
    sessionId: `s${session}`,
    context: { country: session % 2 === 0 ? 'DE' : 'FR' },
    payload,
  });
  return { topic: 'user-activity', partition: session % 2, event, appendMs: occurMs + 10 };
}

function money(second: number, session: number, payload: PartialEvent['payload']): Logged {
  return { ...activity(second, session, payload), topic: 'transactions' };
}

const shoe = { productId: 'shoe', categoryId: 'shoes' };
const hat = { productId: 'hat', categoryId: '' };
const STREAM: readonly Logged[] = [
  ...[1, 2, 3, 4].map((s) => activity(s, s, { $case: 'productViewed', value: { product: shoe } })),
  activity(5, 1, { $case: 'productViewed', value: { product: hat } }),
  activity(6, 1, { $case: 'productsSearched', value: { query: ' Hat ' } }),
  activity(7, 2, { $case: 'productsSearched', value: { query: 'hat' } }),
  ...[1, 2].map((s) =>
    activity(8, s, { $case: 'productAdded', value: { product: shoe, quantity: 1 } }),
  ),
  activity(9, 1, { $case: 'checkoutStarted', value: {} }),
  money(20, 1, {
    $case: 'orderCompleted',
    value: {
      orderId: 'o1',
      total: euro(30n, 500_000_000),
      lines: [
        { product: shoe, quantity: 2, total: euro(20n) },
        { product: hat, quantity: 1, total: euro(5n) },
      ],
    },
  }),
  money(21, 2, {
    $case: 'orderCompleted',
    value: {
      orderId: 'o2',
      total: euro(10n),
      lines: [{ product: hat, quantity: 1, total: euro(10n) }],
    },
  }),
  money(22, 3, {
    $case: 'orderCompleted',
    value: { orderId: 'o3', total: { currencyCode: 'USD', units: 7n, nanos: 1 }, lines: [] },
  }),
  money(23, 1, { $case: 'orderRefunded', value: { orderId: 'o1', total: euro(5n) } }),
  ...[1, 2, 3].map((s) =>
    money(24, s, { $case: 'paymentAuthorised', value: { paymentId: `p${s}` } }),
  ),
  money(25, 4, { $case: 'paymentDeclined', value: { paymentId: 'p4' } }),
  ...[61, 62, 63].map((s) => activity(s, 5, { $case: 'pageViewed', value: {} })),
];

beforeAll(async () => {
  folder = await tempFolder('metrics-query');
  world = await openWorld({ folder: folder.path, tables: METRIC_TABLES });
  await store(world.tables, STREAM);
});

afterAll(async () => {
  await world.close();
  await folder.remove();
});

async function ask(
  request: Parameters<typeof QueryMetricsRequest.fromPartial>[0],
  nowMs = TEN + 90_000,
) {
  return queryMetrics(
    { tables: world.tables, windows: new Windows(TIME_ZONE) },
    { request: QueryMetricsRequest.fromPartial(request), nowMs },
  );
}

/** Points as `seconds since ten, dimension value, value`. */
function brief(points: readonly Point[]): unknown[] {
  return points.map((point) => [
    ((point.startTime?.getTime() ?? 0) - TEN) / 1_000,
    point.dimensionValue,
    point.value?.value,
  ]);
}

async function series(metric: string, resolution: Resolution, dimension = Dimension.UNSPECIFIED) {
  return brief((await ask({ series: [{ metric, resolution, dimension }] })).points);
}

const { MINUTE, TEN_SECONDS, DAY } = Resolution;

describe('QueryMetrics', () => {
  test('answers counts by window and dimension', async () => {
    expect(await series('product_views', TEN_SECONDS)).toEqual([[0, '', 5n]]);
    expect(await series('page_views', MINUTE)).toEqual([[60, '', 3n]]);
    expect(await series('product_views', MINUTE, Dimension.COUNTRY)).toEqual([
      [0, 'DE', 2n],
      [0, 'FR', 3n],
    ]);
    expect(await series('product_views', MINUTE, Dimension.CATEGORY)).toEqual([
      [0, '(unknown)', 1n],
      [0, 'shoes', 4n],
    ]);
    expect(await series('events', DAY)).toEqual([[-11 * 3_600, '', 21n]]);
  });

  test('answers exact amounts per currency', async () => {
    expect(await series('revenue', MINUTE)).toEqual([
      [0, '', euro(40n, 500_000_000)],
      [0, '', { currencyCode: 'USD', units: 7n, nanos: 1 }],
    ]);
    expect(await series('revenue', MINUTE, Dimension.CATEGORY)).toEqual([
      [0, '(unknown)', euro(15n)],
      [0, 'shoes', euro(20n)],
    ]);
    expect(await series('average_order_value', MINUTE)).toEqual([
      [0, '', euro(20n, 250_000_000)],
      [0, '', { currencyCode: 'USD', units: 7n, nanos: 1 }],
    ]);
    expect(await series('refunded', MINUTE)).toEqual([[0, '', euro(5n)]]);
    expect(await series('items_sold', MINUTE, Dimension.CATEGORY)).toEqual([
      [0, '(unknown)', 2n],
      [0, 'shoes', 2n],
    ]);
  });

  test('answers distinct visitors, the funnel and ratios', async () => {
    expect(await series('visitors', MINUTE)).toEqual([
      [0, '', 4n],
      [60, '', 1n],
    ]);
    expect(await series('funnel', MINUTE)).toEqual([
      [0, '', { viewSessions: 4n, cartSessions: 2n, checkoutSessions: 1n, orderSessions: 3n }],
    ]);
    expect(await series('cart_abandonment', MINUTE)).toEqual([[0, '', 0]]);
    expect(await series('cart_abandonment', TEN_SECONDS)).toEqual([[0, '', 1]]);
    expect(await series('payment_approval_rate', MINUTE)).toEqual([[0, '', 0.75]]);
  });

  test('answers lists of frequent values', async () => {
    const entry = (value: string, count: bigint) => ({ value, count, errorMax: 0n });
    expect(await series('top_search_terms', MINUTE)).toEqual([
      [0, '', { entries: [entry('hat', 2n)], total: 2n }],
    ]);
    expect(await series('top_products', MINUTE)).toEqual([
      [0, '', { entries: [entry('shoe', 4n), entry('hat', 1n)], total: 5n }],
    ]);
    expect(await series('top_products_sold', MINUTE)).toEqual([
      [0, '', { entries: [entry('hat', 2n), entry('shoe', 2n)], total: 4n }],
    ]);
  });

  test('answers visitors of the last 5 minutes, which fade', async () => {
    expect(await series('visitors_now', MINUTE)).toEqual([
      [0, '', 4n],
      [60, '', 5n],
    ]);
    const later = await ask(
      { series: [{ metric: 'visitors_now', resolution: MINUTE }] },
      TEN + 420_000,
    );
    expect(brief(later.points)).toEqual([
      [0, '', 4n],
      [60, '', 5n],
      [120, '', 5n],
      [180, '', 5n],
      [240, '', 5n],
      [300, '', 1n],
    ]);
  });

  test('filters by dimension values, in table order whatever the order asked', async () => {
    const selector = { metric: 'product_views', resolution: MINUTE, dimension: Dimension.CATEGORY };
    const one = await ask({ series: [{ ...selector, dimensionValues: ['shoes', 'nothing'] }] });
    expect(brief(one.points)).toEqual([[0, 'shoes', 4n]]);
    const two = await ask({ series: [{ ...selector, dimensionValues: ['shoes', '(unknown)'] }] });
    expect(two.points).toHaveLength(2);
  });

  test('pages give the same points as one answer, also while time goes on', async () => {
    const selectors = ['events', 'revenue', 'visitors_now', 'product_views'].flatMap((metric) =>
      [TEN_SECONDS, MINUTE].map((resolution) => ({
        metric,
        resolution,
        dimension: Dimension.COUNTRY,
      })),
    );
    const whole = await ask({ series: selectors });
    expect(whole.points.length).toBeGreaterThan(20);
    for (const pageSize of [1, 2, 7, whole.points.length]) {
      const points: Point[] = [];
      let pageToken = '';
      let pages = 0;
      do {
        const page = await ask(
          { series: selectors, pageSize, pageToken },
          TEN + 90_000 + pages * 20_000,
        );
        expect(page.points.length).toBeLessThanOrEqual(pageSize);
        points.push(...page.points);
        pageToken = page.nextPageToken;
        pages += 1;
      } while (pageToken !== '');
      expect(points).toEqual(whole.points);
      expect(pages).toBe(Math.ceil(whole.points.length / pageSize));
    }
  });

  test('takes a half-open range of window starts', async () => {
    const range = async (start: number, end: number) => {
      const request = { startTime: new Date(start), endTime: new Date(end) };
      return brief(
        (await ask({ series: [{ metric: 'events', resolution: MINUTE }], ...request })).points,
      );
    };
    expect(await range(TEN, TEN + 60_000)).toEqual([[0, '', 18n]]);
    expect(await range(TEN, TEN + 60_001)).toHaveLength(2);
    expect(await range(TEN + 1, TEN + 60_001)).toEqual([[60, '', 3n]]);
    expect(await range(TEN, TEN)).toEqual([]);
  });

  test.each([
    [{ series: [] }, ErrorReason.FIELD_INVALID, 'series'],
    [{ series: [{ metric: 'events' }], pageSize: 10_001 }, ErrorReason.FIELD_INVALID, 'page_size'],
    [{ series: [{ metric: 'pageviews' }] }, ErrorReason.METRIC_UNKNOWN, undefined],
    [
      { series: [{ metric: 'events' }, { metric: 'visitors', dimension: Dimension.CATEGORY }] },
      ErrorReason.DIMENSION_UNKNOWN,
      'series[1].dimension',
    ],
    [
      {
        series: [{ metric: 'events', resolution: TEN_SECONDS }],
        startTime: new Date(TEN - 100_010_000),
        endTime: new Date(TEN),
      },
      ErrorReason.RANGE_TOO_LARGE,
      'start_time',
    ],
    [
      { series: [{ metric: 'events' }], startTime: new Date(TEN), endTime: new Date(TEN - 1) },
      ErrorReason.FIELD_INVALID,
      'start_time',
    ],
    [
      { series: [{ metric: 'events' }], pageToken: 'x' },
      ErrorReason.PAGE_TOKEN_INVALID,
      'page_token',
    ],
  ])('refuses %j', async (request, reason, field) => {
    const error: unknown = await ask(request).catch((caught: unknown) => caught);
    if (!isServiceError(error)) throw new Error('no ServiceError was thrown', { cause: error });
    expect(error.reason).toBe(reason);
    expect(error.metadata['field']).toBe(field);
  });

  test('takes the largest range that it allows', async () => {
    const startTime = new Date(TEN - 100_000_000);
    const answer = await ask({
      series: [{ metric: 'events', resolution: TEN_SECONDS }],
      startTime,
      endTime: new Date(TEN),
    });
    expect(answer.points).toEqual([]);
  });

  test('refuses a token of another request', async () => {
    const first = await ask({
      series: [{ metric: 'events', resolution: TEN_SECONDS }],
      pageSize: 1,
    });
    const other = ask({ series: [{ metric: 'events' }], pageToken: first.nextPageToken });
    await expect(other).rejects.toThrow('page_token does not belong');
  });
});

describe('ListMetrics', () => {
  test('pages through every metric in the order of names', () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = listMetrics({ pageSize: 7, pageToken });
      names.push(...page.metrics.map((metric) => metric.metric));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).toEqual(CATALOGUE.map((definition) => definition.name));
    expect(names).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(names.length);
  });

  test('marks estimates, with their error', () => {
    for (const metric of listMetrics({ pageSize: 500, pageToken: '' }).metrics) {
      expect(metric.errorBound === '').toBe(!metric.approximate);
      expect(metric.description).not.toBe('');
    }
  });
});
