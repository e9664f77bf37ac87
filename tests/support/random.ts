// Seeded randomness, so that a failing run can be repeated.
import { randomInt } from 'node:crypto';

/** A source of random numbers that one seed decides. */
export interface Random {
  /** A number from 0 up to 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the values. */
  pick<T>(values: readonly T[]): T;
}

/** The seed of this run: BYTEBASKET_SEED, else a fresh one. Tests name it, or print it when they fail. */
export function testSeed(): number {
  const given = process.env['BYTEBASKET_SEED'];
  return given === undefined ? randomInt(2 ** 31) : Number(given);
}

/**
 * Numbers from 0 up to 1 that depend on the seed only (mulberry32 by T. Ettinger, public domain:
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c).
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes a source of random numbers. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed);
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (values) => {
      const value = values[int(0, values.length - 1)];
      if (value === undefined) throw new Error('pick needs at least one value');
      return value;
    },
  };
}
