/** What the gateway and the serving thread tell each other: small plain objects, cloned between threads. */

/** A visitor as a request names it; empty texts are unknown. */
export interface VisitorIds {
  readonly anonymousId: string;
  readonly userId: string;
}

export type PlacementName = 'home' | 'product' | 'cart' | 'after-order';

export type SourceName =
  'session' | 'viewed-together' | 'bought-together' | 'trending' | 'best-seller';

/** Which items a list may hold. */
export interface ListRules {
  /** Items wanted, 1 to 100. */
  readonly limit: number;
  readonly exclude: readonly string[];
  /** Only items of these categories; empty means all. */
  readonly categories: readonly string[];
}

export interface RecommendRequest extends ListRules {
  readonly kind: 'recommend';
  readonly visitor: VisitorIds;
  readonly placement: PlacementName;
  /** The page's product; empty when there is none. */
  readonly itemId: string;
  /** Items of the cart or the order; empty takes them from the log. */
  readonly basket: readonly string[];
  /** Newest items, oldest first, instead of those in the log; empty takes those. */
  readonly recent: readonly string[];
  /** Most items of one category; 0 means no limit. */
  readonly categoryItemsMax: number;
  readonly includeBought: boolean;
  readonly includeSeen: boolean;
}

export interface SimilarRequest extends ListRules {
  readonly kind: 'similar';
  readonly itemId: string;
  readonly source: 'viewed-together' | 'bought-together';
}

export interface TrendingRequest {
  readonly kind: 'trending';
  /** Empty means the whole shop. */
  readonly categoryId: string;
  readonly limit: number;
}

/** Asks only how far the model is. */
export interface WatermarkRequest {
  readonly kind: 'watermark';
}

/** What can be asked for as a list. */
export type ListRequest = RecommendRequest | SimilarRequest | TrendingRequest;
export type ServingRequest = ListRequest | WatermarkRequest;

export interface RankedItem {
  readonly itemId: string;
  readonly source: SourceName;
  readonly reason: string;
  readonly reasonItemIds: readonly string[];
  readonly score: number;
  readonly modelVersion: string;
  /** Empty when unknown. */
  readonly categoryId: string;
}

export interface RankedList {
  /** The best first. */
  readonly items: readonly RankedItem[];
  /** Candidates that a filter took out. */
  readonly filtered: number;
}

export interface ServingAnswer extends RankedList {
  /** Every record acknowledged up to this time (ms since the epoch) was in the model. */
  readonly watermarkMs: number;
}

/** To the serving thread. */
export type ToServing =
  | { readonly kind: 'ask'; readonly id: number; readonly request: ServingRequest }
  /** Tell of changes of this visitor key from now on. */
  | { readonly kind: 'watch'; readonly visitor: string }
  | { readonly kind: 'unwatch'; readonly visitor: string };

/** From the serving thread. */
export type FromServing =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ServingAnswer }
  /** It has not caught up with the log yet. */
  | { readonly kind: 'starting'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  /** Events of these watched visitor keys came into the model. */
  | { readonly kind: 'changed'; readonly visitors: readonly string[] };

/** Keys of a visitor, the device first; devices and persons do not share names. */
export function visitorKeys({ anonymousId, userId }: VisitorIds): string[] {
  const keys: string[] = [];
  if (anonymousId !== '') keys.push(deviceKey(anonymousId));
  if (userId !== '') keys.push(personKey(userId));
  return keys;
}

export function deviceKey(anonymousId: string): string {
  return `a:${anonymousId}`;
}

export function personKey(userId: string): string {
  return `u:${userId}`;
}
