import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { WatchRecommendationsResponse } from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import { ServiceError } from '../gateway/service-error.js';
import type { Clock } from '../ports/clock.js';
import type { ServingClient } from './serving/client.js';
import { WatchedList, type WatchedQuery } from './watched-list.js';

/** Bounds of WatchRecommendations. */
export interface RecommendationWatchLimits {
  /** Subscriptions at a time, 1 or more. */
  readonly subscribersMax: number;
  /** Wait after an event for others of the same visitor, milliseconds, 0 or more. */
  readonly debounceMs: number;
}

export interface RecommendationWatchOptions {
  readonly serving: ServingClient;
  readonly clock: Clock;
  readonly limits: RecommendationWatchLimits;
}

/** All subscriptions to recommendations of this process. */
export class RecommendationWatch {
  readonly #options: RecommendationWatchOptions;
  readonly #open = new Set<AbortController>();
  #closed = false;

  constructor(options: RecommendationWatchOptions) {
    this.#options = options;
  }

  /** Ends all subscriptions with SHUTTING_DOWN. */
  close(): void {
    this.#closed = true;
    for (const ending of this.#open) ending.abort(shuttingDown());
  }

  /**
   * The list of now, then a new one whenever events of the visitor or a minute change it, and checkpoints. Lists are made
   * when the subscriber takes them, so a slow one gets the newest and nothing queues. Throws ServiceError
   * TOO_MANY_SUBSCRIBERS, SHUTTING_DOWN, and for the first list what the serving client throws; later it waits for a
   * model that is away.
   */
  async *subscribe(
    query: WatchedQuery,
    signal: AbortSignal,
  ): AsyncGenerator<WatchRecommendationsResponse, void, undefined> {
    const ending = this.#admit();
    const end = (): void => ending.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const { serving, clock, limits } = this.#options;
    const list = new WatchedList(query, { serving, clock, signal: ending.signal, ...limits });
    try {
      yield await list.first();
      for (;;) yield await list.next();
    } finally {
      list.release();
      signal.removeEventListener('abort', end);
      this.#open.delete(ending);
    }
  }

  #admit(): AbortController {
    if (this.#closed) throw shuttingDown();
    const { subscribersMax } = this.#options.limits;
    if (this.#open.size >= subscribersMax) {
      const text = `the gateway serves ${subscribersMax} watches of recommendations, as many as it may: try again later`;
      const metadata = { limit: String(subscribersMax) };
      throw new ServiceError(ErrorReason.TOO_MANY_SUBSCRIBERS, text, { metadata });
    }
    const ending = new AbortController();
    this.#open.add(ending);
    return ending;
  }
}

function shuttingDown(): ServiceError {
  return new ServiceError(ErrorReason.SHUTTING_DOWN, 'the gateway is stopping: reconnect');
}
