import {
  type Recommendation,
  type RecommendationList,
  Placement,
  RecommendationSource,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation';
import type {
  GetRecommendationsRequest,
  GetSimilarItemsRequest,
  GetTrendingItemsRequest,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import { requestId } from './request-id.js';
import type {
  PlacementName,
  RankedItem,
  RecommendRequest,
  ServingAnswer,
  SimilarRequest,
  SourceName,
  TrendingRequest,
} from './serving/protocol.js';

const LIMIT_DEFAULT = 20;

const SOURCE = {
  session: RecommendationSource.SESSION,
  'viewed-together': RecommendationSource.VIEWED_TOGETHER,
  'bought-together': RecommendationSource.BOUGHT_TOGETHER,
  trending: RecommendationSource.TRENDING,
  'best-seller': RecommendationSource.BEST_SELLER,
} as const satisfies Record<SourceName, RecommendationSource>;

/** What a valid request asks the read model for. */
export function recommendRequest(request: GetRecommendationsRequest): RecommendRequest {
  const { anonymousId, userId } = request;
  return {
    kind: 'recommend',
    visitor: { anonymousId, userId },
    placement: placementOf(request.placement),
    itemId: request.itemId,
    basket: request.basketItemIds,
    recent: request.recentItemIds,
    limit: limitOf(request.limit),
    exclude: request.excludeItemIds,
    categories: request.categoryIds,
    categoryItemsMax: request.categoryItemsMax,
    includeBought: request.includeBought,
    includeSeen: request.includeSeen,
  };
}

export function similarRequest(request: GetSimilarItemsRequest): SimilarRequest {
  const bought = request.source === RecommendationSource.BOUGHT_TOGETHER;
  return {
    kind: 'similar',
    itemId: request.itemId,
    source: bought ? 'bought-together' : 'viewed-together',
    limit: limitOf(request.limit),
    exclude: request.excludeItemIds,
    categories: request.categoryIds,
  };
}

export function trendingRequest(request: GetTrendingItemsRequest): TrendingRequest {
  return { kind: 'trending', categoryId: request.categoryId, limit: limitOf(request.limit) };
}

/** The answer as the contract has it, with an id of its own. */
export function listMessage(answer: ServingAnswer, nowMs: number): RecommendationList {
  return {
    requestId: requestId(nowMs),
    items: answer.items.map(itemMessage),
    variant: '',
    watermarkTime: new Date(answer.watermarkMs),
    filtered: answer.filtered,
  };
}

function itemMessage(item: RankedItem, index: number): Recommendation {
  return {
    itemId: item.itemId,
    position: index + 1,
    source: SOURCE[item.source],
    reason: item.reason,
    reasonItemIds: [...item.reasonItemIds],
    score: item.score,
    modelVersion: item.modelVersion,
    categoryId: item.categoryId,
  };
}

function limitOf(limit: number): number {
  return limit === 0 ? LIMIT_DEFAULT : limit;
}

function placementOf(placement: Placement): PlacementName {
  switch (placement) {
    case Placement.PRODUCT:
      return 'product';
    case Placement.CART:
      return 'cart';
    case Placement.AFTER_ORDER:
      return 'after-order';
    default:
      return 'home';
  }
}
