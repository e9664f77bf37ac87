import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { Dimension, Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import {
  MetricsServiceDefinition,
  type QueryMetricsRequest,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { UpdateHub } from '@bytebasket/server/gateway/watch/update-hub';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import { type MetricsService, openMetricsService } from '@bytebasket/server/metrics/service';
import { METRIC_TABLES } from '@bytebasket/server/metrics/tables';
import type { Channel, Client } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openWorld,
  type RunningProcessor,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import {
  detailedClients,
  failureOf,
  ownChannel,
  testGateway,
  type TestGateway,
} from '../support/test-gateway.js';
import { anEvent, type PartialEvent } from './metrics-events.js';
import { linesOf, Picture, TIME_ZONE } from './metrics-shop.js';

const { MINUTE, HOUR } = Resolution;

let folder: TempFolder;
let world: World;
let processor: RunningProcessor;
let hub: UpdateHub;
let service: MetricsService;
let gateway: TestGateway;
let channel: Channel;
let client: Client<typeof MetricsServiceDefinition>;

beforeAll(async () => {
  folder = await tempFolder('metrics-service');
  world = await openWorld({ folder: folder.path, tables: METRIC_TABLES });
  processor = startProcessor(world, { folds: [metricsFold({ timeZone: TIME_ZONE })] });
  hub = await openUpdateHub(world);
  service = openMetricsService({
    ...world,
    hub,
    timeZone: TIME_ZONE,
    limits: { subscribersMax: 3 },
  });
  gateway = await testGateway([service.module]);
  channel = ownChannel(gateway.address);
  client = detailedClients.create(MetricsServiceDefinition, channel);
});

afterAll(async () => {
  channel.close();
  service.close();
  await gateway.drain(1_000);
  await processor.stop();
  await hub.close();
  await world.close();
  await folder.remove();
});

/** Appends an event of now to a topic. */
async function send(topic: string, visitor: number, partial: PartialEvent): Promise<void> {
  const event = anEvent(Date.now(), {
    anonymousId: `a${visitor}`,
    sessionId: `s${visitor}`,
    context: { country: 'DE' },
    ...partial,
  });
  const value = Event.encode(event).finish();
  const key = Buffer.from(`a${visitor}`);
  await world.inputs.append(topic, [{ partition: visitor % 2, key, value, headers: {} }]);
}

const PAGE: PartialEvent = { payload: { $case: 'pageViewed', value: {} } };
const SERIES = [
  { metric: 'page_views', resolution: HOUR },
  { metric: 'visitors', resolution: HOUR, dimension: Dimension.COUNTRY },
  { metric: 'revenue', resolution: HOUR },
  { metric: 'visitors_now', resolution: MINUTE },
];

async function query(request: Partial<QueryMetricsRequest>) {
  return client.queryMetrics({ series: SERIES, ...request });
}

describe('MetricsService behind the gateway', () => {
  test('lists the metrics', async () => {
    const { metrics, nextPageToken } = await client.listMetrics({});
    expect(metrics.find(({ metric }) => metric === 'revenue')?.dimensions).toHaveLength(4);
    expect(nextPageToken).toBe('');
  });

  test('shows events on a watch within the time of a flush, and the same in a query', async () => {
    const picture = new Picture();
    const leave = new AbortController();
    const stream = client.watchMetrics({ series: SERIES }, { signal: leave.signal });
    const reading = stream[Symbol.asyncIterator]();
    await picture.readToCheckpoint(reading);
    const sent = performance.now();
    for (let visitor = 0; visitor < 20; visitor++) await send('user-activity', visitor, PAGE);
    const total = { currencyCode: 'EUR', units: 12n, nanos: 340_000_000 };
    const payload = { $case: 'orderCompleted', value: { orderId: 'o1', total } } as const;
    await send('transactions', 1, { payload });
    while (countOf(picture, 'page_views') < 20n) await picture.readToValue(reading);
    expect(performance.now() - sent).toBeLessThan(3_000);
    for (let i = 0; i < 2; i++) await picture.readToCheckpoint(reading);
    const answer = await query({});
    const watched = linesOf(
      [...picture.points.values()].filter((p) => p.metric !== 'visitors_now'),
    );
    const queried = linesOf(answer.points.filter((p) => p.metric !== 'visitors_now'));
    expect(watched).toEqual(queried);
    expect(countOf(picture, 'visitors_now')).toBe(20n);
    const watermark = picture.checkpoints.at(-1)?.watermarkTime?.getTime() ?? 0;
    expect(Math.abs(Date.now() - watermark)).toBeLessThan(10_000);
    leave.abort();
  });

  test('answers errors with their reason', async () => {
    const unknown = await failureOf(query({ series: [selector('pageviews')] }));
    expect([unknown.code, unknown.reason]).toEqual(['NOT_FOUND', 'METRIC_UNKNOWN']);
    const watch = client.watchMetrics({ series: [] })[Symbol.asyncIterator]();
    const invalid = await failureOf(watch.next());
    expect([invalid.code, invalid.reason]).toEqual(['INVALID_ARGUMENT', 'FIELD_INVALID']);
  });

  test('refuses a subscription too many and takes one when another has left', async () => {
    const leave = new AbortController();
    const open = async (signal: AbortSignal): Promise<void> => {
      const stream = client.watchMetrics({ series: SERIES }, { signal });
      await new Picture().readToCheckpoint(stream[Symbol.asyncIterator]());
    };
    await eventually(() => open(leave.signal));
    for (let i = 0; i < 2; i++) await open(leave.signal);
    const refused = await failureOf(open(leave.signal));
    expect([refused.code, refused.reason]).toEqual(['RESOURCE_EXHAUSTED', 'TOO_MANY_SUBSCRIBERS']);
    expect(refused.retryMs).toBe(1_000);
    leave.abort();
    const again = new AbortController();
    await eventually(() => open(again.signal));
    again.abort();
  });
});

function selector(metric: string): QueryMetricsRequest['series'][number] {
  return { metric, resolution: MINUTE, dimension: Dimension.UNSPECIFIED, dimensionValues: [] };
}

/** The sum of a count over the windows known. */
function countOf(picture: Picture, metric: string): bigint {
  let last = 0n;
  for (const point of picture.points.values()) {
    if (point.metric !== metric || point.value?.$case !== 'count') continue;
    last = metric === 'visitors_now' ? point.value.value : last + point.value.value;
  }
  return last;
}

/** Tries until it works: what another test left behind may take a moment to go. */
async function eventually(work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
