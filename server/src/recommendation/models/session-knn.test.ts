import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import { DEFAULT_KNN_SETTINGS, type KnnSettings } from './knn-settings.js';
import { SessionIndex } from './session-index.js';
import { SessionRecommender } from './session-knn.js';
import { tieHash } from './text-hash.js';

/**
 * The formulas as they are written down, without any index; sessions oldest first. `perItem`: newest sessions of an item
 * that are looked at.
 */
function reference(
  sessions: readonly (readonly string[])[],
  items: readonly string[],
  { perItem = 5_000, ...given }: Partial<KnnSettings> & { perItem?: number } = {},
): { item: string; score: number }[] {
  const settings = { ...DEFAULT_KNN_SETTINGS, ...given };
  const { spw, ipw, inh, ln, snh } = settings;
  const visitor = items.slice(-settings.clicksMax);
  const last = visitor.length - 1;
  const sessionsWith = (item: string) => sessions.filter((s) => s.includes(item)).length;
  const held = sessions.filter((session) => session.length > 0).length;
  const candidates = new Map<number, { sum: number; newest: number }>();
  for (const item of new Set(visitor.toReversed())) {
    const p = visitor.lastIndexOf(item);
    const having = sessions.flatMap((session, s) => (session.includes(item) ? [s] : []));
    const idf = Math.max(1e-3, Math.log(held / having.length));
    for (const s of having.toReversed().slice(0, perItem)) {
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
      const order = j < q ? settings.before : 1;
      const decay = Math.exp(-Math.abs(j - q) / inh) * order;
      const part = sim * Math.exp((newest - last) / ipw) * decay;
      scores.set(item, (scores.get(item) ?? 0) + part);
    });
  }
  return [...scores]
    .map(([item, score]) => ({ item, score: score * sessionsWith(item) ** -settings.popularity }))
    .filter(({ score }) => score > 0)
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
  test('equal what a pencil says for three sessions', () => {
    const index = indexOf([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ]);
    const published = { spw: 3, inh: 2, before: 1, popularity: 0, ln: 0.25, snh: 0.5 };
    const found = new SessionRecommender(index, published).recommend({ items: ['b'], k: 10 });
    // idf(b) = ln(3/2); similarity = idf * 2^-1/4 * exp(-3/1.5) and exp(-2/1.5); one step away counts exp(-1/2).
    expect(found.map(({ item, score }) => [item, score.toFixed(6)])).toEqual([
      ['b', '0.136018'],
      ['c', '0.054512'],
      ['a', '0.027987'],
    ]);
  });

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
        before: random.pick([0, 0.7, 1]),
        popularity: random.pick([0, 0.25, 1]),
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

  test.each([
    { sessionsMax: 40, sessionsPerItemMax: 4, clicksPerSessionMax: 100 },
    { sessionsMax: 40, sessionsPerItemMax: 5_000, clicksPerSessionMax: 4 },
  ])('equal the formulas while sessions grow and the oldest leave, with %o', (bounds) => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const index = new SessionIndex(bounds);
    const recommender = new SessionRecommender(index, { neighbours: 10 });
    const held = new Map<number, string[]>();
    for (let step = 0; step < 1_500; step++) {
      const key = Math.max(0, Math.floor(step / 5) - random.int(0, 6));
      const item = `p${random.int(0, 25)}`;
      index.append(key, item, step);
      const session = held.get(key) ?? [];
      held.set(key, [...session, item].slice(-bounds.clicksPerSessionMax));
      const [oldest] = held.keys();
      if (held.size > bounds.sessionsMax && oldest !== undefined) held.delete(oldest);
      if (step % 50 !== 0) continue;
      const visitor = Array.from({ length: random.int(1, 4) }, () => `p${random.int(0, 25)}`);
      const expected = reference([...held.values()], visitor, {
        neighbours: 10,
        perItem: bounds.sessionsPerItemMax,
      });
      const found = recommender.recommend({ items: visitor, k: 1_000 });
      expect(plain(found), `BYTEBASKET_SEED=${seed}, step ${step}`).toEqual(expected);
    }
  });

  test('name the clicked item that contributed most', () => {
    const index = indexOf([
      ['tea', 'cup'],
      ['tea', 'cup'],
      ['tea', 'cup'],
      ['bike', 'lock'],
      ['x'],
    ]);
    const found = new SessionRecommender(index).recommend({ items: ['tea', 'bike'], k: 10 });
    const because = new Map(found.map((one) => [one.item, one.because]));
    expect(because.get('cup')).toBe('tea');
    expect(because.get('lock')).toBe('bike');
  });

  test('leave the own session of the visitor out of the neighbours', () => {
    const index = indexOf([['a', 'b'], ['a', 'only-mine'], ['z']]);
    const found = new SessionRecommender(index).recommend({ items: ['a'], k: 10, ownSession: 1 });
    expect(found.map(({ item }) => item)).toEqual(['a', 'b']);
  });

  test('hold a new item after the first session that shares one with the visitor', () => {
    const index = indexOf([['a', 'brand-new']]);
    const recommender = new SessionRecommender(index);
    expect(recommender.recommend({ items: ['a'], k: 5 }).map(({ item }) => item)).toEqual([
      'a',
      'brand-new',
    ]);
  });

  test('hold only accepted items, and the next answer is right after a filter threw', () => {
    const index = indexOf([['a', 'b', 'c'], ['a', 'c'], ['z']]);
    const recommender = new SessionRecommender(index);
    const query = { items: ['a'], k: 10 };
    const before = recommender.recommend(query);
    const broken = () => {
      throw new Error('the filter broke');
    };
    expect(() => recommender.recommend({ ...query, accepts: broken })).toThrow('the filter broke');
    expect(recommender.recommend(query)).toEqual(before);
    const without = recommender.recommend({ ...query, accepts: (item) => item !== 'a' });
    expect(without).toEqual(before.filter(({ item }) => item !== 'a'));
  });

  test('are the first k of the longer list, for any k', () => {
    const index = indexOf(Array.from({ length: 60 }, (_, s) => ['a', `p${s % 13}`, `q${s % 7}`]));
    const recommender = new SessionRecommender(index);
    const all = recommender.recommend({ items: ['a'], k: 100 });
    expect(all).toHaveLength(21);
    for (const k of [0, 1, 2, 20, 21, 22]) {
      expect(recommender.recommend({ items: ['a'], k })).toEqual(all.slice(0, k));
    }
  });

  test('are none for unknown items, an empty session and an empty index', () => {
    const recommender = new SessionRecommender(indexOf([['a', 'b']]));
    expect(recommender.recommend({ items: ['nothing'], k: 5 })).toEqual([]);
    expect(recommender.recommend({ items: [], k: 5 })).toEqual([]);
    const empty = new SessionRecommender(new SessionIndex());
    expect(empty.recommend({ items: ['a'], k: 5 })).toEqual([]);
  });

  test('refuse settings out of range and name them', () => {
    expect(() => new SessionRecommender(new SessionIndex(), { spw: 0 })).toThrow('spw is 0');
    expect(() => new SessionRecommender(new SessionIndex(), { ln: 1.5 })).toThrow('ln is 1.5');
  });
});
