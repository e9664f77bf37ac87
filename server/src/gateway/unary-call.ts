import type { CallContext, Metadata } from 'nice-grpc-common';
import { malformedMessage } from './error-mapping.js';
import { LiveCall } from './live-call.js';
import type { CallStart } from './live-call.js';
import { MalformedRequest } from './method-table.js';
import type { Caller, ServiceContext } from './service-module.js';

/** Starts the handler and gives its one answer. */
export type UnaryNext<Response> = (context: ServiceContext) => Promise<Response>;

/** nice-grpc's context with ours. A class with fields, so that every call has the same hidden class; the signal is lazy. */
class UnaryContext implements ServiceContext {
  readonly caller: Caller;
  readonly deadlineMs: number | undefined;
  readonly metadata: Metadata;
  readonly peer: string;
  readonly sendHeader: () => void;
  readonly #call: LiveCall;
  readonly #context: CallContext;

  constructor(call: LiveCall, context: CallContext) {
    this.#call = call;
    this.caller = call.caller;
    this.deadlineMs = call.deadlineMs;
    this.metadata = context.metadata;
    this.peer = context.peer;
    this.sendHeader = context.sendHeader;
    this.#context = context;
  }

  get header(): Metadata {
    return this.#context.header;
  }

  get trailer(): Metadata {
    return this.#context.trailer;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

/**
 * Runs a method that answers once. Resolves with the answer or rejects with what leaves; at the deadline it rejects at
 * once, also when the handler does not look at its signal.
 */
export function runUnary<Response>(
  start: CallStart,
  request: unknown,
  next: UnaryNext<Response>,
): Promise<Response> {
  const { method, context } = start;
  const call = new LiveCall(start);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(call.fail(error));
    };
    try {
      call.admit(fail);
      if (request instanceof MalformedRequest) {
        throw malformedMessage(method.entry.method, request.error);
      }
      next(new UnaryContext(call, context)).then((response) => {
        call.succeed();
        resolve(response);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}
