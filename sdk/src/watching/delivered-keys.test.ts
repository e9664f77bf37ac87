import { describe, expect, test } from 'vitest';
import { DeliveredKeys } from './delivered-keys.js';

describe('keys of delivered values', () => {
  test('know what a broken stream delivered behind its last checkpoint', () => {
    const keys = new DeliveredKeys(10);
    keys.take('a');
    keys.checkpoint();
    keys.take('b');
    keys.broken();
    expect(keys.take('b')).toBe(false);
    expect(keys.take('c')).toBe(true);
    expect(keys.take('a')).toBe(true);
  });

  test('outlive a checkpoint that a resumed stream makes in the middle of its repeats', () => {
    const keys = new DeliveredKeys(10);
    for (const key of ['a', 'b', 'c']) keys.take(key);
    keys.broken();
    expect(keys.take('a')).toBe(false);
    keys.checkpoint();
    expect([keys.take('b'), keys.take('c'), keys.take('d')]).toEqual([false, false, true]);
    keys.checkpoint();
    expect(keys.size).toBe(0);
  });

  test('survive two breaks without a checkpoint between them', () => {
    const keys = new DeliveredKeys(10);
    for (const key of ['a', 'b', 'c']) keys.take(key);
    keys.broken();
    keys.take('a');
    keys.broken();
    expect(['a', 'b', 'c', 'd'].map((key) => keys.take(key))).toEqual([false, false, false, true]);
  });

  test('are bounded: the oldest is forgotten first, those of earlier streams before the newest', () => {
    const keys = new DeliveredKeys(3);
    for (const key of ['a', 'b']) keys.take(key);
    keys.broken();
    for (const key of ['c', 'd', 'e', 'f']) keys.take(key);
    expect(keys.size).toBe(3);
    keys.broken();
    expect(['d', 'e', 'f'].map((key) => keys.take(key))).toEqual([false, false, false]);
    expect(keys.take('c')).toBe(true);
  });
});
