import { Status } from 'nice-grpc-common';
import type { ServerError } from 'nice-grpc-common';
import { DirectAnswer, framed } from './direct-answer.js';
import { DirectContext } from './direct-context.js';
import { FrameReader } from './direct-frames.js';
import type { DirectArrival, DirectUnaryMethod } from './direct-method.js';
import { deadlineExceeded, internalError } from './error-mapping.js';
import { isServiceError } from './service-error.js';
import { runUnary } from './unary-call.js';

/** One unary call from its headers to its status. */
export class DirectUnary {
  readonly #arrival: DirectArrival;
  readonly #method: DirectUnaryMethod;
  readonly #context: DirectContext;
  readonly #answer: DirectAnswer;
  readonly #frames: FrameReader;
  #message: Buffer | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(arrival: DirectArrival, method: DirectUnaryMethod) {
    const { stream, gate } = arrival;
    this.#arrival = arrival;
    this.#method = method;
    this.#context = new DirectContext(arrival, () => {
      this.#answer.sendOwnHeader();
    });
    this.#answer = new DirectAnswer(stream, this.#context);
    this.#frames = new FrameReader(gate.limits.receiveBytesMax);
  }

  begin(): void {
    const { stream, limitMs } = this.#arrival;
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
    if (limitMs === undefined) return;
    this.#deadline = setTimeout(() => {
      this.#context.cancel();
      this.#answer.refuse(deadlineExceeded(limitMs));
    }, limitMs);
  }

  #take(chunk: Buffer): void {
    if (this.#answer.ended) return;
    try {
      this.#frames.add(chunk);
      this.#message ??= this.#frames.take();
    } catch (error) {
      if (!isServiceError(error)) throw error;
      this.#arrival.onTransportEnd(error.reason);
      this.#end();
      this.#answer.refuse(error);
      return;
    }
    if (this.#message !== undefined && this.#frames.partial) this.#unimplemented('a second');
  }

  /** The client has sent all. */
  #run(): void {
    if (this.#answer.ended) return;
    const message = this.#message;
    if (message === undefined) {
      this.#unimplemented('no');
      return;
    }
    this.#message = undefined;
    const method = this.#method;
    const request = method.decode(message);
    const { gate } = this.#arrival;
    const start = { gate, method: method.gated, context: this.#context };
    runUnary(start, request, (extended) => method.handle(request, extended)).then(
      (response) => {
        this.#succeed(response);
      },
      (error: unknown) => {
        // LiveCall made it.
        const { code, details } = error as ServerError;
        this.#end();
        this.#answer.fail(code, details);
      },
    );
  }

  #succeed(response: unknown): void {
    this.#end();
    if (this.#answer.ended) return;
    let frame: Buffer;
    try {
      frame = framed(this.#method.encode(response));
    } catch (error) {
      const internal = internalError(error);
      const incident = internal.metadata['incident'] ?? '';
      this.#arrival.gate.log.incident(incident, this.#method.gated.entry.path, error);
      this.#answer.refuse(internal);
      return;
    }
    this.#answer.finish(frame);
  }

  #unimplemented(what: string): void {
    this.#end();
    const { path } = this.#method.gated.entry;
    const details = `Received ${what} request message for unary method ${path}`;
    this.#answer.fail(Status.UNIMPLEMENTED, details);
  }

  #end(): void {
    this.#message = undefined;
    clearTimeout(this.#deadline);
  }

  /** The stream is closed: a call that has no status yet was cancelled. */
  #leave(): void {
    this.#end();
    if (!this.#answer.answered) this.#context.cancel();
    this.#answer.end();
  }
}

function nothing(): void {
  // See where it is used.
}
