import { createHash } from 'node:crypto';

/** Chance that one seed decides: the same seed gives the same numbers on every machine. */
export interface Random {
  /** A number from 0 up to 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** A number from `min` up to `max`. */
  between(min: number, max: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the values, each as likely. Throws for an empty list. */
  pick<T>(values: readonly T[]): T;
  /** Exponentially distributed: the gap between events that have no memory. */
  exponential(mean: number): number;
  /** Log-normally distributed: half of the numbers lie below `median`; `spread` is the deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** An independent source for a purpose: what is drawn there changes nothing here. */
  fork(purpose: string): Random;
}

/**
 * Numbers from 0 up to 1 from 128 bits of state (sfc32 by C. Doty-Humphrey, public domain: http://pracrand.sourceforge.net).
 */
function sfc32(state: Buffer): () => number {
  let a = state.readUInt32LE(0);
  let b = state.readUInt32LE(4);
  let c = state.readUInt32LE(8);
  let counter = state.readUInt32LE(12);
  return () => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  };
}

/** Makes a source of chance from text, such as a seed. */
export function randomOf(seed: string): Random {
  const next = sfc32(createHash('sha256').update(seed).digest());
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  // The logarithm of 0 is out of the question: 1 - next() lies above it.
  const exponential = (mean: number): number => -Math.log(1 - next()) * mean;
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    int,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: (values) => {
      const value = values[int(0, values.length - 1)];
      if (value === undefined) throw new RangeError('pick needs at least one value');
      return value;
    },
    exponential,
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
    hex: (digits) => {
      let text = '';
      while (text.length < digits) text += Math.floor(next() * 16).toString(16);
      return text;
    },
    fork: (purpose) => randomOf(`${seed}/${purpose}`),
  };
}
