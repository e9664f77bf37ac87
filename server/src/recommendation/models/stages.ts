import type { BestSellers } from './best-sellers.js';
import type { BoughtTogether } from './bought-together.js';
import type { CoVisitation } from './co-visitation.js';
import type { CountedItem } from './event-weights.js';
import type { Accepts, RankedItem, Stage } from './rank.js';
import type { SessionQuery, SessionRecommender } from './session-knn.js';
import type { Trending } from './trending.js';

/** How many of the visitor's newest items the item-to-item stage starts from. */
const LAST_ITEMS = 3;
/** A session model that knows fewer items than this takes a second step. */
const FEW_ITEMS = 20;
/** How many items of the first step the second one starts from. */
const FIRST_STEP_ITEMS = 20;
/** How many items of a cart the bought-together stage starts from, the newest. */
const CART_ITEMS_MAX = 20;

/**
 * What neighbours of the visitor's session clicked. Where they know few items (fewer than 20, or than wanted), because those
 * of the visitor are rare, a second step adds what neighbours of the session with the items of the first step clicked (3 % of
 * the answers on Diginetica; HR@20 +.002 on held-out sessions). Every reason is an item of the visitor.
 */
export function sessionStage(
  model: SessionRecommender,
  query: Pick<SessionQuery, 'items' | 'ownSession'>,
): Stage {
  return (n, accepts) => {
    const found = model.recommend({ ...query, k: n, accepts });
    const first = found.map((one): RankedItem => ({ source: 'session', ...one }));
    if (found.length >= Math.min(n, FEW_ITEMS)) return first;
    return [...first, ...secondStep(model, query, { n, accepts })];
  };
}

function secondStep(
  model: SessionRecommender,
  query: Pick<SessionQuery, 'items' | 'ownSession'>,
  { n, accepts }: { readonly n: number; readonly accepts: Accepts },
): RankedItem[] {
  // Also of items that are filtered out: they say what the visitor is after.
  const near = model.recommend({ ...query, k: FIRST_STEP_ITEMS });
  if (near.length === 0) return [];
  const via = new Map(near.map(({ item, because }) => [item, because]));
  const items = [...near.map(({ item }) => item).reverse(), ...query.items];
  return model.recommend({ ...query, items, k: n, accepts }).map((found) => ({
    source: 'session',
    ...found,
    because: via.get(found.because) ?? found.because,
  }));
}

/**
 * What follows the visitor's last three different items (or `item` alone on its page), the newest item's list first. `items`:
 * oldest first.
 */
export function similarStage(model: CoVisitation, items: readonly string[]): Stage {
  return (n, accepts) =>
    newestOf(items, LAST_ITEMS).flatMap((because) =>
      model
        .similar(because, n, accepts)
        .map((found): RankedItem => ({ source: 'similar', because, ...found })),
    );
}

/** What is bought with the items of a cart or an order, best first over all of them; never one of the items themselves. */
export function boughtTogetherStage(model: BoughtTogether, items: readonly string[]): Stage {
  return (n, accepts) => {
    const own = new Set(items);
    const others: Accepts = (item) => !own.has(item) && accepts(item);
    return newestOf(items, CART_ITEMS_MAX)
      .flatMap((because) =>
        model
          .boughtWith(because, n, others)
          .map((found): RankedItem => ({ source: 'bought-together', because, ...found })),
      )
      .sort((a, b) => b.score - a.score);
  };
}

/** What is looked at and bought now: in a category, when one is given, then in the shop. */
export function trendingStage(model: Trending, category?: string): Stage {
  return countedStage('trending', model, category);
}

/** What sells: in a category, when one is given, then in the shop. */
export function bestSellersStage(model: BestSellers, category?: string): Stage {
  return countedStage('best-sellers', model, category);
}

function countedStage(
  source: 'trending' | 'best-sellers',
  model: Trending | BestSellers,
  category: string | undefined,
): Stage {
  return (n, accepts) => {
    const as =
      (scope: string | undefined) =>
      (found: CountedItem): RankedItem => ({
        source,
        category: scope,
        ...found,
      });
    const shop = model.top(n, { accepts }).map(as(undefined));
    if (category === undefined) return shop;
    return [...model.top(n, { category, accepts }).map(as(category)), ...shop];
  };
}

/** The newest different items, newest first. */
function newestOf(items: readonly string[], count: number): string[] {
  return [...new Set(items.toReversed())].slice(0, count);
}
