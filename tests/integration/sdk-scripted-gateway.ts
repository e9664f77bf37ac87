import { setTimeout as delay } from 'node:timers/promises';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  EventStatus,
  IngestServiceDefinition,
  type EventResult,
  type PublishStreamRequest,
  type PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import {
  MetricsServiceDefinition,
  type MetricsServiceImplementation,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
import { createServer, type CallContext, type Server } from 'nice-grpc';
import { ServerError, Status } from 'nice-grpc-common';
import {
  ErrorInfo,
  RetryInfo,
  RichServerError,
  errorDetailsServerMiddleware,
} from 'nice-grpc-error-details';

/** What the gateway does with a batch that is due. */
export type Step =
  | 'accept'
  /** Breaks the stream; nothing of the batch is durable. */
  | 'break-before'
  /** Breaks the stream after the batch became durable: its answer is lost. */
  | 'break-after'
  /** Never answers. */
  | 'hang'
  | { readonly refuse: ErrorReason; readonly delayMs: number }
  | { readonly fail: ServerError };

export interface Script {
  /** Asked for every batch that is due (not for those behind a refusal); default accept. */
  readonly step?: (batch: PublishStreamRequest) => Step;
  /** Events to reject, by their bytes' content; default none. */
  readonly rejects?: (event: Event) => boolean;
  readonly credit?: () => { readonly batches: number; readonly bytes: number };
  /** Before each answer, in milliseconds; default 0. */
  readonly answerDelayMs?: number;
  /** Largest batch in events; larger ones are refused for good; default 500. */
  readonly eventsMax?: number;
  readonly metrics?: MetricsServiceImplementation;
  /** Called first for every call. */
  readonly authorize?: (context: CallContext) => void;
}

/** A batch as it arrived, answered or not. */
export interface Arrival {
  readonly stream: number;
  readonly batchNumber: number;
  readonly clientId: string;
  readonly eventIds: readonly string[];
  /** Bytes of the encoded events. */
  readonly bytes: number;
}

/** A gateway in the test's process that keeps the contract's promises and has the faults that the script says. */
export interface ScriptedGateway {
  readonly endpoint: string;
  readonly port: number;
  /** Durable events in the order in which they became so. */
  readonly log: readonly Event[];
  readonly rejected: ReadonlySet<string>;
  readonly arrivals: readonly Arrival[];
  /** Most batches that were unanswered at once. */
  readonly inFlightPeak: number;
  /** Publish streams opened. */
  readonly streams: number;
  readonly unaryCalls: number;
  /** Publish streams that the client ended in order. */
  readonly endedStreams: number;
  close(): Promise<void>;
}

interface State {
  readonly log: Event[];
  readonly places: Map<string, bigint>;
  readonly rejected: Set<string>;
  readonly arrivals: Arrival[];
  inFlightPeak: number;
  streams: number;
  unaryCalls: number;
  endedStreams: number;
}

const NO_METRICS: MetricsServiceImplementation = {
  listMetrics: () => Promise.resolve({}),
  queryMetrics: () => Promise.resolve({}),
  // eslint-disable-next-line require-yield
  async *watchMetrics() {
    throw new ServerError(Status.UNIMPLEMENTED, 'no metrics in this script');
  },
};

export async function startScriptedGateway(
  script: Script = {},
  port = 0,
): Promise<ScriptedGateway> {
  const state: State = {
    log: [],
    places: new Map(),
    rejected: new Set(),
    arrivals: [],
    inFlightPeak: 0,
    streams: 0,
    unaryCalls: 0,
    endedStreams: 0,
  };
  const server: Server = createServer().use(errorDetailsServerMiddleware);
  server.add(IngestServiceDefinition, {
    publish(request, context) {
      script.authorize?.(context);
      state.unaryCalls += 1;
      if (request.events.length > (script.eventsMax ?? 500)) throw tooLarge();
      return Promise.resolve({
        results: request.events.map((one) => resultOf(one, state, script)),
      });
    },
    publishStream: (requests, context) => {
      script.authorize?.(context);
      return answerStream(requests, state, script);
    },
  });
  server.add(MetricsServiceDefinition, script.metrics ?? NO_METRICS);
  const bound = await server.listen(`127.0.0.1:${port}`);
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    log: state.log,
    rejected: state.rejected,
    arrivals: state.arrivals,
    get inFlightPeak() {
      return state.inFlightPeak;
    },
    get streams() {
      return state.streams;
    },
    get endedStreams() {
      return state.endedStreams;
    },
    get unaryCalls() {
      return state.unaryCalls;
    },
    close: async () => {
      server.forceShutdown();
      await server.shutdown();
    },
  };
}

async function* answerStream(
  requests: AsyncIterable<PublishStreamRequest>,
  state: State,
  script: Script,
): AsyncGenerator<PublishStreamResponse, void, undefined> {
  state.streams += 1;
  const stream = state.streams;
  let expected: bigint | undefined;
  const arrived = countArrivals(requests, state, stream);
  for await (const batch of arrived.batches) {
    const credit = creditOf(script);
    if (expected !== undefined && batch.batchNumber !== expected) {
      arrived.answered();
      yield refusal(batch, ErrorReason.BATCH_OUT_OF_ORDER, { expected, delayMs: 0, credit });
      continue;
    }
    const step = dueStep(batch, script);
    if (script.answerDelayMs !== undefined) await delay(script.answerDelayMs);
    if (step === 'hang') await new Promise<never>(() => undefined);
    if (typeof step === 'object' && 'fail' in step) throw step.fail;
    if (step === 'break-before') throw new ServerError(Status.UNAVAILABLE, 'scripted break before');
    if (typeof step === 'object') {
      expected = batch.batchNumber;
      arrived.answered();
      yield refusal(batch, step.refuse, { expected, delayMs: step.delayMs, credit });
      continue;
    }
    const results = batch.events.map((event) => resultOf(event, state, script));
    if (step === 'break-after') throw new ServerError(Status.UNAVAILABLE, 'scripted break after');
    expected = batch.batchNumber + 1n;
    arrived.answered();
    yield {
      batchNumber: batch.batchNumber,
      outcome: { $case: 'accepted', value: { results } },
      credit,
    };
  }
}

function dueStep(batch: PublishStreamRequest, script: Script): Step {
  if (batch.events.length > (script.eventsMax ?? 500)) {
    return { refuse: ErrorReason.BATCH_TOO_LARGE, delayMs: 0 };
  }
  return script.step?.(batch) ?? 'accept';
}

/** Reads ahead, as a real gateway does, so that what is in flight can be counted. */
function countArrivals(
  requests: AsyncIterable<PublishStreamRequest>,
  state: State,
  stream: number,
) {
  let unanswered = 0;
  const waiting: PublishStreamRequest[] = [];
  let wake: () => void = () => undefined;
  let ended: { readonly error?: unknown } | undefined;
  void (async () => {
    try {
      for await (const batch of requests) {
        unanswered += 1;
        state.inFlightPeak = Math.max(state.inFlightPeak, unanswered);
        state.arrivals.push({
          stream,
          batchNumber: Number(batch.batchNumber),
          clientId: batch.clientId,
          eventIds: batch.events.map((event) => event.eventId),
          bytes: batch.events.reduce((sum, one) => sum + Event.encode(one).finish().length, 0),
        });
        waiting.push(batch);
        wake();
      }
      ended = {};
      state.endedStreams += 1;
    } catch (error) {
      ended = { error };
    }
    wake();
  })();
  async function* batches(): AsyncGenerator<PublishStreamRequest, void, undefined> {
    for (;;) {
      const batch = waiting.shift();
      if (batch !== undefined) yield batch;
      else if (ended !== undefined) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    batches: batches(),
    answered: () => {
      unanswered -= 1;
    },
  };
}

function resultOf(event: Event, state: State, script: Script): EventResult {
  const { eventId } = event;
  const known = state.places.get(eventId);
  const position = { stream: Stream.USER_ACTIVITY, partition: 0, offset: known ?? 0n };
  if (known !== undefined) {
    return { status: EventStatus.DUPLICATE, position, rejection: undefined };
  }
  if (script.rejects?.(event) === true) {
    state.rejected.add(eventId);
    const rejection = {
      reason: ErrorReason.OCCUR_TIME_IN_FUTURE,
      field: 'occur_time',
      rule: '',
      message: 'occur_time is too far ahead: check the clock',
    };
    return { status: EventStatus.REJECTED, position: undefined, rejection };
  }
  const offset = BigInt(state.log.length);
  state.log.push(event);
  state.places.set(eventId, offset);
  return {
    status: EventStatus.ACCEPTED,
    position: { ...position, offset },
    rejection: undefined,
  };
}

function refusal(
  batch: PublishStreamRequest,
  reason: ErrorReason,
  more: {
    readonly expected: bigint;
    readonly delayMs: number;
    readonly credit: PublishStreamResponse['credit'];
  },
): PublishStreamResponse {
  const { expected, delayMs, credit } = more;
  const value = {
    reason,
    retryDelay: { seconds: 0n, nanos: delayMs * 1_000_000 },
    message: `scripted ${ErrorReason[reason]}`,
    expectedBatchNumber: expected,
  };
  return { batchNumber: batch.batchNumber, outcome: { $case: 'refused', value }, credit };
}

function creditOf(script: Script): { batches: number; bytes: bigint } {
  const { batches, bytes } = script.credit?.() ?? { batches: 4, bytes: 1 << 20 };
  return { batches, bytes: BigInt(bytes) };
}

function tooLarge(): Error {
  return richError(Status.INVALID_ARGUMENT, 'BATCH_TOO_LARGE', { message: 'too many events' });
}

/** A status with the details that the real gateway sends. */
export function richError(
  code: Status,
  reason: string,
  more: {
    readonly message: string;
    readonly metadata?: Record<string, string>;
    readonly retryDelayMs?: number;
  },
): RichServerError {
  const { message, metadata = {}, retryDelayMs } = more;
  const info = ErrorInfo.fromPartial({ reason, domain: 'bytebasket.dev', metadata });
  const retry =
    retryDelayMs === undefined
      ? []
      : [
          RetryInfo.fromPartial({
            retryDelay: {
              seconds: Math.floor(retryDelayMs / 1_000),
              nanos: (retryDelayMs % 1_000) * 1_000_000,
            },
          }),
        ];
  return new RichServerError(code, message, [info, ...retry]);
}
