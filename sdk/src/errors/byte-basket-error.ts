import type { Reason } from './reasons.js';

const brand = Symbol.for('bytebasket.sdk.error');

/** Names of the gRPC status codes. */
export type StatusCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

/** What every error of the SDK tells besides its message. */
export interface ErrorFacts {
  /** Why, as a stable word. */
  readonly reason: Reason;
  /** The gRPC status code; for errors that arise in the SDK the code that a server would have sent. */
  readonly code: StatusCode;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Path of the field at fault in proto names, such as `order_completed.lines[2].total`; absent when no field is. */
  readonly field?: string | undefined;
  /** Every dynamic word of the message, by key. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** How long to wait before trying again, in milliseconds, 0 or more; absent when nobody said. */
  readonly retryDelayMs?: number | undefined;
  /** What made this happen. */
  readonly cause?: unknown;
}

/**
 * The base of every error that the SDK throws or reports. Tell errors apart by `reason`, or by class with the
 * `is…Error` functions, which also work when two copies of the package are loaded (ESM beside CommonJS).
 */
export class ByteBasketError extends Error {
  override readonly name: string = 'ByteBasketError';
  readonly reason: Reason;
  readonly code: StatusCode;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryDelayMs: number | undefined;
  readonly [brand]: readonly string[];

  constructor(message: string, facts: ErrorFacts, kinds: readonly string[] = []) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.reason = facts.reason;
    this.code = facts.code;
    this.retryable = facts.retryable;
    this.field = facts.field;
    this.metadata = facts.metadata ?? {};
    this.retryDelayMs = facts.retryDelayMs;
    this[brand] = ['ByteBasketError', ...kinds];
    Object.defineProperty(this, brand, { enumerable: false });
  }
}

/** Whether a value is an error of the SDK, from whichever copy of the package. */
export function isByteBasketError(value: unknown): value is ByteBasketError {
  return hasKind(value, 'ByteBasketError');
}

/** Whether a value is an error of the SDK of the named class, from whichever copy of the package. */
export function hasKind(value: unknown, kind: string): boolean {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  const kinds = value[brand];
  return Array.isArray(kinds) && kinds.includes(kind);
}
