import { type Accepts, rank, type RankedItem as Candidate, type Stage } from '../models/rank.js';
import {
  bestSellersStage,
  boughtTogetherStage,
  sessionStage,
  similarStage,
  trendingStage,
} from '../models/stages.js';
import type {
  ListRequest,
  ListRules,
  RankedItem,
  RankedList,
  RecommendRequest,
  SimilarRequest,
  TrendingRequest,
} from './protocol.js';
import type { ReadModel } from './read-model.js';
import { explained } from './reasons.js';
import type { VisitorView } from './visitors.js';

/** Answers a request from the model as it is now. Changes nothing; unknown visitors and items are no errors. */
export function answer(model: ReadModel, request: ListRequest): RankedList {
  switch (request.kind) {
    case 'recommend':
      return recommend(model, request);
    case 'similar':
      return similar(model, request);
    case 'trending':
      return trending(model, request);
  }
}

function recommend(model: ReadModel, request: RecommendRequest): RankedList {
  const visitor = model.visitors.view(request.visitor);
  const unwanted = new Set(request.exclude);
  const take = (items: Iterable<string>): void => {
    for (const item of items) unwanted.add(item);
  };
  const viewed = viewedItems(request, visitor);
  const basket = basketOf(request, visitor);
  // Nobody wants to hear of the page's product, or of what lies in the basket already.
  take(basket);
  if (request.placement === 'product') take([request.itemId]);
  if (!request.includeSeen) take(viewed);
  if (!request.includeBought) take(visitor.bought);
  const stages = stagesOf(model, request, { viewed, basket, ownSession: visitor.sessionKey });
  return list(model, stages, { ...request, unwanted });
}

/** Products of the visit, oldest first. */
function viewedItems(request: RecommendRequest, visitor: VisitorView): readonly string[] {
  const viewed = request.recent.length > 0 ? request.recent : visitor.session;
  const page = request.placement === 'product' ? request.itemId : '';
  return page === '' || viewed.at(-1) === page ? viewed : [...viewed, page];
}

function basketOf(request: RecommendRequest, visitor: VisitorView): readonly string[] {
  const { placement, basket } = request;
  if (placement !== 'cart' && placement !== 'after-order') return [];
  if (basket.length > 0) return basket;
  return placement === 'cart' ? visitor.cart : visitor.order;
}

interface Circumstances {
  readonly viewed: readonly string[];
  readonly basket: readonly string[];
  readonly ownSession: string;
}

/** The models in the order in which they fill the list: the most personal that the placement allows first. */
function stagesOf(
  model: ReadModel,
  { placement, itemId, categories }: RecommendRequest,
  { viewed, basket, ownSession }: Circumstances,
): Stage[] {
  const session = sessionStage(model.recommender, { items: viewed, ownSession });
  const popular = popularStages(model, placement === 'product' ? itemId : '', categories);
  switch (placement) {
    case 'home':
      return [session, similarStage(model.coVisitation, viewed), ...popular];
    case 'product': {
      const bought = boughtTogetherStage(model.baskets, itemId === '' ? [] : [itemId]);
      return [session, similarStage(model.coVisitation, viewed), bought, ...popular];
    }
    case 'cart': {
      const bought = boughtTogetherStage(model.baskets, basket);
      return [bought, session, similarStage(model.coVisitation, basket), ...popular];
    }
    case 'after-order':
      return [boughtTogetherStage(model.baskets, basket), session, ...popular];
  }
}

/** What many want: in the asked categories, else in that of the page's product, then in the shop. */
function popularStages(model: ReadModel, page: string, categories: readonly string[]): Stage[] {
  const own = page === '' ? '' : model.catalogue.categoryOf(page);
  const asked = categories.length > 0 ? categories : own === '' ? [undefined] : [own];
  return [
    ...asked.map((category) => trendingStage(model.trending, category)),
    ...asked.map((category) => bestSellersStage(model.sold, category)),
  ];
}

function similar(model: ReadModel, request: SimilarRequest): RankedList {
  const { itemId } = request;
  const stage =
    request.source === 'bought-together'
      ? boughtTogetherStage(model.baskets, [itemId])
      : similarStage(model.coVisitation, [itemId]);
  const unwanted = new Set([...request.exclude, itemId]);
  return list(model, [stage], { ...request, categoryItemsMax: 0, unwanted });
}

function trending(model: ReadModel, { categoryId, limit }: TrendingRequest): RankedList {
  const category = categoryId === '' ? undefined : categoryId;
  const stage: Stage = (n, accepts) =>
    model.trending
      .top(n, { category, accepts })
      .map((found): Candidate => ({ source: 'trending', category, ...found }));
  return list(model, [stage], { limit, categories: [], categoryItemsMax: 0, unwanted: new Set() });
}

interface Filters extends Pick<ListRules, 'limit' | 'categories'> {
  readonly categoryItemsMax: number;
  readonly unwanted: ReadonlySet<string>;
}

function list(model: ReadModel, stages: readonly Stage[], filters: Filters): RankedList {
  const { catalogue } = model;
  const categories = new Set(filters.categories);
  const refused = new Set<string>();
  const accepts: Accepts = (item) => {
    const good =
      !filters.unwanted.has(item) &&
      catalogue.offers(item) &&
      (categories.size === 0 || categories.has(catalogue.categoryOf(item)));
    if (!good) refused.add(item);
    return good;
  };
  // Asked for once per candidate that was not refused: what is not in the list then was beyond its category's share.
  const considered = new Set<string>();
  const categoryOf = (item: string): string | undefined => {
    considered.add(item);
    const category = catalogue.categoryOf(item);
    return category === '' ? undefined : category;
  };
  const categoryMax = filters.categoryItemsMax === 0 ? undefined : filters.categoryItemsMax;
  const chosen = rank(stages, { k: filters.limit, accepts, categoryOf, categoryMax });
  const beyondShare = categoryMax === undefined ? 0 : considered.size - chosen.length;
  const items = chosen.map((one): RankedItem => explained(one, catalogue.categoryOf(one.item)));
  return { items, filtered: refused.size + beyondShare };
}
