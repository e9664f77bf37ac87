import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Clock } from '../../ports/clock.js';
import type { EventLog } from '../../ports/event-log.js';
import { ServiceError } from '../service-error.js';
import { ChangeStream, checkOffsets } from './change-stream.js';
import type { PlacedChange, UpdateHub } from './update-hub.js';

const TICK_MS = 1_000;
const LIMITS: ChangeLimits = { subscribersMax: 1_000, waitingMax: 1_024, stallMs: 5_000 };

/** Bounds of the streams of one service. */
export interface ChangeLimits {
  /** Streams at a time, 1 or more; default 1,000. */
  readonly subscribersMax: number;
  /** Changes that wait for one subscriber, 1 or more; default 1,024. Past it he is served from the log, at his own pace … */
  readonly waitingMax: number;
  /** … unless he has taken nothing for this long, milliseconds, 0 or more: then he is cut off. Default 5,000. */
  readonly stallMs: number;
}

/** Changes in the order of each updates partition, 1 to 100, with the place behind the last of them. */
export interface ChangeBatch {
  readonly kind: 'changes';
  readonly changes: readonly PlacedChange[];
  /** Next offset per partition of `updates`: what a resume token holds. */
  readonly offsets: readonly number[];
}

/** A place at which everything before was delivered. */
export interface ChangeCheckpoint {
  readonly kind: 'checkpoint';
  readonly offsets: readonly number[];
  /** Every record appended to the inputs up to this time (milliseconds) is in what was delivered; 0: not known. */
  readonly watermarkMs: number;
}

export type ChangeStep = ChangeBatch | ChangeCheckpoint;

export interface OpenChanges {
  /** The tables whose rows are watched, 1 or more. */
  readonly tables: readonly string[];
  /** The offsets of a resume token (`decodeResumeToken`); undefined begins now. */
  readonly from?: readonly number[] | undefined;
  /** Changes that the subscriber wants; default all. Quick, without effects. */
  readonly wanted?: ((change: PlacedChange) => boolean) | undefined;
  /** Of the call: ends the stream with its reason. */
  readonly signal: AbortSignal;
}

/** Resumable streams of changed rows, each from a place in `updates` or from now on, without gap or repeat. */
export interface ResumableChanges {
  /**
   * Opens a stream; resolves once its place is fixed: rows read from then on are as new as that place, and the stream
   * brings everything behind it. Iterate it once; `close` it when it is not iterated to its end.
   *
   * Steps: batches of changes, and checkpoints: one as soon as the stream has caught up with now, then at most one a
   * second after changes and at least one every 10 s; on the way there one a second. Ends with ServiceError
   * SUBSCRIBER_TOO_SLOW behind a last checkpoint for what was taken, RESUME_TOKEN_EXPIRED when `updates` no longer has
   * what comes next, SHUTTING_DOWN after `close`.
   *
   * Rejects with ServiceError TOO_MANY_SUBSCRIBERS, RESUME_TOKEN_EXPIRED (older than what `updates` keeps),
   * RESUME_TOKEN_INVALID (not of this log), or SHUTTING_DOWN.
   */
  open(options: OpenChanges): Promise<ChangeStream>;
  /** Ends all streams with SHUTTING_DOWN. The hub stays open. */
  close(): void;
}

export interface ResumableChangesOptions {
  /** Holds the topic `updates`. */
  readonly derived: EventLog;
  readonly hub: UpdateHub;
  readonly clock: Clock;
  readonly limits?: Partial<ChangeLimits> | undefined;
  /** Told of an update that cannot be read and is left out, and of a clock that fails. Default: nobody is told. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** Makes the streams of one service over the hub that the process shares. */
export function openResumableChanges(options: ResumableChangesOptions): ResumableChanges {
  const { clock, derived } = options;
  const limits = { ...LIMITS, ...options.limits };
  const onFailure = options.onFailure ?? ((): void => undefined);
  const streams = new Set<ChangeStream>();
  const stop = new AbortController();
  let ticking = false;

  async function tickOn(): Promise<void> {
    try {
      while (streams.size > 0) {
        await clock.sleep(TICK_MS, stop.signal);
        for (const stream of streams) stream.tick();
      }
    } catch (error) {
      if (!stop.signal.aborted) onFailure(error);
    } finally {
      ticking = false;
    }
  }

  function admit(): void {
    if (stop.signal.aborted) throw shuttingDown();
    if (streams.size < limits.subscribersMax) return;
    const limit = String(limits.subscribersMax);
    const text = `the gateway serves ${limit} subscriptions, as many as it may: try again later`;
    throw new ServiceError(ErrorReason.TOO_MANY_SUBSCRIBERS, text, { metadata: { limit } });
  }

  return {
    async open(request) {
      admit();
      const stream: ChangeStream = new ChangeStream({
        ...options,
        request,
        limits,
        onFailure,
        onEnd: () => streams.delete(stream),
      });
      streams.add(stream);
      try {
        if (request.from !== undefined) await checkOffsets(derived, request.from);
        await stream.join();
      } catch (error) {
        stream.close();
        throw error;
      }
      if (!ticking) {
        ticking = true;
        void tickOn();
      }
      return stream;
    },
    close() {
      stop.abort();
      for (const stream of [...streams]) stream.end(shuttingDown());
    },
  };
}

function shuttingDown(): ServiceError {
  return new ServiceError(ErrorReason.SHUTTING_DOWN, 'the gateway is stopping: reconnect');
}
