import { describe, expect, test } from 'vitest';
import { killCampaign } from './kill-campaign.js';

const seed = Number(process.env['BYTEBASKET_SEED'] ?? Date.now() % 1_000_000);

describe(`the whole product, killed twenty times under load (seed ${seed})`, () => {
  test('keeps every acknowledged event once, in order, and counts each once', async () => {
    const report = await killCampaign({ kills: 20, seed });
    expect(report.broken).toEqual([]);
    expect(report.kills).toBe(20);
    expect(report.accepted).toBeGreaterThan(5_000);
  });
});
