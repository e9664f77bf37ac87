import { Status } from 'nice-grpc-common';
import type { Logger } from 'pino';

/** One ended call, without payloads and keys. */
export interface EndedCall {
  readonly method: string;
  readonly code: Status;
  readonly ms: number;
  readonly clientId: string | undefined;
  readonly keyId: string | undefined;
  readonly peer: string;
  /** Messages sent by a stream; undefined for unary calls. */
  readonly messages: number | undefined;
  /** Name of the reason when the call failed. */
  readonly reason: string | undefined;
}

export interface CallLog {
  /** Counts an ended call and says whether it gets a line: the line's object is then made, and only then. */
  wants(code: Status, ms: number, stream: boolean): boolean;
  write(call: EndedCall): void;
  /** An unexpected failure; always logged, with its cause. */
  incident(incident: string, method: string, cause: unknown): void;
  /** A handler of a stream failed after the stream had ended. */
  closing(method: string, cause: unknown): void;
  close(): void;
}

const SLOW_MS = 1_000;
const LINES_PER_SECOND = 20;
const SUMMARY_MS = 10_000;
// How a subscription usually ends: nobody has to look at it.
const ORDINARY: ReadonlySet<Status> = new Set([Status.OK, Status.CANCELLED]);

/**
 * Logs every call at `debug`; at `info` failed and slow (> 1 s) unary calls, at most 20 lines a second, and every 10 seconds a
 * summary when there were calls.
 */
export function callLog(logger: Logger): CallLog {
  const all = logger.isLevelEnabled('debug');
  let calls = 0;
  let failed = 0;
  let suppressed = 0;
  let lines = 0;
  let second = 0;

  const summary = setInterval(() => {
    if (calls === 0) return;
    logger.info({ calls, failed, suppressed, seconds: SUMMARY_MS / 1_000 }, 'calls');
    calls = 0;
    failed = 0;
    suppressed = 0;
  }, SUMMARY_MS);
  summary.unref();

  const mayWrite = (): boolean => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      second = now;
      lines = 0;
    }
    lines += 1;
    return lines <= LINES_PER_SECOND;
  };

  return {
    wants(code, ms, stream) {
      calls += 1;
      const ordinary = ORDINARY.has(code);
      if (!ordinary) failed += 1;
      if (all) return true;
      if (ordinary && (stream || ms <= SLOW_MS)) return false;
      if (mayWrite()) return true;
      suppressed += 1;
      return false;
    },
    write(call) {
      const line = { ...call, ms: Math.round(call.ms * 1_000) / 1_000, code: Status[call.code] };
      if (all) logger.debug(line, 'call');
      else logger.info(line, 'call');
    },
    incident(incident, method, cause) {
      logger.error({ incident, method, err: cause }, 'internal error');
    },
    closing(method, cause) {
      logger.debug({ method, err: cause }, 'handler failed after the stream had ended');
    },
    close() {
      clearInterval(summary);
    },
  };
}
