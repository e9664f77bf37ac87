import { describe, expect, test } from 'vitest';
import { RecentLog } from './recent-log.js';

const BOUNDS = { segmentEntries: 3, segmentsMax: 3 };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

/** Applies changed chunks as a snapshot store does. */
function keep(
  kept: Map<string, Uint8Array>,
  changed: ReadonlyMap<string, Uint8Array | undefined>,
): void {
  for (const [name, chunk] of changed) {
    if (chunk === undefined) kept.delete(name);
    else kept.set(name, chunk);
  }
}

describe('the log of recent entries', () => {
  test('gives the newest value of a key', () => {
    const log = new RecentLog('x', BOUNDS);
    for (let i = 0; i < 5; i++) {
      log.put('a', bytes(`${i}`));
      log.put(`k${i}`, bytes('k'));
    }
    expect(log.get('a')).toEqual(bytes('4'));
    expect(log.has('b')).toBe(false);
  });

  test('holds the newest entries and lets the oldest segment go as a whole', () => {
    const log = new RecentLog('x', BOUNDS);
    for (let i = 0; i < 10; i++) log.put(`k${i}`, bytes(`${i}`));
    // Three segments: k3-5, k6-8, k9.
    expect(log.has('k2')).toBe(false);
    for (let i = 3; i < 10; i++) expect(log.get(`k${i}`)).toEqual(bytes(`${i}`));
  });

  test('keeps an old key that was put again', () => {
    const log = new RecentLog('x', BOUNDS);
    log.put('old', bytes('1'));
    for (let i = 0; i < 6; i++) log.put(`k${i}`, bytes('k'));
    log.put('old', bytes('2'));
    for (let i = 6; i < 11; i++) log.put(`k${i}`, bytes('k'));
    expect(log.get('old')).toEqual(bytes('2'));
  });

  test('writes only the segments that changed, and names those that are gone', () => {
    const log = new RecentLog('x', BOUNDS);
    for (let i = 0; i < 4; i++) log.put(`k${i}`, bytes('k'));
    expect([...log.changedChunks().keys()]).toEqual(['x-0', 'x-1']);
    expect(log.changedChunks().size).toBe(0);
    for (let i = 4; i < 10; i++) log.put(`k${i}`, bytes('k'));
    const changed = log.changedChunks();
    expect([...changed.keys()]).toEqual(['x-0', 'x-1', 'x-2', 'x-3']);
    expect(changed.get('x-0')).toBeUndefined();
  });

  test('goes on after a restore as if there had been none', () => {
    const kept = new Map<string, Uint8Array>([['other-0', bytes('not ours')]]);
    const whole = new RecentLog('x', BOUNDS);
    let cut = new RecentLog('x', BOUNDS);
    for (let i = 0; i < 60; i++) {
      const key = `k${(i * 7) % 11}`;
      whole.put(key, bytes(`${i}`));
      cut.put(key, bytes(`${i}`));
      if (i % 4 === 0) {
        keep(kept, cut.changedChunks());
        cut = new RecentLog('x', BOUNDS, kept);
      }
      for (let k = 0; k < 11; k++) expect(cut.get(`k${k}`)).toEqual(whole.get(`k${k}`));
    }
  });

  test('refuses a chunk that is cut', () => {
    const log = new RecentLog('x', BOUNDS);
    log.put('key', bytes('value'));
    const chunk = log.changedChunks().get('x-0') ?? bytes('');
    const cut = new Map([['x-0', chunk.subarray(0, chunk.length - 1)]]);
    expect(() => new RecentLog('x', BOUNDS, cut)).toThrow(RangeError);
  });
});
