import { describe, expect, test } from 'vitest';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { retryDelayMs } from './backoff.js';

const base = { delayBaseMs: 100, delayMaxMs: 1_000 };

describe('the delay before another attempt', () => {
  test('is drawn from a range that doubles up to its maximum', () => {
    const highest = [1, 2, 3, 4, 5, 1_000].map((attempt) =>
      retryDelayMs({ ...base, random: () => 0.999_999 }, attempt, undefined),
    );
    expect(highest).toEqual([99, 199, 399, 799, 999, 999]);
    expect(retryDelayMs({ ...base, random: () => 0 }, 4, undefined)).toBe(0);
  });

  test('comes on top of what the gateway asks for', () => {
    const error = new ByteBasketError('full', {
      reason: 'GATEWAY_SATURATED',
      code: 'RESOURCE_EXHAUSTED',
      retryable: true,
      retryDelayMs: 250,
    });
    expect(retryDelayMs({ ...base, random: () => 0 }, 1, error)).toBe(250);
    expect(retryDelayMs({ ...base, random: () => 0.5 }, 1, error)).toBe(300);
  });
});
