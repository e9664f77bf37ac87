import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type { RowChange } from '@bytebasket/server/gateway/watch/update-hub';
import type { Subscription } from '@bytebasket/server/metrics/watch/subscription';
import { MetricsWatch, type WatchLimits } from '@bytebasket/server/metrics/watch/watch';
import { Windows } from '@bytebasket/server/metrics/windows';
import { PortError } from '@bytebasket/server/ports/errors';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../support/manual-clock.js';
import { eventually } from '../support/test-gateway.js';
import { anEvent, type Logged } from './metrics-events.js';
import { openShop, Picture, type TestShop, TIME_ZONE, watchRequest } from './metrics-shop.js';

const TEN = Date.UTC(2026, 10, 23, 10);
const { MINUTE } = Resolution;
const PAGE_VIEWS = { metric: 'page_views', resolution: MINUTE };
const VISITORS = { metric: 'visitors', resolution: MINUTE };
const VISITORS_NOW = { metric: 'visitors_now', resolution: MINUTE };

let shop: TestShop;
let clock: ManualClock;
let watch: MetricsWatch;
/** While true the tables cannot be read. */
let away: boolean;
const failures: unknown[] = [];

function openWatch(limits: Partial<WatchLimits> = {}): MetricsWatch {
  const tables: TableStore = {
    ...shop.world.tables,
    async *scan(table, partitionKey, options) {
      if (away) throw new PortError('Unavailable', 'the tables are away');
      yield* shop.world.tables.scan(table, partitionKey, options);
    },
  };
  return new MetricsWatch({
    tables,
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
  away = false;
  failures.length = 0;
  watch = openWatch();
});

afterEach(async () => {
  watch.close();
  await shop.close();
});

function pageView(occurMs: number, visitor: number): Logged {
  const event = anEvent(occurMs, {
    anonymousId: `a${visitor}`,
    sessionId: `s${visitor}`,
    payload: { $case: 'pageViewed', value: {} },
  });
  return { topic: 'user-activity', partition: 0, event, appendMs: occurMs + 5 };
}

interface Reader {
  readonly subscription: Subscription;
  readonly picture: Picture;
  readonly leave: AbortController;
}

async function begun(series: readonly (typeof PAGE_VIEWS)[], to = watch): Promise<Reader> {
  const leave = new AbortController();
  const subscription = to.subscribe(watchRequest({ series: [...series] }), leave.signal);
  const picture = new Picture();
  await picture.readToCheckpoint(subscription);
  return { subscription, picture, leave };
}

/** Lets what is due in this turn of the event loop happen. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

describe('WatchMetrics after a loss of updates', () => {
  test('reads the rows again until it succeeds, and sends no checkpoint before', async () => {
    const stale = await begun([PAGE_VIEWS]);
    const other = await begun([VISITORS]);
    away = true;
    await shop.flush([pageView(TEN, 1)], { lost: true });
    shop.hub.gap();
    shop.hub.gap();
    for (let second = 0; second < 12; second++) {
      await clock.advance(1_000);
      await settled();
    }
    expect(failures.length).toBeGreaterThan(3);
    expect(failures[0]).toBeInstanceOf(PortError);
    const before = stale.subscription.next();
    const nothing = await Promise.race([before, Promise.resolve('nothing')]);
    expect(nothing).toBe('nothing');

    away = false;
    await clock.advance(5_000);
    await settled();
    await clock.advance(1_000);
    const step = await before;
    if (step.done === true) throw new Error('the stream ended');
    expect(Buffer.from(step.value).includes('page_views')).toBe(true);
    await stale.picture.readToCheckpoint(stale.subscription);
    await other.picture.readToCheckpoint(other.subscription);
    expect(other.picture.received.at(-1)?.value?.value).toBe(1n);
  }, 10_000);

  test('gives up with its last subscriber', async () => {
    const reader = await begun([PAGE_VIEWS]);
    away = true;
    shop.hub.gap();
    await eventually(() => failures.length > 0);
    reader.leave.abort(new Error('left'));
    await clock.advance(6_000);
    await eventually(() => clock.sleepers === 0);
    expect(failures).toHaveLength(1);
  });
});

describe('WatchMetrics with a damaged row', () => {
  /** The newest rows of a table again, newer and with a sketch that is none. */
  async function damageRowsOf(table: string): Promise<void> {
    const rows: RowChange[] = [];
    const keep = (changes: readonly RowChange[]): void => void rows.push(...changes);
    shop.hub.listeners.set(keep, { tables: new Set([table]), options: {} });
    await shop.flush([pageView(TEN + 1_000, 2)]);
    shop.hub.listeners.delete(keep);
    const own = rows.filter(({ key }) => key[0] === 'shop');
    expect(own.length).toBeGreaterThan(0);
    await settled();
    const cells = { sketch: Uint8Array.of(250, 1, 2) };
    shop.hub.emit(own.map((row) => ({ ...row, cells, writeTime: row.writeTime + 1 })));
  }

  test.each([
    { series: VISITORS, table: 'metric_distinct_1m' },
    { series: VISITORS_NOW, table: 'metric_distinct_10s' },
  ])('ends $series.metric with INTERNAL; other series go on', async ({ series, table }) => {
    await shop.flush([pageView(TEN, 1)]);
    const good = await begun([PAGE_VIEWS]);
    const bad = await begun([series, PAGE_VIEWS]);
    await damageRowsOf(table);
    const reading = bad.picture.readToCheckpoint(bad.subscription).then(() =>
      // What was on its way may still come.
      bad.picture.readToCheckpoint(bad.subscription),
    );
    const failure = reading.catch((error: unknown) => error);
    await settled();
    await clock.advance(1_000);
    await settled();
    expect(await failure).toMatchObject({
      reason: ErrorReason.INTERNAL,
      metadata: { incident: expect.stringMatching(/^[0-9a-f]+$/) as string },
      cause: expect.any(RangeError) as RangeError,
    });
    await good.picture.readToCheckpoint(good.subscription);
    expect(good.picture.received.at(-1)?.value?.value).toBe(2n);
    await shop.flush([pageView(TEN + 2_000, 3)]);
    await good.picture.readToValue(good.subscription);
    expect(good.picture.received.at(-1)?.value?.value).toBe(3n);
  });
});

describe('the limits of WatchMetrics', () => {
  test('count distinct series over all subscriptions; a request that needs one too many gets none', async () => {
    const small = openWatch({ seriesMax: 2 });
    const first = await begun([PAGE_VIEWS], small);
    await expect(begun([PAGE_VIEWS, VISITORS, VISITORS_NOW], small)).rejects.toMatchObject({
      reason: ErrorReason.TOO_MANY_SUBSCRIBERS,
      metadata: { limit: '2' },
    });
    // What the refused one had begun is free again, and sharing a series takes no room.
    const second = await begun([PAGE_VIEWS, VISITORS], small);
    await begun([VISITORS, PAGE_VIEWS], small);
    await expect(begun([VISITORS_NOW], small)).rejects.toMatchObject({ metadata: { limit: '2' } });
    first.leave.abort(new Error('left'));
    second.leave.abort(new Error('left'));
    small.close();
  });

  test('name the limit of subscriptions that was reached', async () => {
    const small = openWatch({ subscribersMax: 1 });
    await begun([PAGE_VIEWS], small);
    await expect(begun([PAGE_VIEWS], small)).rejects.toMatchObject({
      reason: ErrorReason.TOO_MANY_SUBSCRIBERS,
      metadata: { limit: '1' },
    });
    small.close();
  });
});
