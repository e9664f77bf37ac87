import { describe, expect, test } from 'vitest';
import { resolutionNamed } from './resolutions.js';
import { closesAtMs, Windows } from './windows.js';

const at = (instant: string): number => Date.parse(instant);

describe('windows', () => {
  const windows = new Windows('Europe/Berlin');
  const tenSeconds = resolutionNamed('10s');
  const days = resolutionNamed('1d');

  test('hold their start and not their end', () => {
    const window = windows.at(tenSeconds, at('2026-11-23T10:00:10.000Z'));
    expect(window.startMs).toBe(at('2026-11-23T10:00:10Z'));
    expect(window.endMs).toBe(at('2026-11-23T10:00:20Z'));
    expect(windows.at(tenSeconds, at('2026-11-23T10:00:19.999Z'))).toEqual(window);
  });

  test('start at or after an instant', () => {
    const start = at('2026-11-23T10:00:10Z');
    expect(windows.from(tenSeconds, start).startMs).toBe(start);
    expect(windows.from(tenSeconds, start + 1).startMs).toBe(start + 10_000);
    expect(windows.from(days, at('2026-11-23T12:00:00Z')).startMs).toBe(at('2026-11-23T23:00:00Z'));
  });

  test('count back over a change of the clocks', () => {
    const start = windows.startBefore(days, at('2026-03-30T12:00:00Z'), 2);
    expect(start).toBe(at('2026-03-27T23:00:00Z'));
    expect(windows.startBefore(tenSeconds, at('2026-11-23T10:00:05Z'), 60)).toBe(
      at('2026-11-23T09:50:00Z'),
    );
  });

  test('are counted between two instants', () => {
    const from = at('2026-11-23T10:00:00Z');
    expect(windows.countBetween(tenSeconds, from, from)).toBe(0);
    expect(windows.countBetween(tenSeconds, from, from + 1)).toBe(1);
    expect(windows.countBetween(tenSeconds, from + 1, from + 10_000)).toBe(0);
    expect(windows.countBetween(tenSeconds, from, from + 20_001)).toBe(3);
  });

  test('close after their lateness', () => {
    expect(closesAtMs(tenSeconds, 10_000)).toBe(610_000);
    expect(closesAtMs(resolutionNamed('1m'), 60_000)).toBe(3_660_000);
    expect(closesAtMs(days, 0)).toBe(48 * 3_600_000);
  });
});
