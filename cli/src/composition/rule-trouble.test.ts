import { describe, expect, test } from 'vitest';
import { ruleTrouble } from './rule-trouble.js';

describe('rules that misbehave', () => {
  test('are logged once a minute each when they fail, and at once when they are switched off', () => {
    const lines: unknown[] = [];
    let now = 0;
    const { failed, disabled } = ruleTrouble(
      (line) => lines.push([line.level, line.fields['rule']]),
      () => now,
    );
    failed?.('a', new Error('no such key'));
    failed?.('a', new Error('no such key'));
    failed?.('b', new Error('no such key'));
    now = 59_999;
    failed?.('a', new Error('no such key'));
    now = 60_000;
    failed?.('a', new Error('no such key'));
    disabled?.('a', 7);
    expect(lines).toEqual([
      ['warn', 'a'],
      ['warn', 'b'],
      ['warn', 'a'],
      ['error', 'a'],
    ]);
  });
});
