import { describe, expect, test } from 'vitest';
import { Pacer } from './pacer.js';
import { durationMs, timelineOf, type TimelineOptions } from './timeline.js';

const OPTIONS: TimelineOptions = {
  times: 'live',
  shift: 'now',
  span: { events: 2, firstMs: 1_000, lastMs: 5_000 },
  runId: 'run-1',
  nowMs: () => 1_000_000,
};

describe('the timeline', () => {
  test('live gives the moment of sending and belongs to one run', () => {
    const timeline = timelineOf(OPTIONS);
    expect(timeline.occurMs(5)).toBe(1_000_000);
    expect(timeline.key).toBe('live run-1');
    expect(timeline.keepsIds).toBe(false);
  });

  test('original keeps times and ids, so that a repeat is the same', () => {
    const timeline = timelineOf({ ...OPTIONS, times: 'original' });
    expect([timeline.occurMs(5), timeline.key, timeline.keepsIds]).toEqual([5, 'original', true]);
  });

  test('shift now moves the last event to now and says how to repeat it', () => {
    const timeline = timelineOf({ ...OPTIONS, times: 'shift' });
    expect(timeline.occurMs(5_000)).toBe(1_000_000);
    expect(timeline.occurMs(1_000)).toBe(996_000);
    expect(timeline.description).toContain('--times shift --shift 995s');
    const again = timelineOf({ ...OPTIONS, times: 'shift', shift: '995s' });
    expect([again.key, again.occurMs(1)]).toEqual([timeline.key, timeline.occurMs(1)]);
  });

  test('shift moves nothing when the source has no event', () => {
    const span = { events: 0, firstMs: Infinity, lastMs: -Infinity };
    expect(timelineOf({ ...OPTIONS, times: 'shift', span }).occurMs(5)).toBe(5);
  });

  test.each([
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['12h', 43_200_000],
    ['-30d', -2_592_000_000],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text, '--shift')).toBe(ms);
  });

  test.each(['', '5', '5 m', '5w', 'm'])('%j is refused with the flag', (text) => {
    expect(() => durationMs(text, '--shift')).toThrow(`--shift is '${text}'`);
  });
});

describe('the pacer', () => {
  const never = new AbortController().signal;

  /** When each event was let through, milliseconds after the start, on a clock that timers move as Node's would. */
  async function times(factor: number, events: readonly number[]): Promise<number[]> {
    let nowMs = 7_000;
    const sleep = (ms: number) => {
      nowMs += ms > 2 ** 31 - 1 ? 1 : ms;
      return Promise.resolve();
    };
    const pacer = new Pacer({ factor }, never, { nowMs: () => nowMs, sleep });
    const passed: number[] = [];
    for (const event of events) {
      await pacer.due(event);
      passed.push(nowMs - 7_000);
    }
    return passed;
  }

  test('keeps the gaps, shortened by the factor; events out of order go at once', async () => {
    expect(await times(10, [50_000, 51_000, 50_500, 53_000])).toEqual([0, 100, 100, 300]);
  });

  test('waits longer than one timer can', async () => {
    const month = 30 * 86_400_000;
    expect(await times(1, [0, month])).toEqual([0, month]);
  });

  test('max never waits', async () => {
    const sleep = () => Promise.reject(new Error('waits'));
    const pacer = new Pacer('max', never, { nowMs: () => 0, sleep });
    await pacer.due(0);
    await pacer.due(1e12);
  });

  test('ends at once with the reason when it is told to stop', async () => {
    const stopping = new AbortController();
    const pacer = new Pacer({ factor: 1 }, stopping.signal);
    await pacer.due(0);
    const waiting = expect(pacer.due(60_000)).rejects.toThrow('enough');
    stopping.abort(new Error('enough'));
    await waiting;
    await expect(pacer.due(0)).rejects.toThrow('enough');
  });
});
