import { describe, expect, test } from 'vitest';
import { killCampaign } from './kill-campaign.js';
import { testSeed } from '../support/random.js';

const seed = testSeed();

describe(`the whole product, killed twenty times under load (seed ${seed})`, () => {
  test('keeps every acknowledged event once, in order, and counts each once', async () => {
    const report = await killCampaign({ kills: 20, seed });
    expect(report.broken).toEqual([]);
    expect(report.kills).toBe(20);
    expect(report.accepted).toBeGreaterThan(5_000);
  });
});
