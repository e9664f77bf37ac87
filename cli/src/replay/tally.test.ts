import { describe, expect, test } from 'vitest';
import { replayProgress } from './progress.js';
import { Tally } from './tally.js';

describe('the tally', () => {
  test('sums up in one line, with reasons and what was not answered', () => {
    const tally = new Tally();
    tally.events = 1_300;
    tally.accepted = 1_200;
    tally.duplicates = 3;
    tally.reject('FIELD_INVALID', 'a');
    tally.bad('b');
    tally.note('c');
    expect(tally.lines()).toEqual([
      'b',
      'a',
      'note: c',
      '1,300 events: 1,200 accepted, 3 duplicates, 1 rejected (1 FIELD_INVALID), 96 not answered, 1 bad rows',
    ]);
    expect(tally.toJson()).toEqual({
      ...{ events: 1_300, accepted: 1_200, duplicates: 3, rejected: 1, unanswered: 96 },
      ...{ rejectedBy: { FIELD_INVALID: 1 }, badRows: 1, notes: ['c'] },
    });
  });

  test.each([
    [20, 20],
    [21, 21],
  ])('of %i bad rows and rejections each shows the first 20', (count, lines) => {
    const tally = new Tally();
    for (let at = 0; at < count; at++) tally.bad(`bad ${at}`);
    for (let at = 0; at < count; at++) tally.reject('X', `rejected ${at}`);
    const shown = tally.lines();
    expect(shown.filter((line) => line.startsWith('bad') || /more bad/.test(line))).toHaveLength(
      lines,
    );
    expect(shown).toHaveLength(2 * lines + 1);
    expect(shown.includes('… 1 more rejected events')).toBe(count > 20);
  });

  test('keeps 20 notes', () => {
    const tally = new Tally();
    for (let at = 0; at < 30; at++) tally.note(String(at));
    expect(tally.notes).toHaveLength(20);
  });
});

describe('the progress', () => {
  test('tells position and total, and bad rows once there are some', () => {
    const tally = new Tally();
    tally.accepted = 1_000;
    expect(replayProgress(tally, 4_000)()).toMatch(/^1,000 of 4,000 events, /);
    tally.bad('x');
    expect(replayProgress(tally, undefined)()).toMatch(/^1,000 events, .*\/s, 1 bad rows$/);
  });
});
