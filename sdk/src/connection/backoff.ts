import { isByteBasketError } from '../errors/byte-basket-error.js';

export interface BackoffOptions {
  readonly delayBaseMs: number;
  readonly delayMaxMs: number;
  readonly random: () => number;
}

/**
 * How long to wait before attempt `attempt` (from 1) after `error`: full jitter, on top of what the other side asked for.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(options: BackoffOptions, attempt: number, error: unknown): number {
  const { delayBaseMs, delayMaxMs, random } = options;
  // 2^30 is beyond every allowed maximum; a larger power would overflow to infinity in the end.
  const ceiling = Math.min(delayMaxMs, delayBaseMs * 2 ** Math.min(attempt - 1, 30));
  const asked = isByteBasketError(error) ? (error.retryDelayMs ?? 0) : 0;
  return asked + Math.floor(random() * ceiling);
}
