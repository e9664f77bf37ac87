import { randomBytes } from 'node:crypto';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { isPortError } from '../ports/errors.js';
import type { PortError } from '../ports/errors.js';
import { isServiceError, ServiceError } from './service-error.js';

/** What is known of the call when its handler threw. */
export interface CallEnd {
  /** The client is gone or its deadline passed: nobody reads the answer. */
  readonly cancelled: boolean;
  /** The deadline has passed; milliseconds that it was long. */
  readonly expiredAfterMs: number | undefined;
  readonly draining: boolean;
}

/**
 * Translates whatever a handler threw. ServiceErrors pass; PortErrors that may pass with time become LOG_UNAVAILABLE or
 * GATEWAY_SATURATED; AbortErrors become the reason of the abort; anything else is INTERNAL with an incident id, its cause kept
 * for the server's log only.
 */
export function toServiceError(thrown: unknown, end: CallEnd): ServiceError {
  if (isServiceError(thrown)) return thrown;
  if (isPortError(thrown)) return ofPort(thrown);
  if (isAbort(thrown)) {
    if (end.expiredAfterMs !== undefined) return deadlineExceeded(end.expiredAfterMs, thrown);
    if (end.cancelled) return cancelled(thrown);
    if (end.draining) return shuttingDown(thrown);
  }
  return internalError(thrown);
}

function ofPort(error: PortError): ServiceError {
  const retry = error.retryAfterMs === undefined ? {} : { retryDelayMs: error.retryAfterMs };
  switch (error.kind) {
    case 'Throttled':
      return new ServiceError(
        ErrorReason.GATEWAY_SATURATED,
        'the event log has as much work waiting as it accepts: send again later',
        { ...retry, metadata: { limit: 'log' }, cause: error },
      );
    case 'Unavailable':
    case 'Fenced':
      return new ServiceError(
        ErrorReason.LOG_UNAVAILABLE,
        'the event log cannot answer: the call is safe to send again',
        { ...retry, cause: error },
      );
    case 'NotFound':
    case 'Conflict':
    case 'OutOfRange':
      // Services translate these; one that arrives here is a mistake of ours, not of the caller.
      return internalError(error);
  }
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

/** INTERNAL with a new incident id. The public text tells nothing of the cause. */
export function internalError(cause: unknown): ServiceError {
  const incident = randomBytes(6).toString('hex');
  return new ServiceError(
    ErrorReason.INTERNAL,
    `an internal error happened: give incident ${incident} to the operator`,
    { metadata: { incident }, cause },
  );
}

export function deadlineExceeded(afterMs: number, cause?: unknown): ServiceError {
  return new ServiceError(
    ErrorReason.DEADLINE_EXCEEDED,
    `the deadline of ${afterMs} ms passed: the outcome is unknown, events are safe to send again`,
    { metadata: { deadline_ms: String(afterMs) }, cause },
  );
}

export function cancelled(cause?: unknown): ServiceError {
  return new ServiceError(ErrorReason.CANCELLED, 'the caller cancelled', { cause });
}

export function shuttingDown(cause?: unknown): ServiceError {
  return new ServiceError(ErrorReason.SHUTTING_DOWN, 'the gateway is stopping: reconnect', {
    cause,
  });
}

export function malformedMessage(type: string, cause: unknown): ServiceError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError(
    ErrorReason.MALFORMED_MESSAGE,
    `the request of ${type} is not a valid message: ${detail}`,
    { metadata: { index: '', detail }, cause },
  );
}
