import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { WatchRecommendationsResponse } from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import { isServiceError } from '../gateway/service-error.js';
import type { Clock } from '../ports/clock.js';
import { sleepUnlessAborted } from '../retry/retry.js';
import { listMessage } from './service-messages.js';
import type { ServingClient } from './serving/client.js';
import type {
  RankedItem,
  RecommendRequest,
  ServingAnswer,
  ServingRequest,
} from './serving/protocol.js';

/** A watch without a message for so long gets a checkpoint: with a slow network one comes within 10 s. */
const QUIET_MS = 7_500;
/** What is popular changes with time: without events the list is made anew after so long. */
const RERANK_MS = 60_000;
/** The model is away, or has too much to do: asked again after so long. */
const AGAIN_MS = 1_000;

/** A valid watch. */
export interface WatchedQuery {
  readonly request: RecommendRequest;
  /** Goes into every checkpoint. */
  readonly resumeToken: string;
}

export interface WatchedListOptions {
  readonly serving: ServingClient;
  readonly clock: Clock;
  /** Ends it; what waits then rejects with its reason. */
  readonly signal: AbortSignal;
  readonly debounceMs: number;
}

/** One subscription: when its list is made anew, and what is worth sending. Calls of `next` must not overlap. */
export class WatchedList {
  readonly #query: WatchedQuery;
  readonly #options: WatchedListOptions;
  readonly #unwatch: () => void;
  /** Events of the visitor came after the list was made. */
  #dirty = false;
  #wake: () => void = () => undefined;
  #shown = '';
  #watermarkMs = 0;
  #sentMs = 0;
  #rankedMs = 0;
  #rankAgainMs = RERANK_MS;

  constructor(query: WatchedQuery, options: WatchedListOptions) {
    this.#query = query;
    this.#options = options;
    // Before the first list is made: what comes after that must not be missed.
    this.#unwatch = options.serving.watch(query.request.visitor, () => {
      this.#dirty = true;
      this.#wake();
    });
    options.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  release(): void {
    this.#unwatch();
  }

  async first(): Promise<WatchRecommendationsResponse> {
    return this.#value(await this.#ask(this.#query.request));
  }

  /** Waits for a list that differs from the last one, or for the time of a checkpoint. */
  async next(): Promise<WatchRecommendationsResponse> {
    const { clock, debounceMs, signal } = this.#options;
    for (;;) {
      await this.#quiet();
      if (this.#behind()) await clock.sleep(debounceMs, signal);
      if (this.#behind() || this.#since(this.#rankedMs) >= this.#rankAgainMs) {
        const list = await this.#rerank();
        if (list !== undefined) return list;
      } else {
        const answer = await this.#tryAsk({ kind: 'watermark' });
        this.#watermarkMs = answer?.watermarkMs ?? this.#watermarkMs;
        // What changed up to that time must come before the checkpoint that speaks of it.
        if (this.#behind()) continue;
      }
      if (this.#since(this.#sentMs) >= QUIET_MS) return this.#checkpoint();
    }
  }

  /** The new list; undefined when it is the same, or cannot be had now. */
  async #rerank(): Promise<WatchRecommendationsResponse | undefined> {
    this.#dirty = false;
    const answer = await this.#tryAsk(this.#query.request);
    this.#rankedMs = this.#options.clock.nowMs();
    this.#rankAgainMs = answer === undefined ? AGAIN_MS : RERANK_MS;
    if (answer === undefined) return undefined;
    this.#watermarkMs = answer.watermarkMs;
    return fingerprint(answer.items) === this.#shown ? undefined : this.#value(answer);
  }

  /** Waits until something is to be done. */
  async #quiet(): Promise<void> {
    const { clock, signal } = this.#options;
    signal.throwIfAborted();
    const dueMs = Math.min(
      QUIET_MS - this.#since(this.#sentMs),
      this.#rankAgainMs - this.#since(this.#rankedMs),
    );
    if (this.#dirty || dueMs <= 0) return;
    const wake = new AbortController();
    this.#wake = () => wake.abort();
    await sleepUnlessAborted(clock, dueMs, wake.signal);
    this.#wake = () => undefined;
    signal.throwIfAborted();
  }

  #behind(): boolean {
    return this.#dirty;
  }

  #ask(request: ServingRequest): Promise<ServingAnswer> {
    return this.#options.serving.ask(request, this.#options.signal);
  }

  async #tryAsk(request: ServingRequest): Promise<ServingAnswer | undefined> {
    try {
      return await this.#ask(request);
    } catch (error) {
      const passing =
        isServiceError(error) &&
        (error.reason === ErrorReason.RECOMMENDER_STARTING ||
          error.reason === ErrorReason.GATEWAY_SATURATED);
      if (passing) return undefined;
      throw error;
    }
  }

  #value(answer: ServingAnswer): WatchRecommendationsResponse {
    const nowMs = this.#options.clock.nowMs();
    this.#shown = fingerprint(answer.items);
    this.#watermarkMs = answer.watermarkMs;
    this.#rankedMs = nowMs;
    this.#sentMs = nowMs;
    return { event: { $case: 'value', value: listMessage(answer, nowMs) } };
  }

  #checkpoint(): WatchRecommendationsResponse {
    this.#sentMs = this.#options.clock.nowMs();
    const { resumeToken } = this.#query;
    const watermarkTime = new Date(this.#watermarkMs);
    return { event: { $case: 'checkpoint', value: { resumeToken, watermarkTime } } };
  }

  /** Milliseconds since then; a clock that was set back must not silence the watch. */
  #since(ms: number): number {
    return Math.abs(this.#options.clock.nowMs() - ms);
  }
}

/** Equal for lists that look equal to whoever reads them. */
function fingerprint(items: readonly RankedItem[]): string {
  return items.map(({ itemId, source, reason }) => `${itemId} ${source} ${reason}`).join('\n');
}
