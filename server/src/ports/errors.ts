/** The six ways in which a port may fail. Adapters translate at their edge and keep `cause`. */
export type PortErrorKind =
  'NotFound' | 'Conflict' | 'OutOfRange' | 'Unavailable' | 'Throttled' | 'Fenced';

const RETRYABLE: Readonly<Record<PortErrorKind, boolean>> = {
  NotFound: false,
  Conflict: false,
  OutOfRange: false,
  Unavailable: true,
  Throttled: true,
  Fenced: false,
};

const brand = Symbol.for('bytebasket.PortError');

/**
 * An operating error of a port. `retryable` says whether the same call may succeed later;
 * `retryAfterMs` is a hint that only `Throttled` and `Unavailable` carry.
 */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly kind: PortErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly [brand] = true;

  constructor(
    kind: PortErrorKind,
    message: string,
    options?: { cause?: unknown; retryAfterMs?: number },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryable = RETRYABLE[kind];
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Recognises a PortError across package copies; narrows to one kind when given. */
export function isPortError(error: unknown, kind?: PortErrorKind): error is PortError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return kind === undefined || (error as PortError).kind === kind;
}
