import type { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';

const brand = Symbol.for('bytebasket.ServiceError');

export interface ServiceErrorOptions {
  /** Every dynamic word of the message, by the keys that the reason's comment in the proto names. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Fields at fault, as google.rpc.BadRequest. */
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  /** When to try again, for reasons with RetryInfo; milliseconds, 0 or more. */
  readonly retryDelayMs?: number;
  readonly cause?: unknown;
}

/**
 * An operating error of a service. The gateway turns it into a gRPC status with exactly one google.rpc.ErrorInfo;
 * the code comes from the reason (`error-table.ts`), so services never name one.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly reason: ErrorReason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  readonly retryDelayMs: number | undefined;
  readonly [brand] = true;

  constructor(reason: ErrorReason, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
    this.retryDelayMs = options.retryDelayMs;
  }
}

export function isServiceError(error: unknown): error is ServiceError {
  return typeof error === 'object' && error !== null && brand in error;
}
