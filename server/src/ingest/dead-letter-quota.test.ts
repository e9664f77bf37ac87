import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../tests/support/manual-clock.js';
import { openDeadLetterQuota } from './dead-letter-quota.js';

const HOUR_MS = 3_600_000;

describe('the quota of dead letters', () => {
  test('is full at its last byte and not before', () => {
    const quota = openDeadLetterQuota(manualClock(), 100);
    expect([quota.take(60), quota.take(41), quota.take(40), quota.take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('begins afresh with the next hour of the clock', async () => {
    const clock = manualClock(HOUR_MS * 10);
    const quota = openDeadLetterQuota(clock, 100);
    expect(quota.take(100)).toBe(true);
    await clock.advance(HOUR_MS - 1);
    expect(quota.take(1)).toBe(false);
    await clock.advance(1);
    expect(quota.take(100)).toBe(true);
  });

  test('does not stay full when the clock is set back by a year', async () => {
    const clock = manualClock(HOUR_MS * 10_000);
    const quota = openDeadLetterQuota(clock, 100);
    quota.take(100);
    await clock.set(HOUR_MS * 1_000);
    expect(quota.take(1)).toBe(true);
  });
});
