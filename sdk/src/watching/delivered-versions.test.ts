import { describe, expect, test } from 'vitest';
import { DeliveredVersions } from './delivered-versions.js';

const v = (id: string, rank: number) => ({ id, rank: BigInt(rank) });

describe('delivered versions', () => {
  test('refuse what was delivered and what is older, per thing', () => {
    const delivered = new DeliveredVersions(10);
    const steps = [v('a', 1), v('b', 1), v('a', 2), v('a', 1), v('a', 2), v('b', 2), v('a', 3)];
    expect(steps.map((one) => delivered.take(one))).toEqual([
      ...[true, true, true, false, false, true, true],
    ]);
  });

  test('forget everything when a watch begins anew', () => {
    const delivered = new DeliveredVersions(10);
    delivered.take(v('a', 5));
    delivered.clear();
    expect(delivered.take(v('a', 1))).toBe(true);
  });

  test('are bounded: the thing that changed longest ago is forgotten', () => {
    const delivered = new DeliveredVersions(3);
    for (const one of [v('a', 1), v('b', 1), v('c', 1), v('a', 2), v('d', 1)]) delivered.take(one);
    expect(delivered.size).toBe(3);
    expect(['a', 'c', 'd'].map((id) => delivered.take(v(id, 1)))).toEqual([false, false, false]);
    expect(delivered.take(v('b', 1))).toBe(true);
    expect(delivered.size).toBe(3);
  });
});
