import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Dimension, Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { QueryMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { RowChange } from '@bytebasket/server/gateway/watch/update-hub';
import { isServiceError } from '@bytebasket/server/gateway/service-error';
import { queryMetrics } from '@bytebasket/server/metrics/query';
import type { Subscription } from '@bytebasket/server/metrics/watch/subscription';
import { MetricsWatch, type WatchLimits } from '@bytebasket/server/metrics/watch/watch';
import { Windows } from '@bytebasket/server/metrics/windows';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../support/manual-clock.js';
import { anEvent, type Logged, PARTITIONS, Random, randomStream } from './metrics-events.js';
import {
  linesOf,
  openShop,
  Picture,
  type TestShop,
  TIME_ZONE,
  watchRequest,
} from './metrics-shop.js';

const TEN = Date.UTC(2026, 10, 23, 10);
const { MINUTE, TEN_SECONDS } = Resolution;
const PAGE_VIEWS = { metric: 'page_views', resolution: MINUTE };

let shop: TestShop;
let clock: ManualClock;
let watch: MetricsWatch;
const failures: unknown[] = [];

function openWatch(limits: Partial<WatchLimits> = {}): MetricsWatch {
  return new MetricsWatch({
    tables: shop.world.tables,
    hub: shop.hub,
    clock,
    windows: new Windows(TIME_ZONE),
    limits: { subscribersMax: 10, seriesMax: 100, pendingMax: 10_000, ...limits },
    onFailure: (error) => failures.push(error),
  });
}

beforeEach(async () => {
  shop = await openShop();
  clock = manualClock(TEN + 30_000);
  watch = openWatch();
  failures.length = 0;
});

afterEach(async () => {
  watch.close();
  await shop.close();
  expect(failures).toEqual([]);
});

function pageView(occurMs: number, visitor: number): Logged {
  const event = anEvent(occurMs, {
    anonymousId: `a${visitor}`,
    sessionId: `s${visitor}`,
    context: { country: visitor % 2 === 0 ? 'DE' : 'FR' },
    payload: { $case: 'pageViewed', value: {} },
  });
  return { topic: 'user-activity', partition: visitor % PARTITIONS, event, appendMs: occurMs + 5 };
}

interface Reader {
  readonly subscription: Subscription;
  readonly picture: Picture;
  readonly leave: AbortController;
}

function subscribe(request: Parameters<typeof watchRequest>[0], to = watch): Reader {
  const leave = new AbortController();
  const subscription = to.subscribe(watchRequest(request), leave.signal);
  return { subscription, picture: new Picture(), leave };
}

async function begun(request: Parameters<typeof watchRequest>[0], to = watch): Promise<Reader> {
  const reader = subscribe(request, to);
  await reader.picture.readToCheckpoint(reader.subscription);
  return reader;
}

/** Lets the changes delivered so far go out, then reads up to a checkpoint. */
async function caughtUp(reader: Reader): Promise<void> {
  await clock.advance(1_000);
  await reader.picture.readToCheckpoint(reader.subscription);
}

/** `seconds since ten, dimension value, count` of what was received. */
function counts(picture: Picture): unknown[] {
  return picture.received.map((point) => [
    ((point.startTime?.getTime() ?? 0) - TEN) / 1_000,
    point.dimensionValue,
    point.value?.value,
  ]);
}

describe('WatchMetrics', () => {
  test('sends the current window and the one before, a checkpoint, then changes', async () => {
    await shop.flush([pageView(TEN - 100_000, 1), pageView(TEN - 5_000, 1), pageView(TEN, 2)]);
    const reader = await begun({ series: [PAGE_VIEWS] });
    expect(counts(reader.picture)).toEqual([
      [-60, '', 1n],
      [0, '', 1n],
    ]);
    await shop.flush([pageView(TEN + 1_000, 1), pageView(TEN + 2_000, 2)]);
    await caughtUp(reader);
    expect(counts(reader.picture).slice(2).at(-1)).toEqual([0, '', 3n]);
    expect(reader.picture.received.length).toBeLessThanOrEqual(4);
  });

  test('delivers a change without waiting for a tick of the clock', async () => {
    const reader = await begun({ series: [PAGE_VIEWS] });
    const next = reader.subscription.next();
    const before = performance.now();
    await shop.flush([pageView(TEN, 1)]);
    const step = await next;
    expect(step.done).toBe(false);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('serves several series in one stream, the same bytes to all who share one', async () => {
    await shop.flush([pageView(TEN, 1), pageView(TEN, 2)]);
    const byCountry = { ...PAGE_VIEWS, dimension: Dimension.COUNTRY };
    const both = await begun({ series: [PAGE_VIEWS, byCountry] });
    expect(counts(both.picture)).toEqual([
      [0, '', 2n],
      [0, 'DE', 1n],
      [0, 'FR', 1n],
    ]);
    const [first, second] = [
      await begun({ series: [byCountry] }),
      await begun({ series: [byCountry] }),
    ];
    const steps = [first.subscription.next(), second.subscription.next()];
    await shop.flush([pageView(TEN, 2)]);
    const [one, two] = await Promise.all(steps);
    expect(one?.value).toBeInstanceOf(Uint8Array);
    expect(one?.value).toBe(two?.value);
  });

  test('begins at a start time, with windows that no longer change', async () => {
    await shop.flush([
      pageView(TEN - 7_200_000, 1),
      pageView(TEN - 3_000_000, 1),
      pageView(TEN, 1),
    ]);
    const startTime = new Date(TEN - 7_200_000);
    const reader = await begun({ series: [PAGE_VIEWS], startTime });
    expect(counts(reader.picture).map((count) => (count as unknown[])[0])).toEqual([
      -7_200, -3_000, 0,
    ]);
    await shop.flush([pageView(TEN - 3_000_000, 2)]);
    await caughtUp(reader);
    expect(counts(reader.picture).at(-1)).toEqual([-3_000, '', 2n]);
  });

  test('sends only the dimension values asked for', async () => {
    await shop.flush([pageView(TEN, 1), pageView(TEN, 2)]);
    const series = [{ ...PAGE_VIEWS, dimension: Dimension.COUNTRY, dimensionValues: ['FR'] }];
    const reader = await begun({ series });
    await shop.flush([pageView(TEN, 1), pageView(TEN, 2)]);
    await caughtUp(reader);
    expect(counts(reader.picture)).toEqual([
      [0, 'FR', 1n],
      [0, 'FR', 2n],
    ]);
  });

  test('lets a new window appear by itself', async () => {
    const reader = await begun({ series: [PAGE_VIEWS] });
    await clock.advance(60_000);
    await reader.picture.readToCheckpoint(reader.subscription);
    await shop.flush([pageView(TEN + 61_000, 1)]);
    await caughtUp(reader);
    expect(counts(reader.picture)).toEqual([[60, '', 1n]]);
  });

  test('conflates for a slow reader: the newest value of each window, once', async () => {
    const reader = await begun({ series: [PAGE_VIEWS] });
    for (let i = 0; i < 30; i++) {
      await shop.flush([pageView(TEN + (i % 2) * 60_000, 1)]);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await caughtUp(reader);
    expect(counts(reader.picture).toSorted()).toEqual([
      [0, '', 15n],
      [60, '', 15n],
    ]);
  });

  test('ends a subscription that falls behind its bound', async () => {
    const small = openWatch({ pendingMax: 2 });
    const reader = await begun({ series: [PAGE_VIEWS] }, small);
    await shop.flush([0, 1, 2, 3].map((minute) => pageView(TEN + minute * 60_000, 1)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const error: unknown = await reader.subscription.next().catch((caught: unknown) => caught);
    if (!isServiceError(error)) throw new Error('no ServiceError', { cause: error });
    expect(error.reason).toBe(ErrorReason.SUBSCRIBER_TOO_SLOW);
    expect(error.metadata).toEqual({ limit: '2' });
    small.close();
  });

  test('refuses more subscriptions than it may serve, and takes one when another left', async () => {
    const small = openWatch({ subscribersMax: 2 });
    const [first] = [
      await begun({ series: [PAGE_VIEWS] }, small),
      await begun({ series: [PAGE_VIEWS] }, small),
    ];
    await expect(begun({ series: [PAGE_VIEWS] }, small)).rejects.toMatchObject({
      reason: ErrorReason.TOO_MANY_SUBSCRIBERS,
    });
    first.leave.abort(new Error('left'));
    await begun({ series: [PAGE_VIEWS] }, small);
    small.close();
  });

  test('takes back the token of a checkpoint for the same series only', async () => {
    const other = { metric: 'events', resolution: TEN_SECONDS };
    const reader = await begun({ series: [PAGE_VIEWS, other] });
    const { resumeToken } = reader.picture.checkpoints[0] ?? { resumeToken: '' };
    await begun({ series: [other, PAGE_VIEWS], resumeToken });
    for (const series of [[PAGE_VIEWS], [other]]) {
      await expect(begun({ series, resumeToken })).rejects.toMatchObject({
        reason: ErrorReason.RESUME_TOKEN_INVALID,
      });
    }
  });

  test('sends checkpoints with the watermark: one a second while values change, else within 10 s', async () => {
    const reader = await begun({ series: [PAGE_VIEWS] });
    shop.hub.watermark = TEN + 31_000;
    await shop.flush([pageView(TEN, 1)]);
    await caughtUp(reader);
    expect(reader.picture.checkpoints.at(-1)?.watermarkTime).toEqual(new Date(TEN + 31_000));
    const count = reader.picture.checkpoints.length;
    const next = reader.picture.readToCheckpoint(reader.subscription);
    let seconds = 0;
    for (; reader.picture.checkpoints.length === count && seconds < 20; seconds++) {
      await clock.advance(1_000);
    }
    await next;
    expect(seconds).toBeGreaterThan(5);
    expect(seconds).toBeLessThan(10);
  });

  test('lets visitors_now fade as time goes on', async () => {
    await shop.flush([
      pageView(TEN + 20_000, 1),
      pageView(TEN + 20_000, 2),
      pageView(TEN - 255_000, 3),
    ]);
    const reader = await begun({ series: [{ metric: 'visitors_now', resolution: MINUTE }] });
    expect(counts(reader.picture).at(-1)).toEqual([0, '', 3n]);
    await clock.advance(20_000);
    await reader.picture.readToCheckpoint(reader.subscription);
    expect(counts(reader.picture).at(-1)).toEqual([0, '', 2n]);
    for (let minute = 0; minute < 6; minute++) {
      await clock.advance(60_000);
      await reader.picture.readToCheckpoint(reader.subscription);
    }
    expect(reader.picture.received.at(-1)?.value?.value).toBe(0n);
  });

  test('drops a change that is not newer than what it has', async () => {
    const old: RowChange[] = [];
    shop.hub.listeners.set((changes) => old.push(...changes), {
      tables: new Set(['metric_counts_1m']),
      options: {},
    });
    await shop.flush([pageView(TEN, 1)]);
    await shop.flush([pageView(TEN + 1, 1)]);
    const reader = await begun({ series: [PAGE_VIEWS] });
    shop.hub.emit(old.filter(({ key }) => key[0] === 'shop').slice(0, 1));
    await settle(reader);
    expect(counts(reader.picture)).toEqual([[0, '', 2n]]);
    expect(old.length).toBeGreaterThan(1);
  });

  test('reads the rows again after a gap in the updates', async () => {
    const reader = await begun({ series: [PAGE_VIEWS] });
    await shop.flush([pageView(TEN, 1)], { lost: true });
    shop.hub.gap();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await caughtUp(reader);
    expect(counts(reader.picture)).toEqual([[0, '', 1n]]);
  });

  test('leaves nothing behind when its subscribers left', async () => {
    const readers = [
      await begun({ series: [PAGE_VIEWS, { metric: 'visitors_now' }] }),
      await begun({ series: [PAGE_VIEWS] }),
    ];
    expect(shop.hub.listeners.size).toBe(2);
    for (const reader of readers) reader.leave.abort(new Error('left'));
    await clock.advance(1_000);
    expect(shop.hub.listeners.size).toBe(0);
    expect(clock.sleepers).toBe(0);
  });

  test.each([1, 2, 3])(
    'shows every subscriber what a query shows, whenever it joined (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const stream = randomStream(random, { fromMs: TEN, count: 250, meanGapMs: 700 });
      const series = [
        'events',
        'revenue',
        'funnel',
        'visitors',
        'product_views',
        'top_products',
      ].flatMap((metric) => [
        { metric, resolution: MINUTE },
        { metric, resolution: TEN_SECONDS },
      ]);
      series.push({ metric: 'page_views', resolution: MINUTE });
      const startTime = new Date(TEN - 3_000_000);
      const readers: Reader[] = [];
      const opening: Promise<void>[] = [];
      for (let at = 0; at < stream.length;) {
        const size = 1 + random.below(12);
        const batch = stream.slice(at, at + size);
        at += size;
        await clock.set(Math.max(clock.nowMs(), batch.at(-1)?.appendMs ?? 0));
        if (random.chance(0.2) && readers.length < 9) {
          const reader = subscribe({ series, startTime });
          readers.push(reader);
          opening.push(reader.picture.readToCheckpoint(reader.subscription));
        }
        await shop.flush(batch);
      }
      await Promise.all(opening);
      for (const reader of readers) await settle(reader);
      const answer = await queryMetrics(
        { tables: shop.world.tables, windows: new Windows(TIME_ZONE) },
        {
          request: QueryMetricsRequest.fromPartial({
            series,
            startTime,
            endTime: new Date(TEN + 86_400_000),
            pageSize: 10_000,
          }),
          nowMs: clock.nowMs(),
        },
      );
      expect(readers.length).toBeGreaterThan(2);
      for (const reader of readers) expect(reader.picture.lines()).toEqual(linesOf(answer.points));
    },
  );
});

/** Reads checkpoints until nothing new comes between two of them. */
async function settle(reader: Reader): Promise<void> {
  for (let before = -1; before !== reader.picture.received.length;) {
    before = reader.picture.received.length;
    const reading = reader.picture.readToCheckpoint(reader.subscription);
    const count = reader.picture.checkpoints.length;
    while (reader.picture.checkpoints.length === count) await clock.advance(1_000);
    await reading;
  }
}
