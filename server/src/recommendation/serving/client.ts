import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../../gateway/service-error.js';
import {
  type FromServing,
  type ServingAnswer,
  type ServingRequest,
  type ToServing,
  visitorKeys,
  type VisitorIds,
} from './protocol.js';

/** Requests that may wait for their answers at a time. */
const IN_FLIGHT_MAX = 1_000;

/** The recommendation read model as the gateway sees it. */
export interface ServingClient {
  /**
   * Asks for a list. Throws ServiceError: RECOMMENDER_STARTING while the model is away or catches up, GATEWAY_SATURATED
   * beyond the bound of requests in flight. Rejects with the signal's reason when aborted.
   */
  ask(request: ServingRequest, signal?: AbortSignal): Promise<ServingAnswer>;
  /**
   * Calls `changed` after events of the visitor came into the model, and when the model came back after it was away. At
   * most once for each batch of events. Returns how to end it.
   */
  watch(visitor: VisitorIds, changed: () => void): () => void;
}

/** The client with the end where the serving thread is plugged in. */
export interface ServingConnection {
  readonly client: ServingClient;
  /** A serving thread began: `post` sends to it. */
  attach(post: (message: ToServing) => void): void;
  /** Takes a message of the attached thread. */
  receive(message: FromServing): void;
  /** It can answer now: whoever watches is called. */
  ready(): void;
  /** The thread is gone: what waits fails with RECOMMENDER_STARTING. */
  detach(): void;
}

interface InFlight {
  readonly resolve: (answer: ServingAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes a client that no thread is attached to yet. `inFlightMax`: 1 or more, default 1,000. */
export function openServingConnection(
  options: { readonly inFlightMax?: number | undefined } = {},
): ServingConnection {
  return new Connection(options.inFlightMax ?? IN_FLIGHT_MAX);
}

class Connection implements ServingConnection, ServingClient {
  readonly #inFlightMax: number;
  readonly #inFlight = new Map<number, InFlight>();
  readonly #watches = new Map<string, Set<() => void>>();
  #post: ((message: ToServing) => void) | undefined;
  #nextId = 1;

  constructor(inFlightMax: number) {
    this.#inFlightMax = inFlightMax;
  }

  get client(): ServingClient {
    return this;
  }

  attach(post: (message: ToServing) => void): void {
    this.#post = post;
    for (const visitor of this.#watches.keys()) post({ kind: 'watch', visitor });
  }

  detach(): void {
    this.#post = undefined;
    const waiting = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { reject } of waiting) reject(starting());
  }

  ready(): void {
    this.#tell(this.#watches.keys());
  }

  receive(message: FromServing): void {
    if (message.kind === 'changed') {
      this.#tell(message.visitors);
      return;
    }
    const waiting = this.#inFlight.get(message.id);
    this.#inFlight.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.answer);
    else if (message.kind === 'starting') waiting?.reject(starting());
    else waiting?.reject(new Error(`the recommender failed: ${message.message}`));
  }

  async ask(request: ServingRequest, signal?: AbortSignal): Promise<ServingAnswer> {
    signal?.throwIfAborted();
    const post = this.#post;
    if (post === undefined) throw starting();
    // Also what nobody waits for any more takes a place until it is answered: the thread's queue is what is bounded.
    if (this.#inFlight.size >= this.#inFlightMax) throw saturated(this.#inFlightMax);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<ServingAnswer>((resolve, reject) => {
      const aborted = (): void => {
        reject(asError(signal?.reason));
      };
      const done = (): void => signal?.removeEventListener('abort', aborted);
      this.#inFlight.set(id, {
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(asError(error));
        },
      });
      signal?.addEventListener('abort', aborted, { once: true });
      post({ kind: 'ask', id, request });
    });
  }

  watch(visitor: VisitorIds, changed: () => void): () => void {
    // A function of its own: the same `changed` may watch twice.
    const listener = (): void => changed();
    const keys = visitorKeys(visitor);
    for (const key of keys) {
      const listeners = this.#watches.get(key) ?? new Set();
      if (listeners.size === 0) this.#post?.({ kind: 'watch', visitor: key });
      this.#watches.set(key, listeners.add(listener));
    }
    return () => {
      for (const key of keys) {
        const listeners = this.#watches.get(key);
        if (listeners?.delete(listener) !== true || listeners.size > 0) continue;
        this.#watches.delete(key);
        this.#post?.({ kind: 'unwatch', visitor: key });
      }
    };
  }

  #tell(visitors: Iterable<string>): void {
    const listeners = new Set([...visitors].flatMap((key) => [...(this.#watches.get(key) ?? [])]));
    for (const listener of listeners) listener();
  }
}

function starting(): ServiceError {
  const text = 'the recommender is starting: send again after the delay';
  return new ServiceError(ErrorReason.RECOMMENDER_STARTING, text);
}

function saturated(limit: number): ServiceError {
  const text = `${limit} recommendations are being made, as many as may be: send again after the delay`;
  const metadata = { limit: String(limit) };
  return new ServiceError(ErrorReason.GATEWAY_SATURATED, text, { metadata });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the request was aborted', { cause: error });
}
