import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Status } from 'nice-grpc-common';
import type { DirectContext } from './direct-context.js';
import { DETAILS_KEY, toWireError } from './error-details.js';
import type { ServiceError } from './service-error.js';

/** In front of every message: whether it is compressed, and its length in four bytes. */
export const PREFIX_BYTES = 5;

const RESPONSE_HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
  'grpc-encoding': 'identity',
};
const WITH_TRAILERS = { waitForTrailers: true } as const;
const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': Status.OK, 'grpc-message': 'OK' };

/** A message with its prefix. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** The answering side of a call: header, messages, one status. */
export class DirectAnswer {
  readonly #stream: ServerHttp2Stream;
  readonly #context: DirectContext;
  #headerSent = false;
  #ended = false;

  constructor(stream: ServerHttp2Stream, context: DirectContext) {
    this.#stream = stream;
    this.#context = context;
  }

  /** Whether the status was sent, or the right to send it taken. */
  get answered(): boolean {
    return this.#ended;
  }

  /** Whether nothing more may be sent: the status was, or the stream is closed. */
  get ended(): boolean {
    return this.#ended || !this.#open();
  }

  #open(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  /** Sends the header if the service put something into it. */
  sendOwnHeader(): void {
    if (this.#context.headerFields() !== undefined) this.#sendHeader();
  }

  #sendHeader(): void {
    if (this.#headerSent || !this.#open()) return;
    this.#headerSent = true;
    const fields = this.#context.headerFields() as OutgoingHttpHeaders | undefined;
    const headers = fields === undefined ? RESPONSE_HEADERS : { ...RESPONSE_HEADERS, ...fields };
    this.#stream.respond(headers, WITH_TRAILERS);
  }

  /** Sends a framed message; false asks to wait until the stream drains. */
  send(frame: Buffer): boolean {
    if (this.ended) return true;
    this.#sendHeader();
    return this.#stream.write(frame);
  }

  /** Ends a call that succeeded, with its last message. */
  finish(frame?: Buffer): void {
    if (!this.end()) return;
    if (frame === undefined) this.sendOwnHeader();
    else this.#sendHeader();
    const fields = this.#context.trailerFields();
    const trailers = fields === undefined ? OK_TRAILERS : { ...OK_TRAILERS, ...fields };
    if (this.#headerSent) this.#endWith(trailers, frame);
    else this.#sendOnly(trailers);
  }

  /** Ends a call that failed. */
  fail(code: Status, details: string): void {
    if (!this.end()) return;
    this.sendOwnHeader();
    this.#sendStatus(code, details, this.#context.trailerFields());
  }

  /** Ends a call for a reason that its service does not know. */
  refuse(error: ServiceError): void {
    if (this.end()) this.refuseEnded(error);
  }

  /** As `refuse`, after `end`. */
  refuseEnded(source: ServiceError): void {
    const { error, details } = toWireError(source);
    const fields = { [DETAILS_KEY]: Buffer.from(details).toString('base64') };
    this.#sendStatus(error.code, error.details, fields);
  }

  /** Takes the right to send the status: true once, if the stream is still open. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    return this.#open();
  }

  #sendStatus(code: Status, details: string, fields?: Record<string, unknown>): void {
    const status = { 'grpc-status': code, 'grpc-message': encodeURI(details), ...fields };
    if (this.#headerSent) this.#endWith(status);
    else this.#sendOnly(status);
  }

  #sendOnly(status: Record<string, unknown>): void {
    const head = { ':status': 200, 'content-type': 'application/grpc+proto' };
    this.#stream.respond({ ...status, ...head }, { endStream: true });
  }

  #endWith(trailers: Record<string, unknown>, frame?: Buffer): void {
    const stream = this.#stream;
    stream.once('wantTrailers', () => {
      stream.sendTrailers(trailers as OutgoingHttpHeaders);
    });
    if (frame === undefined) stream.end();
    else stream.end(frame);
  }
}
