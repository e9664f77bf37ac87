import {
  RecommendationServiceDefinition,
  type GetRecommendationsRequest,
  type WatchRecommendationsResponse,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import type { Connection } from '../connection/connection.js';
import { callRead } from '../connection/retry.js';
import type { Identity } from '../events/event-input.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { present } from '../reading/present.js';
import { callOptions, type ReadOptions } from '../reading/read-options.js';
import { reconnecting, type Reconnecting } from '../watching/reconnecting.js';
import { listOf, PLACEMENTS, RECOMMENDATION_SOURCES } from './recommendation.js';
import type { Placement, RecommendationList, RecommendationSource } from './recommendation.js';

/** The visitor and the place. Who it is comes from the client's `defaults` where it is left out. */
export interface RecommendationQuery {
  /** The visitor's device, as in events. */
  readonly anonymousId?: string | undefined;
  /** The person, once known. */
  readonly userId?: string | undefined;
  /** Default `home`. */
  readonly placement?: Placement | undefined;
  /** The page's product; only with `product`, and then needed to be of use. */
  readonly itemId?: string | undefined;
  /** The cart's or the order's items, with `cart` and `after-order`, at most 100; default those in the log. */
  readonly basketItemIds?: readonly string[] | undefined;
  /** Items wanted, 1 to 100; default 20. */
  readonly limit?: number | undefined;
  /** Items that are not wanted, such as those on the page, at most 500. */
  readonly excludeItemIds?: readonly string[] | undefined;
  /** Only items of these categories, at most 50; default all. */
  readonly categoryIds?: readonly string[] | undefined;
  /** Most items of one category, 1 to 100; default no limit. */
  readonly categoryItemsMax?: number | undefined;
  /** Recommends also what the visitor bought before; default false. */
  readonly includeBought?: boolean | undefined;
  /** Recommends also what the visitor viewed in this session; default false. */
  readonly includeSeen?: boolean | undefined;
}

/** What to recommend now. */
export interface RecommendationRead extends RecommendationQuery, ReadOptions {
  /** The visitor's newest items, oldest first, instead of those in the log, at most 50. */
  readonly recentItemIds?: readonly string[] | undefined;
}

/** Whose recommendations to watch. */
export interface RecommendationWatch extends RecommendationQuery {
  /** Ends the watch; the loop throws the signal's reason. Leaving the loop with `break` ends it too. */
  readonly signal?: AbortSignal | undefined;
}

/** What goes with one item. */
export interface SimilarQuery extends ReadOptions {
  readonly itemId: string;
  /** Default `viewed-together`. */
  readonly source?: 'viewed-together' | 'bought-together' | undefined;
  /** Items wanted, 1 to 100; default 20. */
  readonly limit?: number | undefined;
  /** Items that are not wanted, at most 500. */
  readonly excludeItemIds?: readonly string[] | undefined;
  /** Only items of these categories, at most 50; default all. */
  readonly categoryIds?: readonly string[] | undefined;
}

/** What many look at. */
export interface TrendingQuery extends ReadOptions {
  /** Only items of this category; default the whole shop. */
  readonly categoryId?: string | undefined;
  /** Items wanted, 1 to 100; default 20. */
  readonly limit?: number | undefined;
}

/** What a watch of recommendations delivers. */
export type RecommendationUpdate =
  /** The list of now: it replaces the one before. */
  | { readonly type: 'value'; readonly value: RecommendationList }
  /** Nothing changed up to here. At least every 10 seconds. */
  | { readonly type: 'checkpoint'; readonly watermarkTime: Date | undefined }
  /** The stream broke. After `delayMs` a new one begins with the list of then. */
  | Reconnecting;

/**
 * Recommended items, each with its reason. Errors of all: FIELD_INVALID, GATEWAY_SATURATED, RECOMMENDER_STARTING (tried again
 * until the deadline), KEY_INVALID, SCOPE_MISSING.
 */
export interface Recommendations {
  /** Recommends to a visitor. An unknown visitor or item gets what is trending, an empty shop gets an empty list. */
  get(query?: RecommendationRead): Promise<RecommendationList>;
  /**
   * The list of now, then a new one whenever an event of the visitor, or the passing of a minute, changes it. Reconnects by
   * itself. Reading slowly is safe: lists are conflated. Nothing is asked before the first turn of the loop.
   */
  watch(query?: RecommendationWatch): AsyncIterable<RecommendationUpdate>;
  /** Reads items that go with one item, whoever asks; none for an unknown item. */
  similar(query: SimilarQuery): Promise<RecommendationList>;
  /** Reads the items that many look at now. */
  trending(query?: TrendingQuery): Promise<RecommendationList>;
}

export function createRecommendations(
  connection: Connection,
  settings: ResolvedOptions,
): Recommendations {
  const client = connection.clients.create(RecommendationServiceDefinition, connection.channel);
  const { defaults } = settings;
  return {
    async get(query = {}) {
      const request = requestOf(query, defaults);
      const { list } = await callRead(callOptions(settings, query), (attempt) =>
        client.getRecommendations(request, attempt),
      );
      return listOf(present(list, 'list'));
    },
    watch(query = {}) {
      const request = { query: requestOf(query, defaults) };
      return {
        [Symbol.asyncIterator]: () =>
          reconnecting<WatchRecommendationsResponse, RecommendationUpdate>(
            { settings, signals: [query.signal, connection.closed] },
            {
              open: (signal) => client.watchRecommendations(request, { signal }),
              take: updateOf,
            },
          ),
      };
    },
    async similar(query) {
      const { itemId, limit = 0, excludeItemIds = [], categoryIds = [] } = query;
      const asked: RecommendationSource = query.source ?? 'viewed-together';
      const source = RECOMMENDATION_SOURCES.codeOf(asked, 'source');
      const lists = { excludeItemIds: [...excludeItemIds], categoryIds: [...categoryIds] };
      const { list } = await callRead(callOptions(settings, query), (attempt) =>
        client.getSimilarItems({ itemId, source, limit, ...lists }, attempt),
      );
      return listOf(present(list, 'list'));
    },
    async trending(query = {}) {
      const { categoryId = '', limit = 0 } = query;
      const { list } = await callRead(callOptions(settings, query), (attempt) =>
        client.getTrendingItems({ categoryId, limit }, attempt),
      );
      return listOf(present(list, 'list'));
    },
  };
}

function requestOf(query: RecommendationRead, defaults: Identity): GetRecommendationsRequest {
  const { placement = 'home', itemId = '', limit = 0, categoryItemsMax = 0 } = query;
  const { includeBought = false, includeSeen = false } = query;
  return {
    anonymousId: query.anonymousId ?? defaults.anonymousId ?? '',
    userId: query.userId ?? defaults.userId ?? '',
    placement: PLACEMENTS.codeOf(placement, 'placement'),
    itemId,
    basketItemIds: [...(query.basketItemIds ?? [])],
    recentItemIds: [...(query.recentItemIds ?? [])],
    limit,
    excludeItemIds: [...(query.excludeItemIds ?? [])],
    categoryIds: [...(query.categoryIds ?? [])],
    categoryItemsMax,
    includeBought,
    includeSeen,
  };
}

/** An answer of a kind that this SDK does not know says nothing that can be shown. */
function updateOf({ event }: WatchRecommendationsResponse): RecommendationUpdate | undefined {
  if (event === undefined) return undefined;
  return event.$case === 'value'
    ? { type: 'value', value: listOf(event.value) }
    : { type: 'checkpoint', watermarkTime: event.value.watermarkTime };
}
