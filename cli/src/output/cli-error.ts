/** Exit codes of the command line. */
export const EXIT = {
  ok: 0,
  /** What was asked did not work. */
  failed: 1,
  /** What was asked is not a valid request: unknown flag, wrong value. */
  usage: 2,
} as const;

const brand = Symbol.for('bytebasket.CliError');

/** An operating error that is told to the user as one line (plus its remedy), without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** What to do about it, as a sentence; printed on a line of its own. */
  readonly remedy: string | undefined;
  readonly exitCode: number;
  readonly [brand] = true;

  constructor(
    message: string,
    options: { remedy?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** A mistake in how the command was called: exit code 2. */
export function usageError(message: string, remedy?: string): CliError {
  return new CliError(message, {
    exitCode: EXIT.usage,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Recognises a CliError across package copies. */
export function isCliError(error: unknown): error is CliError {
  return typeof error === 'object' && error !== null && brand in error;
}
