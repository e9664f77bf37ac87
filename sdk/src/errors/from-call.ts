import { ClientError, Status } from 'nice-grpc-common';
import { RichClientError, type ErrorDetails } from 'nice-grpc-error-details';
import {
  ByteBasketError,
  isByteBasketError,
  type ErrorFacts,
  type StatusCode,
} from './byte-basket-error.js';
import { AccessDeniedError } from './errors.js';
import { reasonOf, reasonRetryable, type Reason } from './reasons.js';

const DOMAIN = 'bytebasket.dev';

const RETRYABLE_CODES: ReadonlySet<StatusCode> = new Set<StatusCode>([
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'DEADLINE_EXCEEDED',
]);

/**
 * Turns whatever a call threw into an error of the SDK: reason, field and retry delay from the details that the gateway
 * sent, else from the code. What is not a gRPC status (a programmer's mistake, an abort) comes back as it was.
 */
export function fromCallError(error: unknown): unknown {
  if (isByteBasketError(error) || !(error instanceof ClientError)) return error;
  const facts = factsOf(error);
  const message = `${error.details} (${facts.code} from ${error.path})`;
  return facts.code === 'UNAUTHENTICATED' || facts.code === 'PERMISSION_DENIED'
    ? new AccessDeniedError(message, facts)
    : new ByteBasketError(message, facts);
}

/** Whether a stream that ended with this error may be opened again: everything but what the caller must change. */
export function streamMayRetry(error: unknown): boolean {
  if (!isByteBasketError(error)) return false;
  if (error.retryable || error.reason === 'PROTOCOL_VIOLATED') return true;
  return error.code === 'INTERNAL' || error.code === 'UNKNOWN' || error.code === 'CANCELLED';
}

function factsOf(error: ClientError): ErrorFacts {
  const details = error instanceof RichClientError ? error.extra : [];
  const code = codeOf(error.code);
  const { reason, metadata } = infoOf(details);
  return {
    reason,
    code,
    retryable: reasonRetryable(reason) ?? RETRYABLE_CODES.has(code),
    field: fieldOf(details) ?? metadata['field'],
    metadata,
    retryDelayMs: retryDelayOf(details),
    cause: error,
  };
}

function codeOf(status: Status): StatusCode {
  const name = Status[status] as StatusCode | 'OK' | undefined;
  return name === undefined || name === 'OK' ? 'UNKNOWN' : name;
}

function infoOf(details: readonly ErrorDetails[]): {
  reason: Reason;
  metadata: Readonly<Record<string, string>>;
} {
  for (const one of details) {
    if (one.$type === 'google.rpc.ErrorInfo' && one.domain === DOMAIN) {
      return { reason: reasonOf(one.reason), metadata: one.metadata };
    }
  }
  return { reason: 'UNKNOWN', metadata: {} };
}

function fieldOf(details: readonly ErrorDetails[]): string | undefined {
  for (const one of details) {
    if (one.$type === 'google.rpc.BadRequest') return one.fieldViolations[0]?.field;
  }
  return undefined;
}

function retryDelayOf(details: readonly ErrorDetails[]): number | undefined {
  for (const one of details) {
    if (one.$type === 'google.rpc.RetryInfo' && one.retryDelay !== undefined) {
      return durationMs(one.retryDelay);
    }
  }
  return undefined;
}

/** A protobuf Duration in milliseconds, never below 0. */
export function durationMs(duration: {
  readonly seconds: number | bigint;
  readonly nanos: number;
}): number {
  return Math.max(0, Number(duration.seconds) * 1000 + duration.nanos / 1_000_000);
}
