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
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
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
