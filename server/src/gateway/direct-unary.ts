import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { Status } from 'nice-grpc-common';
import type { ServerError } from 'nice-grpc-common';
import type { TransportEnd } from './call-interceptor.js';
import { messageTooLarge } from './call-interceptor.js';
import { DirectContext } from './direct-context.js';
import { DETAILS_KEY, toWireError } from './error-details.js';
import { deadlineExceeded, internalError } from './error-mapping.js';
import type { Gate, GatedMethod } from './gate.js';
import type { ServiceError } from './service-error.js';
import type { ServiceContext } from './service-module.js';
import { runUnary } from './unary-call.js';

/** A unary method that is served without grpc-js. */
export interface DirectMethod {
  readonly gated: GatedMethod;
  /** Gives a MalformedRequest where it cannot decode; does not throw. */
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (response: unknown) => Uint8Array;
  readonly handle: (request: unknown, context: ServiceContext) => Promise<unknown>;
}

export interface DirectUnaryOptions {
  readonly gate: Gate;
  /** By path. */
  readonly methods: ReadonlyMap<string, DirectMethod>;
  readonly onTransportEnd: TransportEnd;
}

/** Serves a stream and says true, or leaves it as it is and says false. */
export type DirectServer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

const PREFIX_BYTES = 5;
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 } as const;
const TIMER_MS_MAX = 2 ** 31 - 1;

const RESPONSE_HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
  'grpc-encoding': 'identity',
};
const WITH_TRAILERS = { waitForTrailers: true } as const;
const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': Status.OK, 'grpc-message': 'OK' };

/**
 * Serves plain unary calls straight from their HTTP/2 streams: grpc-js and nice-grpc together spend 50 µs on each, this
 * less than half. The answers are the same. Whatever is not plain (another content type, compression, a timeout
 * that is none) is left to grpc-js, and so are streams.
 */
export function directUnary(options: DirectUnaryOptions): DirectServer {
  // The socket of a session is behind a proxy, and asking it costs 1 µs.
  const peers = new WeakMap<Http2Session, string>();
  const peerOf = (session: Http2Session | undefined): string => {
    if (session === undefined) return 'unknown';
    const known = peers.get(session);
    if (known !== undefined) return known;
    const peer = addressOf(session);
    peers.set(session, peer);
    return peer;
  };
  return (stream, headers) => {
    const method = options.methods.get(headers[':path'] ?? '');
    if (method === undefined || !plain(headers)) return false;
    const peer = peerOf(stream.session);
    new DirectCall(options, method, { stream, headers, peer }).begin();
    return true;
  };
}

function addressOf({ socket }: Http2Session): string {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${String(remotePort)}`;
}

function plain(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  if (type !== 'application/grpc' && type !== 'application/grpc+proto') return false;
  if (headers[':method'] !== 'POST') return false;
  const encoding = headers['grpc-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return false;
  const timeout = headers['grpc-timeout'];
  return timeout === undefined || (typeof timeout === 'string' && TIMEOUT.test(timeout));
}

/** Whole milliseconds of a `grpc-timeout`. */
function timeoutMs(header: string): number {
  const [, digits = '0', unit = 'S'] = TIMEOUT.exec(header) ?? [];
  const ms = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return Math.min(TIMER_MS_MAX, Math.floor(ms));
}

interface ArrivedStream {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly peer: string;
}

/** One call from its headers to its status. */
class DirectCall {
  readonly #options: DirectUnaryOptions;
  readonly #method: DirectMethod;
  readonly #stream: ServerHttp2Stream;
  readonly #context: DirectContext;
  readonly #limitMs: number | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes of prefix and message; 0 while unknown. */
  #expected = 0;
  #headerSent = false;
  #ended = false;

  constructor(
    options: DirectUnaryOptions,
    method: DirectMethod,
    { stream, headers, peer }: ArrivedStream,
  ) {
    this.#options = options;
    this.#method = method;
    this.#stream = stream;
    const timeout = headers['grpc-timeout'];
    this.#limitMs = typeof timeout === 'string' ? timeoutMs(timeout) : undefined;
    const deadline = this.#limitMs === undefined ? undefined : Date.now() + this.#limitMs;
    this.#context = new DirectContext({ headers, peer, deadline }, () => {
      this.#sendOwnHeader();
    });
  }

  begin(): void {
    const stream = this.#stream;
    // Its close follows, and there is nobody left to tell.
    stream.on('error', nothing);
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    stream.on('end', () => {
      this.#run();
    });
    stream.on('close', () => {
      this.#leave();
    });
    if (this.#limitMs === undefined) return;
    const limitMs = this.#limitMs;
    this.#deadline = setTimeout(() => {
      this.#context.cancel();
      this.#refuse(deadlineExceeded(limitMs));
    }, limitMs);
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#expected === 0 && this.#received >= PREFIX_BYTES) {
      const bytes = this.#joined().readUInt32BE(1);
      const { receiveBytesMax } = this.#options.gate.limits;
      if (bytes > receiveBytesMax) {
        const error = messageTooLarge(bytes, receiveBytesMax);
        this.#options.onTransportEnd(error.reason);
        this.#refuse(error);
        return;
      }
      this.#expected = PREFIX_BYTES + bytes;
    }
    if (this.#expected > 0 && this.#received > this.#expected) this.#unimplemented('a second');
  }

  #joined(): Buffer {
    const [first, ...others] = this.#chunks;
    if (first !== undefined && others.length === 0) return first;
    const whole = Buffer.concat(this.#chunks, this.#received);
    this.#chunks = [whole];
    return whole;
  }

  /** The client has sent all. */
  #run(): void {
    if (this.#ended) return;
    if (this.#expected === 0 || this.#received < this.#expected) {
      this.#unimplemented('no');
      return;
    }
    // A copy, where one chunk came: that is a piece of all that its connection read at once, and would keep it alive.
    const frame = this.#chunks.length === 1 ? Buffer.from(this.#joined()) : this.#joined();
    this.#chunks = [];
    const method = this.#method;
    const request = method.decode(frame.subarray(PREFIX_BYTES));
    const context = this.#context;
    const start = { gate: this.#options.gate, method: method.gated, context };
    runUnary(start, request, (extended) => method.handle(request, extended)).then(
      (response) => {
        this.#answer(response);
      },
      (error: unknown) => {
        // LiveCall made it.
        this.#fail(error as ServerError);
      },
    );
  }

  #answer(response: unknown): void {
    if (!this.#end()) return;
    let message: Uint8Array;
    try {
      message = this.#method.encode(response);
    } catch (error) {
      this.#giveUp(internalError(error));
      return;
    }
    const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
    frame[0] = 0;
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, PREFIX_BYTES);
    this.#sendHeader();
    const fields = this.#context.trailerFields();
    this.#endWith(fields === undefined ? OK_TRAILERS : { ...OK_TRAILERS, ...fields }, frame);
  }

  #fail(error: ServerError): void {
    if (!this.#end()) return;
    this.#sendOwnHeader();
    this.#status(error.code, error.details, this.#context.trailerFields());
  }

  /** Ends the call for a reason of the transport. */
  #refuse(error: ServiceError): void {
    if (this.#end()) this.#sendError(error);
  }

  /** Ends a call whose answer cannot be sent. */
  #giveUp(error: ServiceError): void {
    const incident = error.metadata['incident'] ?? '';
    this.#options.gate.log.incident(incident, this.#method.gated.entry.path, error.cause);
    this.#sendError(error);
  }

  #sendError(error: ServiceError): void {
    const { error: status, details } = toWireError(error);
    const fields = { [DETAILS_KEY]: Buffer.from(details).toString('base64') };
    this.#status(status.code, status.details, fields);
  }

  #unimplemented(what: string): void {
    if (!this.#end()) return;
    const { path } = this.#method.gated.entry;
    this.#status(Status.UNIMPLEMENTED, `Received ${what} request message for unary method ${path}`);
  }

  #status(code: Status, details: string, fields?: Record<string, unknown>): void {
    const status = { 'grpc-status': code, 'grpc-message': encodeURI(details), ...fields };
    if (this.#headerSent) {
      this.#endWith(status);
      return;
    }
    const only = {
      ...status,
      ':status': 200,
      'content-type': 'application/grpc+proto',
    } as OutgoingHttpHeaders;
    this.#stream.respond(only, { endStream: true });
  }

  #endWith(trailers: Record<string, unknown>, frame?: Buffer): void {
    const stream = this.#stream;
    stream.once('wantTrailers', () => {
      stream.sendTrailers(trailers as OutgoingHttpHeaders);
    });
    if (frame === undefined) stream.end();
    else stream.end(frame);
  }

  /** Sends the header if the service put something into it. */
  #sendOwnHeader(): void {
    if (this.#context.headerFields() !== undefined) this.#sendHeader();
  }

  #sendHeader(): void {
    if (this.#headerSent || !this.#open()) return;
    this.#headerSent = true;
    const fields = this.#context.headerFields() as OutgoingHttpHeaders | undefined;
    const headers = fields === undefined ? RESPONSE_HEADERS : { ...RESPONSE_HEADERS, ...fields };
    this.#stream.respond(headers, WITH_TRAILERS);
  }

  #open(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  /** Whether the status may be sent now; true once. */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#chunks = [];
    clearTimeout(this.#deadline);
    return this.#open();
  }

  /** The stream is closed: a call that has no status yet was cancelled. */
  #leave(): void {
    if (this.#ended) return;
    this.#end();
    this.#context.cancel();
  }
}

function nothing(): void {
  // See where it is used.
}
