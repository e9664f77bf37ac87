import { describe, expect, test } from 'vitest';
import { BestSellers } from './best-sellers.js';
import { BoughtTogether } from './bought-together.js';
import { CoVisitation } from './co-visitation.js';
import { rank } from './rank.js';
import { SessionIndex } from './session-index.js';
import { SessionRecommender } from './session-knn.js';
import {
  bestSellersStage,
  boughtTogetherStage,
  sessionStage,
  similarStage,
  trendingStage,
} from './stages.js';
import { Trending } from './trending.js';

const index = new SessionIndex();
for (const [session, items] of [
  ['s1', ['tea', 'cup']],
  ['s2', ['tea', 'cup', 'spoon']],
  ['s3', ['bike', 'lock']],
] as const) {
  for (const item of items) index.append(session, item, 0);
}
const trending = new Trending();
const bestSellers = new BestSellers();
for (const item of ['lamp', 'lamp', 'cup']) trending.add({ item, action: 'view', atMs: 0 });
trending.add({ item: 'mug', category: 'kitchen', action: 'view', atMs: -86_400_000 });
for (const item of ['desk', 'desk', 'lamp', 'chair']) bestSellers.add({ item, atMs: 0 });

const sessions = new SessionRecommender(index);
const items = ['tea'];
const chain = [
  sessionStage(sessions, { items }),
  similarStage(new CoVisitation(index), items),
  trendingStage(trending, 'kitchen'),
  bestSellersStage(bestSellers),
];
const asText = (found: ReturnType<typeof rank>) =>
  found.map(({ item, source }) => `${item} (${source})`);

describe('the ranking', () => {
  test('fills the places that are left by the next model, and names the source of each item', () => {
    expect(asText(rank(chain, { k: 10 }))).toEqual([
      'tea (session)',
      'cup (session)',
      'spoon (session)',
      'mug (trending)',
      'lamp (trending)',
      'desk (best-sellers)',
      'chair (best-sellers)',
    ]);
  });

  test('asks no further model than it needs', () => {
    const never = () => {
      throw new Error('not needed');
    };
    expect(rank([...chain.slice(0, 1), never], { k: 3 })).toHaveLength(3);
  });

  test('filters what must not be shown in every model', () => {
    const hidden = new Set(['tea', 'cup', 'lamp']);
    const found = rank(chain, { k: 10, accepts: (item) => !hidden.has(item) });
    expect(found.map(({ item }) => item)).toEqual(['spoon', 'mug', 'desk', 'chair']);
  });

  test('caps a category over all models, and takes later items instead', () => {
    const kitchen = new Set(['tea', 'cup', 'spoon', 'mug']);
    const categoryOf = (item: string) => (kitchen.has(item) ? 'kitchen' : undefined);
    expect(asText(rank(chain, { k: 4, categoryOf, categoryMax: 2 }))).toEqual([
      'tea (session)',
      'cup (session)',
      'lamp (trending)',
      'desk (best-sellers)',
    ]);
  });

  test('gives each item what its reason needs', () => {
    const [first] = rank(chain, { k: 1 });
    expect(first).toMatchObject({ source: 'session', item: 'tea', because: 'tea' });
    const [similar] = rank([similarStage(new CoVisitation(index), ['bike', 'tea'])], { k: 1 });
    expect(similar).toMatchObject({ source: 'similar', item: 'cup', because: 'tea', sessions: 2 });
    const [mug] = rank([trendingStage(trending, 'kitchen')], { k: 1 });
    expect(mug).toMatchObject({ source: 'trending', item: 'mug', category: 'kitchen' });
  });

  test('recommends what is bought with any item of a cart, never what is in it', () => {
    const bought = new BoughtTogether({ basketsMin: 1 });
    const orders = [['tea', 'cup'], ['tea', 'cup'], ['bike', 'lock', 'tea'], ['sofa']];
    orders.forEach((order, at) => bought.add(`o${at}`, order, 0));
    const found = rank([boughtTogetherStage(bought, ['bike', 'tea'])], { k: 9 });
    expect(found).toMatchObject([
      { item: 'lock', because: 'bike', baskets: 1, lift: 4 },
      { item: 'cup', because: 'tea', baskets: 2 },
    ]);
  });

  test('takes a second step when the items of the visitor are rare, and keeps the reason theirs', () => {
    const rare = new SessionIndex();
    for (const [session, clicks] of Object.entries({ a: 'xy', b: 'yz', c: 'pq' })) {
      for (const item of clicks) rare.append(session, item, 0);
    }
    const query = { items: ['x'] };
    const model = new SessionRecommender(rare);
    const found = rank([sessionStage(model, query)], { k: 9 });
    expect(found.map(({ item }) => item)).toEqual(['x', 'y', 'z']);
    expect(found[2]).toMatchObject({ source: 'session', because: 'x' });
  });

  test('looks for similar items of the last three different items, the newest first', () => {
    const wide = new SessionIndex();
    for (const item of ['a', 'b', 'c', 'd']) {
      wide.append(item, item, 0);
      wide.append(item, `after-${item}`, 0);
    }
    const stage = similarStage(new CoVisitation(wide), ['a', 'b', 'c', 'd', 'd']);
    expect(rank([stage], { k: 9 }).map(({ item }) => item)).toEqual([
      'after-d',
      'after-c',
      'after-b',
    ]);
  });

  test('is empty, not an error, for a shop without events', () => {
    const empty = new SessionIndex();
    const stages = [
      sessionStage(new SessionRecommender(empty), { items: [] }),
      similarStage(new CoVisitation(empty), []),
      trendingStage(new Trending()),
    ];
    expect(rank(stages, { k: 5 })).toEqual([]);
  });
});
