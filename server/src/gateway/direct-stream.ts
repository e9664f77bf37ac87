import type { CallContext, ServerError } from 'nice-grpc-common';
import { DirectAnswer, framed } from './direct-answer.js';
import { DirectContext } from './direct-context.js';
import { FrameReader } from './direct-frames.js';
import type { DirectArrival, DirectStreamMethod } from './direct-method.js';
import { deadlineExceeded } from './error-mapping.js';
import type { ServiceError } from './service-error.js';
import { isServiceError } from './service-error.js';
import { StreamRun } from './stream-call.js';

/** One call with a stream of requests and one of responses, from its headers to its status. */
export class DirectStream {
  readonly #arrival: DirectArrival;
  readonly #method: DirectStreamMethod;
  readonly #context: DirectContext;
  readonly #answer: DirectAnswer;
  readonly #requests: RequestQueue;
  #deadline: NodeJS.Timeout | undefined;

  constructor(arrival: DirectArrival, method: DirectStreamMethod) {
    this.#arrival = arrival;
    this.#method = method;
    this.#context = new DirectContext(arrival, () => {
      this.#answer.sendOwnHeader();
    });
    this.#answer = new DirectAnswer(arrival.stream, this.#context);
    this.#requests = new RequestQueue(arrival, method.decode, (error) => {
      arrival.onTransportEnd(error.reason);
      this.#cut(error);
    });
  }

  begin(): void {
    const { stream, limitMs } = this.#arrival;
    // Its close follows, and there is nobody left to tell.
    stream.on('error', nothing);
    stream.on('close', () => {
      clearTimeout(this.#deadline);
      if (!this.#answer.answered) this.#context.cancel();
      this.#answer.end();
      this.#requests.leave();
    });
    if (limitMs !== undefined) {
      this.#deadline = setTimeout(() => {
        this.#cut(deadlineExceeded(limitMs));
      }, limitMs);
    }
    void this.#run();
  }

  /** Ends the call for a reason of the transport. */
  #cut(error: ServiceError): void {
    this.#answer.refuse(error);
    this.#context.cancel();
    this.#requests.leave();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { gate } = this.#arrival;
    const context: CallContext = {
      metadata: this.#context.metadata,
      peer: this.#context.peer,
      header: this.#context.header,
      trailer: this.#context.trailer,
      sendHeader: this.#context.sendHeader,
      signal: this.#context.signal,
    };
    const start = { gate, method: this.#method.gated, context };
    const run = new StreamRun<unknown, unknown>(start, this.#requests, (requests, extended) =>
      generatorOf(this.#method.handle(requests as AsyncIterable<unknown>, extended)),
    );
    try {
      for (let step = await run.next(); step.done !== true; step = await run.next()) {
        const frame = await this.#encoded(run, step.value);
        // The run has put the call's own signal into the context by now.
        if (!this.#answer.send(frame)) await this.#drained(run, context.signal);
      }
      clearTimeout(this.#deadline);
      this.#answer.finish();
    } catch (error) {
      clearTimeout(this.#deadline);
      // LiveCall made it.
      const { code, details } = error as ServerError;
      this.#answer.fail(code, details);
    }
    this.#requests.leave();
  }

  async #encoded(run: StreamRun<unknown, unknown>, response: unknown): Promise<Buffer> {
    try {
      return framed(this.#method.encode(response));
    } catch (error) {
      // Rejects with what the call then ends with.
      await run.throw(error);
      throw error;
    }
  }

  /** Waits for a slow reader; throws what the call ends with when it ends meanwhile. */
  async #drained(run: StreamRun<unknown, unknown>, signal: AbortSignal): Promise<void> {
    const { stream } = this.#arrival;
    const aborted = await new Promise<boolean>((resolve) => {
      if (signal.aborted) {
        resolve(true);
        return;
      }
      const drained = (): void => {
        signal.removeEventListener('abort', abort);
        resolve(false);
      };
      const abort = (): void => {
        stream.off('drain', drained);
        resolve(true);
      };
      stream.once('drain', drained);
      signal.addEventListener('abort', abort, { once: true });
    });
    if (aborted) await run.return();
  }
}

/** The generator of a service that is written as one; others are wrapped in one. */
function generatorOf(responses: AsyncIterable<unknown>): AsyncGenerator<unknown, void, undefined> {
  const iterator = responses[Symbol.asyncIterator]() as Partial<AsyncGenerator<unknown, void>>;
  const whole = iterator.return !== undefined && iterator.throw !== undefined;
  return whole ? (iterator as AsyncGenerator<unknown, void, undefined>) : through(iterator);
}

async function* through(
  iterator: Partial<AsyncGenerator<unknown, void>>,
): AsyncGenerator<unknown, void, undefined> {
  yield* { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown, void> };
}

interface Waiting {
  readonly resolve: (step: IteratorResult<unknown, undefined>) => void;
}

const DONE = { done: true, value: undefined } as const;

/** The client's messages in order. It reads at most one message and a chunk ahead: a slow service slows its client. */
class RequestQueue implements AsyncIterable<unknown> {
  readonly #arrival: DirectArrival;
  readonly #decode: DirectStreamMethod['decode'];
  readonly #refused: (error: ServiceError) => void;
  readonly #frames: FrameReader;
  #waiting: Waiting | undefined;
  #paused = true;
  /** The client has sent all. */
  #ended = false;
  /** Nobody wants more. */
  #left = false;

  constructor(
    arrival: DirectArrival,
    decode: DirectStreamMethod['decode'],
    refused: (error: ServiceError) => void,
  ) {
    this.#arrival = arrival;
    this.#decode = decode;
    this.#refused = refused;
    this.#frames = new FrameReader(arrival.gate.limits.receiveBytesMax);
    const { stream } = arrival;
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    stream.pause();
    stream.on('end', () => {
      this.#ended = true;
      this.#give();
    });
  }

  #take(chunk: Buffer): void {
    if (this.#left) return;
    this.#guarded(() => {
      this.#frames.add(chunk);
      return undefined;
    });
    this.#give();
    this.#holdBack();
  }

  #holdBack(): void {
    if (!this.#frames.whole || this.#left) return;
    this.#paused = true;
    this.#arrival.stream.pause();
  }

  /** Runs a step of cutting; a message that is too large ends the call. */
  #guarded(step: () => Buffer | undefined): Buffer | undefined {
    try {
      return step();
    } catch (error) {
      if (!isServiceError(error)) throw error;
      this.#refused(error);
      return undefined;
    }
  }

  /** Gives the next message, or the end, to who waits for it. */
  #give(): void {
    const message = this.#next();
    if (message === undefined && !this.#ended && !this.#left) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(message === undefined ? DONE : { done: false, value: this.#decode(message) });
  }

  #next(): Buffer | undefined {
    if (this.#waiting === undefined || this.#left) return undefined;
    return this.#guarded(() => this.#frames.take());
  }

  /** Nothing more is given; what still comes is thrown away, so that the stream can close. */
  leave(): void {
    this.#left = true;
    this.#give();
    this.#arrival.stream.resume();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    return {
      next: () =>
        new Promise((resolve) => {
          this.#waiting = { resolve };
          this.#give();
          if (!this.#paused || this.#frames.whole) return;
          this.#paused = false;
          this.#arrival.stream.resume();
        }),
      return: () => {
        this.leave();
        return Promise.resolve(DONE);
      },
    };
  }
}

function nothing(): void {
  // See where it is used.
}
