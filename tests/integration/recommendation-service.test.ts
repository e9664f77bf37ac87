import { Availability } from '@bytebasket/proto/gen/bytebasket/event/v1/catalogue';
import {
  Placement,
  RecommendationSource,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation';
import {
  RecommendationServiceDefinition,
  type WatchRecommendationsResponse,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import {
  openRecommendationService,
  type RecommendationService,
} from '@bytebasket/server/recommendation/service';
import { openServingConnection } from '@bytebasket/server/recommendation/serving/client';
import type { Channel } from 'nice-grpc';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { manualClock, type ManualClock } from '../support/manual-clock.js';
import {
  eventOf,
  openServingWorld,
  order,
  type RunningServing,
  type ServingWorld,
  startServingIn,
  view,
} from '../support/serving-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import {
  detailedClients,
  eventually,
  failureOf,
  ownChannel,
  testGateway,
  type TestGateway,
} from '../support/test-gateway.js';

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('RecommendationService', () => {
  let folder: TempFolder;
  let world: ServingWorld;
  let serving: RunningServing;
  let clock: ManualClock;
  let service: RecommendationService;
  let gateway: TestGateway;
  let channel: Channel;
  const client = () => detailedClients.create(RecommendationServiceDefinition, channel);

  beforeAll(async () => {
    folder = await tempFolder('recommend');
    world = await openServingWorld(folder.path);
    serving = await startServingIn(world);
    await world.send(
      eventOf('catalogue', {
        $case: 'productUpdated',
        value: {
          product: { productId: 'gone', categoryId: 'tea' },
          availability: Availability.OUT_OF_STOCK,
        },
      }),
      ...['ann', 'bea', 'cid'].flatMap((visitor) => [
        view(visitor, 'kettle', withCategory('kettle', 'kitchen')),
        view(visitor, 'teapot', withCategory('teapot', 'kitchen')),
        view(visitor, 'gone', withCategory('gone', 'tea')),
        view(visitor, 'assam', withCategory('assam', 'tea')),
        order(visitor, `order-${visitor}`, ['kettle', 'filter']),
      ]),
      view('dan', 'kettle'),
      order('eve', 'order-eve', ['spoon']),
    );
    await serving.caughtUp();
  });
  afterAll(async () => {
    await serving.stop();
    await world.close();
    await folder.remove();
  });
  beforeEach(async () => {
    clock = manualClock();
    await open(serving.client);
  });
  afterEach(async () => {
    await close();
  });

  async function open(client: RunningServing['client'], subscribersMax = 3): Promise<void> {
    service = openRecommendationService({ serving: client, clock, limits: { subscribersMax } });
    gateway = await testGateway([service.module], { level: 'fatal' });
    channel = ownChannel(gateway.address);
  }

  async function close(): Promise<void> {
    service.close();
    channel.close();
    await gateway.drain(1_000);
  }

  test('numbers the items, names model, source, reason and category, and the answer', async () => {
    const { list } = await client().getRecommendations({ anonymousId: 'dan' });
    expect(list?.items.map(({ position }) => position)).toEqual(
      list?.items.map((_, index) => index + 1),
    );
    expect(list?.items.map(({ itemId }) => itemId)).toEqual(
      expect.arrayContaining(['teapot', 'assam', 'filter', 'spoon']),
    );
    expect(list?.items[0]).toMatchObject({
      itemId: 'teapot',
      source: RecommendationSource.SESSION,
      reason: 'because you viewed kettle',
      reasonItemIds: ['kettle'],
      categoryId: 'kitchen',
    });
    expect(list?.requestId).toMatch(UUID_7);
    expect(list?.watermarkTime?.getTime()).toBeGreaterThan(0);
    const again = await client().getRecommendations({ anonymousId: 'dan' });
    expect(again.list?.requestId).not.toBe(list?.requestId);
  });

  test('leaves out what is out of stock, bought, seen, excluded or beyond its share', async () => {
    const ids = async (request: Parameters<ReturnType<typeof client>['getRecommendations']>[0]) => {
      const { list } = await client().getRecommendations(request);
      return { ids: list?.items.map(({ itemId }) => itemId) ?? [], filtered: list?.filtered };
    };
    const dan = await ids({ anonymousId: 'dan' });
    expect(dan.ids).not.toContain('gone');
    expect(dan.ids).not.toContain('kettle');
    expect(dan.filtered).toBeGreaterThanOrEqual(2);
    expect((await ids({ anonymousId: 'dan', includeSeen: true })).ids).toContain('kettle');
    expect((await ids({ anonymousId: 'ann', includeSeen: true })).ids).not.toContain('kettle');
    const all = await ids({ anonymousId: 'ann', includeSeen: true, includeBought: true });
    expect(all.ids).toContain('kettle');
    const excluded = await ids({ anonymousId: 'dan', excludeItemIds: ['teapot', 'spoon'] });
    expect(excluded.ids).not.toContain('teapot');
    expect((await ids({ anonymousId: 'dan', categoryIds: ['tea'] })).ids).toEqual(['assam']);
    const capped = await ids({ anonymousId: 'dan', categoryItemsMax: 1, includeSeen: true });
    expect(capped.ids.filter((id) => ['kettle', 'teapot'].includes(id))).toHaveLength(1);
    expect(capped.filtered).toBeGreaterThanOrEqual(2);
  });

  test('recommends for the page, the cart and after the order', async () => {
    const first = async (request: Parameters<ReturnType<typeof client>['getRecommendations']>[0]) =>
      (await client().getRecommendations(request)).list?.items[0];
    const page = { placement: Placement.PRODUCT, itemId: 'assam' };
    expect(await first({ anonymousId: 'new', ...page, includeSeen: true })).toMatchObject({
      reasonItemIds: ['assam'],
    });
    const cart = { placement: Placement.CART, basketItemIds: ['kettle'] };
    expect(await first({ anonymousId: 'new', ...cart })).toMatchObject({
      itemId: 'filter',
      source: RecommendationSource.BOUGHT_TOGETHER,
      reason: 'often bought with kettle',
    });
    const { list } = await client().getRecommendations({
      anonymousId: 'ann',
      placement: Placement.AFTER_ORDER,
      includeBought: true,
      includeSeen: true,
    });
    const ids = list?.items.map(({ itemId }) => itemId);
    expect(ids).toContain('assam');
    expect(ids).not.toContain('kettle');
    expect(ids).not.toContain('filter');
  });

  test('gives strangers what many look at, and unknown items nothing similar', async () => {
    const { list } = await client().getRecommendations({ anonymousId: 'stranger', limit: 1 });
    expect(list?.items).toHaveLength(1);
    expect(list?.items[0]).toMatchObject({ source: RecommendationSource.TRENDING });
    expect(list?.items[0]?.reason).toBe('many look at it now');
    const nothing = await client().getSimilarItems({ itemId: 'unheard-of' });
    expect(nothing.list?.items).toEqual([]);
    const bought = await client().getSimilarItems({
      itemId: 'kettle',
      source: RecommendationSource.BOUGHT_TOGETHER,
    });
    expect(bought.list?.items.map(({ itemId }) => itemId)).toEqual(['filter']);
    const tea = await client().getTrendingItems({ categoryId: 'tea' });
    expect(tea.list?.items.map(({ itemId }) => itemId)).toEqual(['assam']);
    expect(tea.list?.items[0]?.reason).toBe('many look at it now in tea');
  });

  test('refuses what the contract does not allow, by field', async () => {
    const bad = await failureOf(client().getRecommendations({ anonymousId: 'a b', limit: 101 }));
    expect(bad).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' });
    expect(bad.violations.map(({ field }) => field)).toEqual(['anonymous_id', 'limit']);
    const nobody = await failureOf(firstOf(client().watchRecommendations({ query: {} })));
    expect(nobody).toMatchObject({ reason: 'FIELD_INVALID' });
    expect(nobody.metadata['field']).toBe('query.anonymous_id');
    const recent = { anonymousId: 'a', recentItemIds: ['x'] };
    const named = await failureOf(firstOf(client().watchRecommendations({ query: recent })));
    expect(named.metadata['field']).toBe('query.recent_item_ids');
    const source = RecommendationSource.TRENDING;
    const similar = await failureOf(client().getSimilarItems({ itemId: 'x', source }));
    expect(similar.metadata['field']).toBe('source');
  });

  test('says so while the model is away', async () => {
    await close();
    await open(openServingConnection().client);
    const failure = await failureOf(client().getRecommendations({ anonymousId: 'dan' }));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', reason: 'RECOMMENDER_STARTING' });
    expect(failure.retryMs).toBe(1_000);
  });

  test('sends a new list when the visitor moves, and checkpoints when nothing changes', async () => {
    const stream = messagesOf(client().watchRecommendations({ query: { anonymousId: 'zoe' } }));
    const strangers = await stream.next();
    expect(sources(strangers)).not.toContain(RecommendationSource.SESSION);

    await world.send(view('zoe', 'kettle'));
    const pending = stream.next();
    // The debounce: other events of the same moment share the list.
    await eventually(() => clock.sleepers > 0);
    await serving.caughtUp();
    await eventually(async () => {
      await clock.advance(50);
      return await Promise.race([pending.then(() => true), soon()]);
    });
    expect(sources(await pending)[0]).toBe(RecommendationSource.SESSION);

    const quiet = stream.next();
    await eventually(() => clock.sleepers > 0);
    await clock.advance(7_500);
    const { event } = await quiet;
    expect(event?.$case).toBe('checkpoint');
    const token = event?.$case === 'checkpoint' ? event.value.resumeToken : '';
    expect(token).not.toBe('');
    await stream.end();

    const query = { anonymousId: 'zoe' };
    const resumed = client().watchRecommendations({ query, resumeToken: token });
    expect((await firstOf(resumed)).event?.$case).toBe('value');
    const other = client().watchRecommendations({
      query: { anonymousId: 'ann' },
      resumeToken: token,
    });
    expect(await failureOf(firstOf(other))).toMatchObject({ reason: 'RESUME_TOKEN_INVALID' });
  });

  test('lets no more subscribers in than it may, and ends them when it stops', async () => {
    const query = { anonymousId: 'ann' };
    const streams = [1, 2, 3].map(() => messagesOf(client().watchRecommendations({ query })));
    for (const stream of streams) await stream.next();
    const fourth = await failureOf(firstOf(client().watchRecommendations({ query })));
    expect(fourth).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_SUBSCRIBERS' });
    expect(fourth.metadata).toEqual({ limit: '3' });
    await streams[0]?.end();
    await eventually(async () => {
      const next = firstOf(client().watchRecommendations({ query }));
      return await next.then(
        () => true,
        () => false,
      );
    });
    const waiting = failureOf(streams[1]?.next() ?? Promise.resolve());
    service.close();
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  });
});

function withCategory(productId: string, categoryId: string) {
  return {
    payload: { $case: 'productViewed', value: { product: { productId, categoryId } } },
  } as const;
}

function sources({ event }: WatchRecommendationsResponse): RecommendationSource[] {
  return event?.$case === 'value' ? event.value.items.map(({ source }) => source) : [];
}

const soon = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 20));

async function firstOf<T>(stream: AsyncIterable<T>): Promise<T> {
  for await (const one of stream) return one;
  throw new Error('the stream ended without a message');
}

/** A stream message by message. */
function messagesOf<T>(stream: AsyncIterable<T>) {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async next(): Promise<T> {
      const step = await iterator.next();
      if (step.done === true) throw new Error('the stream ended');
      return step.value;
    },
    end: async () => {
      await iterator.return?.();
    },
  };
}
