import { mulberry32 } from '../../tests/support/random.js';

/** Seeded randomness for benchmarks: the same seed gives the same events. */
export interface Random {
  /** Uniform, 0 to `bound` - 1. */
  below(bound: number): number;
  /** Like a shop's products: small numbers far more often; 0 to `bound` - 1. */
  skewed(bound: number): number;
  /** One of the values, all equally often. */
  from<T>(values: readonly T[]): T;
  /** One of the entries, by weights that add up to 1,000. */
  oneOf<T>(weighted: readonly (readonly [number, T])[]): T;
}

export function eventRandom(seed: number): Random {
  const next = mulberry32(seed);
  return {
    below: (bound) => Math.floor(next() * bound),
    skewed: (bound) => Math.floor(bound ** next()) - 1,
    from: (values) => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new RangeError('there is nothing to choose from');
      return value;
    },
    oneOf: (weighted) => {
      let left = next() * 1_000;
      for (const [weight, value] of weighted) {
        left -= weight;
        if (left < 0) return value;
      }
      throw new RangeError('the weights add up to less than 1,000');
    },
  };
}
