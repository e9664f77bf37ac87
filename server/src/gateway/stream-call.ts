import type { CallContext } from 'nice-grpc-common';
import { malformedMessage } from './error-mapping.js';
import type { Gate, GatedMethod, OpenStream } from './gate.js';
import { LiveCall } from './live-call.js';
import type { CallStart } from './live-call.js';
import { MalformedRequest } from './method-table.js';
import type { ServiceError } from './service-error.js';
import type { ServiceContext } from './service-module.js';

/** Starts the handler of a stream. */
export type StreamNext<Request, Response> = (
  request: Request | AsyncIterable<Request>,
  context: ServiceContext,
) => AsyncGenerator<Response, void, undefined>;

type Step<Response> = IteratorResult<Response, void>;

const DONE = { done: true, value: undefined } as const;

/**
 * Runs a method that answers with a stream: passes its messages on, and ends it with a typed error when the deadline
 * passes, the caller goes away or the gateway stops, also when the handler is not looking. A hand-written iterator: a generator
 * would cost two more promises for every message.
 */
export class StreamRun<Request, Response>
  implements AsyncGenerator<Response, void, undefined>, OpenStream
{
  readonly #gate: Gate;
  readonly #method: GatedMethod;
  readonly #context: CallContext;
  readonly #request: Request | AsyncIterable<Request>;
  readonly #start: StreamNext<Request, Response>;
  readonly #call: LiveCall;
  #inner: AsyncGenerator<Response, void, undefined> | undefined;
  #reject: ((error: Error) => void) | undefined;
  #error: Error | undefined;
  #ended = false;

  constructor(
    start: CallStart,
    request: Request | AsyncIterable<Request>,
    next: StreamNext<Request, Response>,
  ) {
    this.#gate = start.gate;
    this.#method = start.method;
    this.#context = start.context;
    this.#request = request;
    this.#start = next;
    this.#call = new LiveCall(start);
    this.#call.messages = 0;
  }

  next(): Promise<Step<Response>> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(DONE);
    let inner: AsyncGenerator<Response, void, undefined>;
    try {
      inner = this.#inner ??= this.#open();
    } catch (error) {
      return Promise.reject(this.#fail(error));
    }
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      inner.next().then(
        (step) => {
          this.#reject = undefined;
          if (this.#ended) return;
          if (step.done === true) this.#succeed();
          else this.#call.messages = (this.#call.messages ?? 0) + 1;
          resolve(step);
        },
        (error: unknown) => {
          this.#reject = undefined;
          if (!this.#ended) reject(this.#fail(error));
        },
      );
    });
  }

  #open(): AsyncGenerator<Response, void, undefined> {
    const { entry } = this.#method;
    this.#call.admit((error) => {
      this.terminate(error);
    });
    if (this.#request instanceof MalformedRequest) {
      throw malformedMessage(entry.method, this.#request.error);
    }
    this.#gate.streams.add(this);
    const outer = this.#context.signal;
    const { signal } = this.#call;
    outer.addEventListener('abort', () => {
      this.terminate(this.#call.goneError());
    });
    // nice-grpc waits for a slow reader with the signal it finds here, so ours has to stand here too.
    const context = Object.assign(this.#context, {
      signal,
      caller: this.#call.caller,
      deadlineMs: this.#call.deadlineMs,
    });
    const request =
      entry.type === 'bidi_stream'
        ? checkedRequests(this.#request as AsyncIterable<Request>, entry.method)
        : this.#request;
    return this.#start(request, context);
  }

  /** Ends the stream now with `error`; a pending read rejects, the handler's signal aborts, its generator is closed. */
  terminate(error: ServiceError): void {
    if (this.#ended) return;
    this.#call.abort(error);
    const failure = this.#fail(error);
    this.#reject?.(failure);
    this.#reject = undefined;
    this.#closeInner();
  }

  #closeInner(): void {
    this.#inner?.return().catch((error: unknown) => {
      // The stream has ended already and nobody waits for this; it may still be a mistake worth seeing.
      this.#gate.log.closing(this.#method.entry.path, error);
    });
  }

  #succeed(): void {
    this.#ended = true;
    this.#gate.streams.delete(this);
    this.#call.succeed();
  }

  #fail(error: unknown): Error {
    this.#ended = true;
    this.#gate.streams.delete(this);
    this.#error = this.#call.fail(error);
    return this.#error;
  }

  /** nice-grpc calls this when the caller went away, or when our signal woke it from waiting for a slow reader. */
  async return(): Promise<Step<Response>> {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#ended) this.terminate(this.#call.goneError());
    return DONE;
  }

  async throw(error: unknown): Promise<Step<Response>> {
    if (this.#ended) throw this.#error ?? error;
    const failure = this.#fail(error);
    this.#closeInner();
    throw failure;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Ends a client's stream with MALFORMED_MESSAGE at the first message that did not decode. */
export function checkedRequests<Request>(
  requests: AsyncIterable<Request>,
  method: string,
): AsyncIterable<Request> {
  return {
    [Symbol.asyncIterator]() {
      const inner = requests[Symbol.asyncIterator]();
      const check = (step: IteratorResult<Request>): IteratorResult<Request> => {
        if (step.value instanceof MalformedRequest) {
          throw malformedMessage(method, step.value.error);
        }
        return step;
      };
      return {
        next: () => inner.next().then(check),
        return: () => inner.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      };
    },
  };
}
