import { SessionIndex } from '@bytebasket/server/recommendation/models/session-index';
import { SessionRecommender } from '@bytebasket/server/recommendation/models/session-knn';
import { describe, expect, test } from 'vitest';
import {
  addTrainingClicks,
  DIGINETICA,
  digineticaCases,
  digineticaPresent,
  NextItemScore,
} from '../../bench/recommendation/diginetica.js';

const EVERY = 40;

describe('the session recommender', () => {
  test('is as accurate as promised on every 40th case of Diginetica', async ({ skip }) => {
    if (!digineticaPresent()) return skip(`no data at ${DIGINETICA}: set BYTEBASKET_DATA`);
    const index = new SessionIndex();
    await addTrainingClicks(index);
    expect(index.size).toBe(186_670);
    const recommender = new SessionRecommender(index);
    const score = new NextItemScore();
    for (const { prefix, next } of await digineticaCases(EVERY)) {
      const found = recommender.recommend({ items: prefix, k: 20 });
      score.add(
        found.map(({ item }) => item),
        next,
      );
    }
    expect(score.cases).toBe(1_522);
    expect(score.hr20).toBeGreaterThan(0.52);
    expect(score.mrr20).toBeGreaterThan(0.187);
  }, 60_000);
});
