import { describe, expect, test } from 'vitest';
import { fuzzProduct } from './fuzz.js';
import { testSeed } from '../support/random.js';

const seed = testSeed();

describe(`malformed requests (seed ${seed})`, () => {
  test('1,000 of them neither end the product nor fill its memory', async () => {
    const { answers, rssMiB } = await fuzzProduct(seed, { warmUp: 100, count: 900 });
    expect(answers).toBe(true);
    expect(rssMiB.end).toBeLessThan(rssMiB.early + 100);
  });
});
