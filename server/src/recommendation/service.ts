import {
  GetRecommendationsRequest,
  RecommendationServiceDefinition,
  type WatchRecommendationsRequest,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import {
  validateGetRecommendationsRequest,
  validateGetSimilarItemsRequest,
  validateGetTrendingItemsRequest,
  validateWatchRecommendationsRequest,
  type Violation,
} from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { decodeResumeToken, encodeResumeToken } from '../gateway/resume-token.js';
import type { ServiceModule } from '../gateway/service-module.js';
import type { Clock } from '../ports/clock.js';
import {
  listMessage,
  recommendRequest,
  similarRequest,
  trendingRequest,
} from './service-messages.js';
import type { ServingClient } from './serving/client.js';
import { RecommendationWatch, type RecommendationWatchLimits } from './watch.js';
import type { WatchedQuery } from './watched-list.js';

const LIMITS: RecommendationWatchLimits = { subscribersMax: 2_000, debounceMs: 50 };

export interface RecommendationServiceOptions {
  readonly serving: ServingClient;
  readonly clock: Clock;
  /** Defaults: 2,000 subscriptions; 50 ms between an event and the new list. */
  readonly limits?: Partial<RecommendationWatchLimits> | undefined;
}

export interface RecommendationService {
  readonly module: ServiceModule<RecommendationServiceDefinition>;
  /** Ends all watches with SHUTTING_DOWN. The serving client belongs to the caller. */
  close(): void;
}

/** Opens RecommendationService over the serving read model. */
export function openRecommendationService(
  options: RecommendationServiceOptions,
): RecommendationService {
  const { serving, clock } = options;
  const watch = new RecommendationWatch({
    serving,
    clock,
    limits: { ...LIMITS, ...options.limits },
  });
  return {
    module: {
      definition: RecommendationServiceDefinition,
      implementation: {
        async getRecommendations(request, { signal }) {
          check(validateGetRecommendationsRequest(request));
          const answer = await serving.ask(recommendRequest(request), signal);
          return { list: listMessage(answer, clock.nowMs()) };
        },
        async *watchRecommendations(request, { signal }) {
          yield* watch.subscribe(watchedQuery(request), signal);
        },
        async getSimilarItems(request, { signal }) {
          check(validateGetSimilarItemsRequest(request));
          const answer = await serving.ask(similarRequest(request), signal);
          return { list: listMessage(answer, clock.nowMs()) };
        },
        async getTrendingItems(request, { signal }) {
          check(validateGetTrendingItemsRequest(request));
          const answer = await serving.ask(trendingRequest(request), signal);
          return { list: listMessage(answer, clock.nowMs()) };
        },
      },
    },
    close: () => {
      watch.close();
    },
  };
}

function check(violations: readonly Violation[] | undefined): void {
  if (violations !== undefined) throw fieldError(violations);
}

/** A watch names a visitor and leaves the newest items to the log; a token must be of the same query. */
function watchedQuery(request: WatchRecommendationsRequest): WatchedQuery {
  check(validateWatchRecommendationsRequest(request));
  const query = GetRecommendationsRequest.fromPartial(request.query ?? {});
  if (query.anonymousId === '' && query.userId === '') {
    const message = 'query.anonymous_id is missing, and user_id too: name the visitor to watch';
    throw fieldError([violation('query.anonymous_id', 'watch.visitor', message)]);
  }
  if (query.recentItemIds.length > 0) {
    const count = query.recentItemIds.length;
    const message = `query.recent_item_ids has ${count} items: leave it empty, a watch takes them from the log`;
    throw fieldError([violation('query.recent_item_ids', 'watch.recent_items', message)]);
  }
  const filter = GetRecommendationsRequest.encode(query).finish();
  if (request.resumeToken !== '') decodeResumeToken(request.resumeToken, filter);
  return { request: recommendRequest(query), resumeToken: encodeResumeToken(filter, []) };
}

function violation(field: string, rule: string, message: string): Violation {
  return { field, rule, value: '', message };
}
