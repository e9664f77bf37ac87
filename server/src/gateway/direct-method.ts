import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { TransportEnd } from './call-interceptor.js';
import type { Gate, GatedMethod } from './gate.js';
import type { ServiceContext } from './service-module.js';

interface DirectCodec {
  readonly gated: GatedMethod;
  /** Gives a MalformedRequest where it cannot decode; does not throw. */
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (response: unknown) => Uint8Array;
}

export interface DirectUnaryMethod extends DirectCodec {
  readonly kind: 'unary';
  readonly handle: (request: unknown, context: ServiceContext) => Promise<unknown>;
}

/** A method with a stream of requests and one of responses. */
export interface DirectStreamMethod extends DirectCodec {
  readonly kind: 'bidi_stream';
  readonly handle: (
    requests: AsyncIterable<unknown>,
    context: ServiceContext,
  ) => AsyncIterable<unknown>;
}

/** A method that is served without grpc-js. */
export type DirectMethod = DirectUnaryMethod | DirectStreamMethod;

/** A call that has just arrived. */
export interface DirectArrival {
  readonly gate: Gate;
  readonly onTransportEnd: TransportEnd;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly peer: string;
  /** The client's own deadline, milliseconds from now. */
  readonly limitMs: number | undefined;
}
