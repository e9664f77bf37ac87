import {
  Dimension,
  MetricKind,
  Point,
  Resolution,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type {
  MetricsServiceImplementation,
  QueryMetricsRequest,
  WatchMetricsRequest,
  WatchMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { createByteBasket, pointKey, type ByteBasket, type MetricUpdate } from '@bytebasket/sdk';
import type { ServerStreamingMethodResult } from 'nice-grpc';
import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import { afterEach, describe, expect, test } from 'vitest';
import { richError, startScriptedGateway, type ScriptedGateway } from './sdk-scripted-gateway.js';

const START = new Date(Date.UTC(2026, 10, 23, 12));
const END = new Date(Date.UTC(2026, 10, 23, 12, 1));

const count = (metric: string, value: bigint, more: Partial<Point> = {}): Point =>
  Point.fromPartial({
    metric,
    resolution: Resolution.MINUTE,
    startTime: START,
    endTime: END,
    value: { $case: 'count', value },
    ...more,
  });

const value = (point: Point): WatchMetricsResponse => ({ event: { $case: 'value', value: point } });
const checkpoint = (): WatchMetricsResponse => ({
  event: { $case: 'checkpoint', value: { resumeToken: 't', watermarkTime: END } },
});

type Watch = (
  request: WatchMetricsRequest,
  context: CallContext,
) => ServerStreamingMethodResult<WatchMetricsResponse>;

const stopped: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stopped.splice(0).reverse()) await stop();
});

async function start(
  metrics: Partial<MetricsServiceImplementation>,
  options: Partial<Parameters<typeof createByteBasket>[0]> = {},
): Promise<{ bb: ByteBasket; gateway: ScriptedGateway }> {
  const gateway = await startScriptedGateway({
    metrics: {
      listMetrics: () => Promise.resolve({}),
      queryMetrics: () => Promise.resolve({}),
      watchMetrics: async function* () {},
      ...metrics,
    },
  });
  const bb = createByteBasket({
    endpoint: gateway.endpoint,
    retry: { delayBaseMs: 1, delayMaxMs: 3 },
    ...options,
  });
  stopped.push(
    () => gateway.close(),
    () => bb.close(),
  );
  return { bb, gateway };
}

/** The first updates of a watch, in short. */
async function take(updates: AsyncIterable<MetricUpdate>, most: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const update of updates) {
    const text = update.type === 'value' ? `${update.point.metric}=${shown(update)}` : update.type;
    seen.push(text);
    if (seen.length >= most) break;
  }
  return seen;
}

const shown = (update: Extract<MetricUpdate, { type: 'value' }>): string =>
  update.point.value.kind === 'count' ? String(update.point.value.count) : update.point.value.kind;

describe('watching metrics', () => {
  test('delivers the snapshot, changes and checkpoints, and cancels the call on break', async () => {
    let cancelled = false;
    const requests: WatchMetricsRequest[] = [];
    const watch: Watch = async function* (request, { signal }) {
      requests.push(request);
      signal.addEventListener('abort', () => (cancelled = true));
      yield value(count('page_views', 1n));
      yield checkpoint();
      yield value(count('page_views', 2n));
      yield checkpoint();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const { bb } = await start({ watchMetrics: watch });
    const series = [
      'page_views',
      { metric: 'orders', resolution: '10s', dimension: 'country', dimensionValues: ['DE'] },
    ] as const;
    expect(await take(bb.metrics.watch({ series, startTime: START }), 4)).toEqual([
      'page_views=1',
      'snapshot',
      'page_views=2',
      'checkpoint',
    ]);
    await expect.poll(() => cancelled).toBe(true);
    expect(requests).toEqual([
      {
        series: [
          {
            metric: 'page_views',
            resolution: Resolution.MINUTE,
            dimension: Dimension.UNSPECIFIED,
            dimensionValues: [],
          },
          {
            metric: 'orders',
            resolution: Resolution.TEN_SECONDS,
            dimension: Dimension.COUNTRY,
            dimensionValues: ['DE'],
          },
        ],
        resumeToken: '',
        startTime: START,
      },
    ]);
  });

  test('reconnects after a break, an end and a saturated gateway, each time with a snapshot', async () => {
    let connection = 0n;
    const watch: Watch = async function* () {
      connection += 1n;
      if (connection === 3n) {
        throw richError(Status.RESOURCE_EXHAUSTED, 'TOO_MANY_SUBSCRIBERS', {
          message: 'full',
          retryDelayMs: 30,
        });
      }
      yield value(count('orders', connection));
      yield checkpoint();
      if (connection === 1n) throw new ServerError(Status.UNAVAILABLE, 'gone');
    };
    const { bb } = await start({ watchMetrics: watch });
    const seen: MetricUpdate[] = [];
    for await (const update of bb.metrics.watch({ series: ['orders'] })) {
      seen.push(update);
      if (connection === 4n && update.type === 'snapshot') break;
    }
    expect(seen.map(({ type }) => type)).toEqual([
      'value',
      'snapshot',
      'reconnecting',
      'value',
      'snapshot',
      'reconnecting',
      'reconnecting',
      'value',
      'snapshot',
    ]);
    const attempts = seen.filter((update) => update.type === 'reconnecting');
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
    expect(attempts[2]?.delayMs).toBeGreaterThanOrEqual(30);
    expect(attempts[2]?.error).toMatchObject({ reason: 'TOO_MANY_SUBSCRIBERS', retryable: true });
  });

  test('reconnects when the gateway is silent for too long', async () => {
    let connections = 0;
    const watch: Watch = async function* (_request, { signal }) {
      connections += 1;
      if (connections > 1) yield checkpoint();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const { bb } = await start({ watchMetrics: watch }, { deadlines: { silenceMs: 1_000 } });
    const seen = await take(bb.metrics.watch({ series: ['orders'] }), 4);
    expect(seen).toEqual(['reconnecting', 'snapshot', 'reconnecting', 'snapshot']);
    expect(connections).toBe(3);
  });

  test('ends with a typed error for good reasons and with the signal’s reason when aborted', async () => {
    // eslint-disable-next-line require-yield
    const watch: Watch = async function* () {
      throw richError(Status.NOT_FOUND, 'METRIC_UNKNOWN', {
        message: 'there is no metric pageviews: see ListMetrics',
        metadata: { metric: 'pageviews' },
      });
    };
    const { bb } = await start({ watchMetrics: watch });
    await expect(take(bb.metrics.watch({ series: ['pageviews'] }), 1)).rejects.toMatchObject({
      name: 'ByteBasketError',
      reason: 'METRIC_UNKNOWN',
      code: 'NOT_FOUND',
      retryable: false,
      metadata: { metric: 'pageviews' },
    });
    const quiet = await start({
      watchMetrics: async function* (_request, { signal }) {
        yield checkpoint();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    const controller = new AbortController();
    const reason = new Error('enough seen');
    const reading = (async () => {
      for await (const update of quiet.bb.metrics.watch({
        series: ['orders'],
        signal: controller.signal,
      })) {
        if (update.type === 'snapshot') controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
  });
});

describe('querying metrics', () => {
  const pages = (sizes: readonly number[]) => (request: QueryMetricsRequest) => {
    const page = request.pageToken === '' ? 0 : Number(request.pageToken);
    const points = Array.from({ length: sizes[page] ?? 0 }, (_, at) =>
      count('orders', BigInt(page * 100 + at)),
    );
    const nextPageToken = page + 1 < sizes.length ? String(page + 1) : '';
    return Promise.resolve({ points, nextPageToken });
  };

  test('collects all pages, or goes through them one by one', async () => {
    const { bb } = await start({ queryMetrics: pages([2, 0, 1]) });
    const query = bb.metrics.query({ series: ['orders'], startTime: START, endTime: END });
    const counts = (await query).map(({ value }) => (value.kind === 'count' ? value.count : -1));
    expect(counts).toEqual([0, 1, 200]);
    const seen = [];
    for await (const point of query) seen.push(point.metric);
    expect(seen).toEqual(['orders', 'orders', 'orders']);
    const sizes = [];
    for await (const page of query.pages()) sizes.push(page.length);
    expect(sizes).toEqual([2, 1]);
  });

  test('gives exact and typed values', async () => {
    const money = { currencyCode: 'EUR', units: 9_007_199_254_740_993n, nanos: 10_000_000 };
    const points = [
      count('revenue', 0n, { value: { $case: 'money', value: money } }),
      count('approval', 0n, { value: { $case: 'ratio', value: 0.25 }, approximate: true }),
      count('top', 0n, {
        value: {
          $case: 'top',
          value: { entries: [{ value: 'p-1', count: 5n, errorMax: 1n }], total: 9n },
        },
      }),
      count('funnel', 0n, {
        dimension: Dimension.COUNTRY,
        dimensionValue: 'DE',
        value: {
          $case: 'funnel',
          value: { viewSessions: 4n, cartSessions: 3n, checkoutSessions: 2n, orderSessions: 1n },
        },
      }),
    ];
    const { bb } = await start({ queryMetrics: () => Promise.resolve({ points }) });
    const got = await bb.metrics.query({ series: ['revenue'] });
    expect(got.map((point) => point.value)).toEqual([
      {
        kind: 'money',
        money: {
          currency: 'EUR',
          amount: '9007199254740993.01',
          units: 9_007_199_254_740_993n,
          nanos: 10_000_000,
        },
      },
      { kind: 'ratio', ratio: 0.25 },
      { kind: 'top', entries: [{ value: 'p-1', count: 5, errorMax: 1 }], total: 9 },
      { kind: 'funnel', view: 4, cart: 3, checkout: 2, order: 1 },
    ]);
    expect(got[1]).toMatchObject({ approximate: true, startTime: START, endTime: END });
    expect(got[3]).toMatchObject({ dimension: 'country', dimensionValue: 'DE' });
    expect(got[0]).not.toHaveProperty('dimension');
    expect(new Set(got.map(pointKey)).size).toBe(4);
  });

  test('tries again what may pass, within its attempts and its deadline', async () => {
    let calls = 0;
    const { bb } = await start({
      queryMetrics: () => {
        calls += 1;
        if (calls < 4) throw new ServerError(Status.UNAVAILABLE, 'not yet');
        return Promise.resolve({ points: [count('orders', 1n)] });
      },
      listMetrics: () => {
        throw richError(Status.UNAVAILABLE, 'SHUTTING_DOWN', { message: 'stopping' });
      },
    });
    expect(await bb.metrics.query({ series: ['orders'] })).toHaveLength(1);
    expect(calls).toBe(4);
    await expect(bb.metrics.list()).rejects.toMatchObject({
      reason: 'SHUTTING_DOWN',
      retryable: true,
    });
    const slow = await start({ queryMetrics: () => new Promise(() => undefined) });
    await expect(
      slow.bb.metrics.query({ series: ['orders'], deadlineMs: 30 }),
    ).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const reason = new Error('no longer needed');
    await expect(
      slow.bb.metrics.query({ series: ['orders'], signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  test('lists every metric in words', async () => {
    const { bb } = await start({
      listMetrics: ({ pageToken }) =>
        Promise.resolve(
          pageToken === ''
            ? {
                metrics: [
                  {
                    metric: 'orders',
                    description: 'Orders placed.',
                    kind: MetricKind.COUNT,
                    unit: 'orders',
                    dimensions: [Dimension.COUNTRY, Dimension.DEVICE],
                  },
                ],
                nextPageToken: 'more',
              }
            : { metrics: [{ metric: 'revenue', kind: MetricKind.MONEY, unit: 'currency' }] },
        ),
    });
    expect(await bb.metrics.list()).toMatchObject([
      { metric: 'orders', kind: 'count', unit: 'orders', dimensions: ['country', 'device'] },
      { metric: 'revenue', kind: 'money', dimensions: [] },
    ]);
  });

  test('names a word that the contract does not have', async () => {
    const { bb } = await start({});
    const series = [{ metric: 'orders', resolution: 'year' as 'day' }];
    expect(() => bb.metrics.query({ series })).toThrow(
      expect.objectContaining({ name: 'OptionError', field: 'series[0].resolution' }),
    );
  });
});
