import { beforeAll, describe, expect, test } from 'vitest';
import { checkHistory } from '../support/history.js';
import { killCampaign, type CampaignReport } from './kill-campaign.js';
import { testSeed } from '../support/random.js';

const seed = testSeed();

describe(`the whole product, killed three times under load (seed ${seed})`, () => {
  let report: CampaignReport;
  beforeAll(async () => {
    report = await killCampaign({ kills: 3, seed });
  }, 60_000);

  test('keeps every acknowledged event once, in order, and counts each once', () => {
    expect(report.broken).toEqual([]);
    expect(report.accepted).toBeGreaterThan(500);
  });

  test('would be found out if one acknowledged event were missing or doubled', () => {
    const [first] = report.log;
    if (first === undefined) throw new Error('the log is empty');
    const lost = report.log.filter((found) => found !== first);
    expect(checkHistory(report.attempts, lost).some((line) => line.startsWith('lost'))).toBe(true);
    const doubled = [...report.log, { ...first, offset: 1_000_000 }];
    expect(checkHistory(report.attempts, doubled).some((line) => line.startsWith('double'))).toBe(
      true,
    );
  });
});
