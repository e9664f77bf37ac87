import { describe, expect, test } from 'vitest';
import { createEventIds } from './event-ids.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const millisecondsOf = (id: string): number => parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

describe('event ids', () => {
  test('are UUIDv7 of the moment', () => {
    const now = Date.UTC(2026, 10, 23, 12, 0, 0, 7);
    const id = createEventIds({ nowMs: () => now })();
    expect(id).toMatch(UUID_V7);
    expect(millisecondsOf(id)).toBe(now);
  });

  test('ascend strictly when the clock stands, jumps ahead or steps back', () => {
    let now = 1_000_000;
    const next = createEventIds({ nowMs: () => now });
    const ids: string[] = [];
    for (const step of [0, 1, 0, 50, -100_000, 0, 3]) {
      now += step;
      for (let count = 0; count < 5_000; count += 1) ids.push(next());
    }
    for (const id of ids) expect(id).toMatch(UUID_V7);
    expect(ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? ''))).toBe(true);
  });

  test('borrow the next millisecond only when the counter is full', () => {
    const next = createEventIds({ nowMs: () => 5, fill: (bytes) => bytes.fill(0xff) });
    // The counter starts at 0x7ff with these bytes, so 2,049 ids fit (0x7ff to 0xfff).
    const ids = Array.from({ length: 2_050 }, next);
    expect(ids.slice(0, 2_049).every((id) => millisecondsOf(id) === 5)).toBe(true);
    expect(millisecondsOf(ids[2_049] ?? '')).toBe(6);
    expect(ids[0]).toBe('00000000-0005-77ff-bfff-ffffffffffff');
  });

  test('of two sources differ', () => {
    const nowMs = (): number => 5;
    const [one, two] = [createEventIds({ nowMs }), createEventIds({ nowMs })];
    const ids = Array.from({ length: 1_000 }, () => [one(), two()]).flat();
    expect(new Set(ids).size).toBe(2_000);
  });
});
