import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import { DEFAULT_KNN_SETTINGS, type KnnSettings } from './knn-settings.js';
import { SessionIndex } from './session-index.js';
import { SessionRecommender } from './session-knn.js';
import { tieHash } from './text-hash.js';

/** The formulas as they are written down, without any index; sessions oldest first. */
function reference(
  sessions: readonly (readonly string[])[],
  items: readonly string[],
  settings: KnnSettings = DEFAULT_KNN_SETTINGS,
): { item: string; score: number }[] {
  const { spw, ipw, inh, ln, snh } = settings;
  const visitor = items.slice(-settings.clicksMax);
  const last = visitor.length - 1;
  const held = sessions.filter((session) => session.length > 0).length;
  const candidates = new Map<number, { sum: number; newest: number }>();
  for (const item of new Set(visitor.toReversed())) {
    const p = visitor.lastIndexOf(item);
    const having = sessions.flatMap((session, s) => (session.includes(item) ? [s] : []));
    const idf = Math.max(1e-3, Math.log(held / having.length));
    for (const s of having.toReversed().slice(0, 5_000)) {
      const candidate = candidates.get(s) ?? { sum: 0, newest: p };
      candidate.sum += Math.exp((p - last) / spw) * idf;
      candidates.set(s, candidate);
    }
  }
  const count = sessions.length;
  const similar = [...candidates].map(([s, { sum, newest }]) => {
    const visitorItems = 1 / Math.sqrt(new Set(visitor).size);
    const length = new Set(sessions[s]).size ** -ln;
    return { s, newest, sim: sum * visitorItems * length * Math.exp(-(count - s) / (snh * count)) };
  });
  const chosen = new Set(
    similar.toSorted((a, b) => b.sim - a.sim || b.s - a.s).slice(0, settings.neighbours),
  );
  const scores = new Map<string, number>();
  for (const { s, newest, sim } of similar.filter((neighbour) => chosen.has(neighbour))) {
    const session = sessions[s] ?? [];
    const q = session.lastIndexOf(visitor[newest] ?? '');
    session.forEach((item, j) => {
      const part = sim * Math.exp((newest - last) / ipw) * Math.exp(-Math.abs(j - q) / inh);
      scores.set(item, (scores.get(item) ?? 0) + part);
    });
  }
  return [...scores]
    .map(([item, score]) => ({ item, score }))
    .sort((a, b) => b.score - a.score || tieHash(a.item) - tieHash(b.item));
}

function indexOf(sessions: readonly (readonly string[])[]): SessionIndex {
  const index = new SessionIndex();
  sessions.forEach((session, s) => {
    for (const item of session) index.append(s, item, s * 1_000);
  });
  return index;
}

const plain = (all: readonly { item: string; score: number }[]) =>
  all.map(({ item, score }) => ({ item, score }));

describe('session recommendations', () => {
  test('equal the formulas for random sessions and settings, score by score', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const items = random.int(2, 40);
      const item = () => `p${Math.floor(items * random.next() ** 2)}`;
      const sessions = Array.from({ length: random.int(2, 150) }, () =>
        Array.from({ length: random.int(1, 9) }, item),
      );
      const settings: KnnSettings = {
        spw: random.pick([0.9, 3]),
        ipw: random.pick([1, 2]),
        inh: random.pick([1, 2]),
        ln: random.pick([0, 0.25, 1]),
        snh: random.pick([0.5, 2]),
        neighbours: random.pick([1, 5, 500]),
        clicksMax: random.pick([3, 50]),
      };
      const recommender = new SessionRecommender(indexOf(sessions), settings);
      for (let call = 0; call < 5; call++) {
        const visitor = Array.from({ length: random.int(1, 8) }, item);
        const expected = reference(sessions, visitor, settings);
        const found = recommender.recommend({ items: visitor, k: 1_000 });
        expect(plain(found), `BYTEBASKET_SEED=${seed}, round ${round}`).toEqual(expected);
      }
    }
  });
});
