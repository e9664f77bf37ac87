import { describe, expect, test } from 'vitest';
import { DayCalendar } from './time-zone.js';

const HOUR_MS = 3_600_000;

function day(timeZone: string, instant: string): { start: string; hours: number } {
  const found = new DayCalendar(timeZone).dayOf(Date.parse(instant));
  return {
    start: new Date(found.startMs).toISOString(),
    hours: (found.endMs - found.startMs) / HOUR_MS,
  };
}

describe('days of a time zone', () => {
  test('begin at local midnight', () => {
    expect(day('Europe/Berlin', '2026-11-23T12:00:00Z')).toEqual({
      start: '2026-11-22T23:00:00.000Z',
      hours: 24,
    });
    expect(day('UTC', '2026-11-23T00:00:00Z').start).toBe('2026-11-23T00:00:00.000Z');
    expect(day('UTC', '2026-11-22T23:59:59.999Z').start).toBe('2026-11-22T00:00:00.000Z');
    expect(day('Asia/Kathmandu', '2026-11-23T00:00:00Z').start).toBe('2026-11-22T18:15:00.000Z');
  });

  test('have 23 or 25 hours when the clocks change', () => {
    expect(day('Europe/Berlin', '2026-03-29T12:00:00Z').hours).toBe(23);
    expect(day('Europe/Berlin', '2026-10-25T12:00:00Z').hours).toBe(25);
    expect(day('America/New_York', '2026-03-08T12:00:00Z').hours).toBe(23);
    expect(day('America/New_York', '2026-11-01T12:00:00Z').hours).toBe(25);
    expect(day('Australia/Lord_Howe', '2026-04-05T00:00:00Z').hours).toBe(24.5);
  });

  test('begin at one o’clock where midnight was skipped', () => {
    expect(day('America/Sao_Paulo', '2018-11-04T12:00:00Z')).toEqual({
      start: '2018-11-04T03:00:00.000Z',
      hours: 23,
    });
  });

  test('leave out a date that the zone skipped', () => {
    const before = day('Pacific/Apia', '2011-12-30T00:00:00Z');
    expect(before).toEqual({ start: '2011-12-29T10:00:00.000Z', hours: 24 });
    expect(day('Pacific/Apia', '2011-12-30T10:00:00Z').start).toBe('2011-12-30T10:00:00.000Z');
  });

  test.each(['Europe/Berlin', 'America/St_Johns', 'America/Havana', 'Pacific/Apia', 'Asia/Gaza'])(
    'partition time in %s, whatever order they are asked in',
    (timeZone) => {
      const days = new DayCalendar(timeZone);
      const fresh = (ms: number): number => new DayCalendar(timeZone).dayOf(ms).startMs;
      const from = Date.UTC(2006, 0, 1);
      for (let i = 0; i < 400; i++) {
        const ms = from + ((i * 7_919) % 2_100) * 86_400_000 + i * 1_234_567;
        const { startMs, endMs } = days.dayOf(ms);
        expect(startMs <= ms && ms < endMs).toBe(true);
        expect(days.dayOf(startMs - 1).endMs).toBe(startMs);
        expect(days.dayOf(endMs).startMs).toBe(endMs);
        if (i % 40 === 0) expect(fresh(ms)).toBe(startMs);
      }
    },
  );

  test('refuse a zone that does not exist', () => {
    expect(() => new DayCalendar('Mars/Olympus')).toThrow(RangeError);
  });
});
