import {
  Placement as PlacementCode,
  RecommendationSource as Source,
  type Recommendation as WireRecommendation,
  type RecommendationList as WireList,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation';
import { createWords } from '../reading/words.js';

/** Where items will be shown: first page, product page, cart, after an order. */
export type Placement = 'home' | 'product' | 'cart' | 'after-order';

/** The model that proposed an item, the most personal first. */
export type RecommendationSource =
  'session' | 'viewed-together' | 'bought-together' | 'trending' | 'best-seller';

/** One item with its reason. */
export interface Recommendation {
  readonly itemId: string;
  /** Place in the list, from 1. */
  readonly position: number;
  readonly source: RecommendationSource | 'unknown';
  /** A sentence, such as `because you viewed 4711`. */
  readonly reason: string;
  /** The items that the reason names; empty when it names none. */
  readonly reasonItemIds: readonly string[];
  /** Scores of different sources do not compare. */
  readonly score: number;
  /** Such as `session-knn/1`. */
  readonly modelVersion: string;
  /** Empty when unknown. */
  readonly categoryId: string;
}

/** An answer of the recommender. */
export interface RecommendationList {
  /** Put it, with item and position, into `track.recommendationShown` and `track.recommendationClicked`. */
  readonly requestId: string;
  /** The best first. */
  readonly items: readonly Recommendation[];
  /** The variant of an experiment; empty without one. */
  readonly variant: string;
  /** Every event appended to the log up to this time was in the model. */
  readonly watermarkTime: Date | undefined;
  /** Candidates that a filter took out. */
  readonly filtered: number;
}

export const PLACEMENTS = createWords<Placement, PlacementCode>({
  home: PlacementCode.HOME,
  product: PlacementCode.PRODUCT,
  cart: PlacementCode.CART,
  'after-order': PlacementCode.AFTER_ORDER,
});

export const RECOMMENDATION_SOURCES = createWords<RecommendationSource, Source>({
  session: Source.SESSION,
  'viewed-together': Source.VIEWED_TOGETHER,
  'bought-together': Source.BOUGHT_TOGETHER,
  trending: Source.TRENDING,
  'best-seller': Source.BEST_SELLER,
});

/** Turns a list off the wire into ours. */
export function listOf({
  requestId,
  items,
  variant,
  watermarkTime,
  filtered,
}: WireList): RecommendationList {
  return { requestId, items: items.map(recommendationOf), variant, watermarkTime, filtered };
}

function recommendationOf(one: WireRecommendation): Recommendation {
  const { itemId, position, reason, reasonItemIds, score, modelVersion, categoryId } = one;
  return {
    itemId,
    position,
    source: RECOMMENDATION_SOURCES.nameOf(one.source),
    reason,
    reasonItemIds,
    score,
    modelVersion,
    categoryId,
  };
}
