import { describe, expect, test } from 'vitest';
import { fuzzProduct } from './fuzz.js';

const seed = Number(process.env['BYTEBASKET_SEED'] ?? Date.now() % 1_000_000);

describe(`malformed requests (seed ${seed})`, () => {
  test('20,000 of them neither end the product nor fill its memory', async () => {
    const { answers, rssMiB } = await fuzzProduct(seed, 20_000);
    expect(answers).toBe(true);
    expect(rssMiB.end).toBeLessThan(rssMiB.early + 100);
  });
});
