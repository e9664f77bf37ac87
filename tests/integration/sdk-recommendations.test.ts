import {
  RecommendationList,
  RecommendationSource,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation';
import type {
  GetRecommendationsRequest,
  GetSimilarItemsRequest,
  GetTrendingItemsRequest,
  WatchRecommendationsRequest,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import type { RecommendationUpdate } from '@bytebasket/sdk';
import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import { afterEach, describe, expect, test } from 'vitest';
import { richError } from './sdk-scripted-gateway.js';
import { scriptedWorld } from './sdk-scripted-services.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function client(...args: Parameters<typeof scriptedWorld>) {
  const made = await scriptedWorld(...args);
  closing.push(() => made.close());
  return made.bb;
}

const AT = new Date(Date.UTC(2026, 10, 23, 12));
const newerSource = JSON.parse('42') as RecommendationSource;
const listed = (requestId: string) =>
  RecommendationList.fromPartial({
    ...{ requestId, variant: 'b', watermarkTime: AT, filtered: 2 },
    items: [
      {
        ...{
          itemId: 'i-1',
          position: 1,
          source: RecommendationSource.BOUGHT_TOGETHER,
          reason: 'often bought with i-9',
        },
        ...{ reasonItemIds: ['i-9'], score: 0.5, modelVersion: 'm/1', categoryId: 'shoes' },
      },
      { itemId: 'i-2', position: 2, source: newerSource },
    ],
  });

describe('recommendations', () => {
  test('are asked for with the place and the visitor, who may be the client’s default', async () => {
    const asked: GetRecommendationsRequest[] = [];
    const getRecommendations = async (request: GetRecommendationsRequest) => {
      asked.push(request);
      return { list: listed('q-1') };
    };
    const defaults = { anonymousId: 'device-1' };
    const bb = await client({ recommendations: { getRecommendations } }, { defaults });
    const list = await bb.recommendations.get({
      ...{ userId: 'u-1', placement: 'after-order', basketItemIds: ['i-9'], limit: 2 },
      ...{ includeBought: true, recentItemIds: ['i-7', 'i-8'], categoryItemsMax: 1 },
    });
    expect(list).toMatchObject({
      ...{ requestId: 'q-1', variant: 'b', watermarkTime: AT, filtered: 2 },
      items: [
        {
          ...{ itemId: 'i-1', position: 1, source: 'bought-together' },
          ...{ reason: 'often bought with i-9', reasonItemIds: ['i-9'], categoryId: 'shoes' },
        },
        { itemId: 'i-2', source: 'unknown' },
      ],
    });
    await bb.recommendations.get();
    const nothing = { excludeItemIds: [], categoryIds: [], includeSeen: false, itemId: '' };
    expect(asked).toEqual([
      {
        ...{ ...nothing, anonymousId: 'device-1', userId: 'u-1', placement: 4, limit: 2 },
        ...{ basketItemIds: ['i-9'], recentItemIds: ['i-7', 'i-8'], includeBought: true },
        categoryItemsMax: 1,
      },
      {
        ...{ ...nothing, anonymousId: 'device-1', userId: '', placement: 1, limit: 0 },
        ...{ basketItemIds: [], recentItemIds: [], includeBought: false, categoryItemsMax: 0 },
      },
    ]);
  });

  test('wait for a recommender that is starting, beyond the attempts of a failing one', async () => {
    let calls = 0;
    const getTrendingItems = async (request: GetTrendingItemsRequest) => {
      calls += 1;
      const more = { message: 'starting', retryDelayMs: calls > 0 ? 5 : 5_000 };
      if (calls < 7) throw richError(Status.UNAVAILABLE, 'RECOMMENDER_STARTING', more);
      return { list: listed(`${request.categoryId} ${request.limit}`) };
    };
    const bb = await client({ recommendations: { getTrendingItems } });
    const list = await bb.recommendations.trending({ categoryId: 'shoes', limit: 3 });
    expect(list.requestId).toBe('shoes 3');
    calls = Number.NEGATIVE_INFINITY;
    const begunMs = performance.now();
    const waiting = bb.recommendations.trending({ deadlineMs: 2_000 });
    await expect(waiting).rejects.toMatchObject({ reason: 'RECOMMENDER_STARTING' });
    expect(performance.now() - begunMs).toBeLessThan(2_000);
  });

  test('name what goes with an item, by views unless told otherwise', async () => {
    const asked: GetSimilarItemsRequest[] = [];
    const getSimilarItems = async (request: GetSimilarItemsRequest) => {
      asked.push(request);
      return { list: listed('q-1') };
    };
    const bb = await client({ recommendations: { getSimilarItems } });
    await bb.recommendations.similar({ itemId: 'i-1' });
    const query = { itemId: 'i-1', source: 'bought-together', excludeItemIds: ['i-2'] } as const;
    await bb.recommendations.similar({ ...query, categoryIds: ['shoes'] });
    expect(asked).toEqual([
      { itemId: 'i-1', source: 2, limit: 0, excludeItemIds: [], categoryIds: [] },
      { itemId: 'i-1', source: 3, limit: 0, excludeItemIds: ['i-2'], categoryIds: ['shoes'] },
    ]);
  });

  test('are watched over breaks, each time from the list of then', async () => {
    const asked: WatchRecommendationsRequest[] = [];
    const watch = async function* (request: WatchRecommendationsRequest, { signal }: CallContext) {
      asked.push(request);
      yield { event: { $case: 'value', value: listed(`q-${asked.length}`) } } as const;
      yield { event: { $case: 'checkpoint', value: { watermarkTime: AT } } } as const;
      if (asked.length === 1) throw new ServerError(Status.UNAVAILABLE, 'cut');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const bb = await client({ recommendations: { watchRecommendations: watch } });
    const seen: RecommendationUpdate[] = [];
    const query = { anonymousId: 'device-1', placement: 'cart' } as const;
    for await (const update of bb.recommendations.watch(query)) {
      seen.push(update);
      if (seen.length === 5) break;
    }
    expect(
      seen.map((update) => (update.type === 'value' ? update.value.requestId : update.type)),
    ).toEqual(['q-1', 'checkpoint', 'reconnecting', 'q-2', 'checkpoint']);
    expect(asked.map(({ query }) => [query?.anonymousId, query?.placement])).toEqual([
      ['device-1', 3],
      ['device-1', 3],
    ]);
  });

  test('of an answer without a list are a broken promise, not an empty list', async () => {
    const getRecommendations = async () => ({});
    const bb = await client({ recommendations: { getRecommendations } });
    await expect(bb.recommendations.get({ anonymousId: 'a' })).rejects.toMatchObject({
      ...{ reason: 'PROTOCOL_VIOLATED', message: expect.stringContaining('no list') as string },
    });
  });
});
