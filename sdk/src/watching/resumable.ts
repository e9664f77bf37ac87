import { isByteBasketError } from '../errors/byte-basket-error.js';
import { WatchGapError } from '../errors/errors.js';
import { streamMayRetry } from '../errors/from-call.js';
import { DeliveredVersions, type Version } from './delivered-versions.js';
import {
  reconnecting,
  type Reconnecting,
  type WatchScript,
  type WatchSettings,
} from './reconnecting.js';

/**
 * Things whose newest delivered version is remembered, about 8 MB. A break repeats at most what came since the last
 * checkpoint, which is 10 s old or younger.
 */
const THINGS_MAX = 50_000;

/** How a watch begins, ends, and what it does when it cannot go on without a gap. */
export interface ResumeOptions {
  /**
   * Token of a checkpoint of an earlier watch with the same filter: goes on behind it. What was delivered after that
   * checkpoint comes again. Default: from now.
   */
  readonly resumeToken?: string | undefined;
  /**
   * What happens when changes may be missing, because the break was longer than the gateway keeps changes, or came before the
   * first checkpoint: `error` (default) throws WatchGapError, `restart` tells it (`gap`) and begins anew.
   */
  readonly onGap?: 'error' | 'restart' | undefined;
  /** Ends the watch; the loop throws the signal's reason. Leaving the loop with `break` ends it too. */
  readonly signal?: AbortSignal | undefined;
}

/** What a watch that resumes delivers. */
export type WatchUpdate<Value> =
  /** A change, once each. */
  | { readonly type: 'value'; readonly value: Value }
  /** Every event appended to the log up to `watermarkTime` is in the values delivered. At least every 10 seconds. */
  | {
      readonly type: 'checkpoint';
      readonly watermarkTime: Date | undefined;
      /** For `resumeToken`, also in another process. */
      readonly resumeToken: string;
    }
  /** Only with `onGap: 'restart'`: changes since `watermarkTime` may be missing; the watch begins anew. */
  | {
      readonly type: 'gap';
      readonly error: WatchGapError;
      readonly watermarkTime: Date | undefined;
    }
  /** The stream broke. After `delayMs` it goes on behind the last checkpoint; what was delivered is not delivered again. */
  | Reconnecting;

/** The answers of all resumable watches have this form. */
export interface ResumableAnswer<Wire> {
  readonly event?:
    | { readonly $case: 'value'; readonly value: Wire }
    | {
        readonly $case: 'checkpoint';
        readonly value: {
          readonly resumeToken: string;
          readonly watermarkTime?: Date | undefined;
        };
      }
    | undefined;
}

export interface ResumableWatch<Wire, Value> {
  /** Opens a stream; an empty token begins now. */
  readonly open: (resumeToken: string, signal: AbortSignal) => AsyncIterable<ResumableAnswer<Wire>>;
  readonly valueOf: (wire: Wire) => Value;
  readonly versionOf: (wire: Wire) => Version;
  readonly options: ResumeOptions;
}

/** Watches with resume: nothing is missed, nothing delivered twice, memory is bounded. See `ResumeOptions`, `THINGS_MAX`. */
export function watchResumable<Wire, Value>(
  settings: WatchSettings,
  watch: ResumableWatch<Wire, Value>,
): AsyncGenerator<WatchUpdate<Value>, void, undefined> {
  return reconnecting(settings, resuming(watch));
}

function resuming<Wire, Value>(
  watch: ResumableWatch<Wire, Value>,
): WatchScript<ResumableAnswer<Wire>, WatchUpdate<Value>> {
  const delivered = new DeliveredVersions(THINGS_MAX);
  let { resumeToken = '' } = watch.options;
  let watermarkTime: Date | undefined;
  return {
    open: (signal) => watch.open(resumeToken, signal),
    take({ event }) {
      if (event?.$case === 'value') {
        if (!delivered.take(watch.versionOf(event.value))) return undefined;
        return { type: 'value', value: watch.valueOf(event.value) };
      }
      if (event === undefined) return undefined;
      ({ resumeToken } = event.value);
      watermarkTime = event.value.watermarkTime ?? watermarkTime;
      return { type: 'checkpoint', watermarkTime, resumeToken };
    },
    broken(error) {
      const gap = gapOf(error, resumeToken === '' && delivered.size > 0, watermarkTime);
      if (gap === undefined) return undefined;
      if (watch.options.onGap !== 'restart') throw gap;
      resumeToken = '';
      delivered.clear();
      return { type: 'gap', error: gap, watermarkTime };
    },
  };
}

/** What is missing after a break; undefined when the next stream goes on without a gap, or there will be none. */
function gapOf(
  error: unknown,
  interrupted: boolean,
  watermarkTime: Date | undefined,
): WatchGapError | undefined {
  if (isByteBasketError(error) && error.reason === 'RESUME_TOKEN_EXPIRED') {
    const { reason, code, field, metadata } = error;
    const facts = { reason, code, field, metadata, retryable: false, cause: error };
    return new WatchGapError(error.message, facts, watermarkTime);
  }
  if (!interrupted || !streamMayRetry(error)) return undefined;
  return new WatchGapError(
    'the watch broke before its first checkpoint, changes may be missing: watch again',
    { reason: 'WATCH_INTERRUPTED', code: 'OUT_OF_RANGE', retryable: false, cause: error },
    watermarkTime,
  );
}
