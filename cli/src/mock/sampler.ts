import type { Random } from './random.js';

/** Draws values in proportion to their weights. */
export type Sampler<T> = (random: Random) => T;

/** Makes a sampler; one draw costs a binary search. Throws RangeError without a value of a weight above 0. */
export function samplerOf<T>(values: readonly T[], weightOf: (value: T, at: number) => number) {
  let sum = 0;
  const ends = values.map((value, at) => (sum += weightOf(value, at)));
  if (!(sum > 0)) throw new RangeError('a sampler needs a value with a weight above 0');
  const sample: Sampler<T> = (random) => {
    const aim = random.next() * sum;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) > aim) high = middle;
      else low = middle + 1;
    }
    return values[low] as T;
  };
  return sample;
}

/** Weight of a rank from 0 by Zipf's law: the n-th most popular thing is 1/n^exponent as popular as the first. */
export function zipf(exponent: number): (value: unknown, rank: number) => number {
  return (_, rank) => 1 / (rank + 1) ** exponent;
}
