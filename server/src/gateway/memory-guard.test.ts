import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryGuard } from './memory-guard.js';

describe('the memory guard', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is saturated above the bound until below 90 % of it', () => {
    let used = 50;
    const guard = memoryGuard(100, () => used);
    const seen = [50, 100, 101, 95, 91, 90, 101, 89].map((bytes) => {
      used = bytes;
      vi.advanceTimersByTime(250);
      return guard.saturated;
    });
    guard.close();
    expect(seen).toEqual([false, false, true, true, true, false, true, false]);
  });

  test('looks no more once closed', () => {
    const used = vi.fn(() => 0);
    memoryGuard(100, used).close();
    vi.advanceTimersByTime(10_000);
    expect(used).toHaveBeenCalledTimes(1);
  });
});
