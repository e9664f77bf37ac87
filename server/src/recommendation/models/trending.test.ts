import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import { BestSellers } from './best-sellers.js';
import type { ItemAction } from './event-weights.js';
import { Trending } from './trending.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 10, 23);

/** Scores relative to the best one, so that the landmark does not matter. */
function shares(found: readonly { item: string; score: number }[]): [string, number][] {
  const best = found[0]?.score ?? 1;
  return found.map(({ item, score }) => [item, Number((score / best).toFixed(9))]);
}

function stored(model: Trending | BestSellers, chunks = new Map<string, Uint8Array>()) {
  for (const [name, bytes] of model.changedChunks()) {
    if (bytes === undefined) chunks.delete(name);
    else chunks.set(name, bytes);
  }
  return chunks;
}

describe('trending items', () => {
  test('count actions by weight, halved for each half-life since', () => {
    const model = new Trending({ halfLifeMs: DAY_MS });
    model.add({ item: 'bought-yesterday', action: 'purchase', atMs: START_MS - DAY_MS });
    model.add({ item: 'in-a-cart', action: 'cart', atMs: START_MS });
    model.add({ item: 'looked-at', action: 'view', atMs: START_MS });
    expect(shares(model.top(9))).toEqual([
      ['in-a-cart', 1],
      ['bought-yesterday', Number((2.5 / 3).toFixed(9))],
      ['looked-at', Number((1 / 3).toFixed(9))],
    ]);
  });

  test('are the same in whatever order the events come', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const actions = Array.from({ length: 400 }, () => ({
      item: `p${random.int(0, 60)}`,
      category: random.pick(['shoes', 'hats']),
      action: random.pick<ItemAction>(['view', 'cart', 'purchase']),
      atMs: START_MS + random.int(0, 40 * DAY_MS),
    }));
    const forwards = new Trending();
    const backwards = new Trending();
    for (const action of actions) forwards.add(action);
    for (const action of actions.toReversed()) backwards.add(action);
    const why = `BYTEBASKET_SEED=${seed}`;
    expect(shares(forwards.top(20)), why).toEqual(shares(backwards.top(20)));
    expect(shares(forwards.top(20, { category: 'hats' })), why).toEqual(
      shares(backwards.top(20, { category: 'hats' })),
    );
  });

  test('go on over years without running out of numbers', () => {
    const model = new Trending({ halfLifeMs: HOUR_MS });
    model.add({ item: 'ancient', action: 'purchase', atMs: START_MS });
    for (let day = 1; day <= 800; day++) {
      model.add({ item: `day-${day}`, action: 'view', atMs: START_MS + day * DAY_MS });
    }
    const found = model.top(3);
    expect(found.map(({ item }) => item)).toEqual(['day-800', 'day-799', 'day-798']);
    expect(shares(found)[1]?.[1]).toBeCloseTo(2 ** -24, 9);
    expect(found.every(({ score }) => Number.isFinite(score))).toBe(true);
  });

  test('lose exactly what is taken back', () => {
    const model = new Trending();
    const other = { item: 'b', action: 'view', atMs: START_MS } as const;
    const fraud = {
      item: 'a',
      category: 'c',
      action: 'purchase',
      atMs: START_MS + HOUR_MS,
    } as const;
    model.add(other);
    model.add(fraud);
    model.remove(fraud);
    expect(model.top(9).map(({ item }) => item)).toEqual(['b']);
    expect(model.top(9, { category: 'c' })).toEqual([]);
  });

  test('keep the highest items of a scope, and the categories with the latest actions', () => {
    const model = new Trending({ shopItemsMax: 10, categoryItemsMax: 10, categoriesMax: 3 });
    for (let at = 0; at < 500; at++) {
      model.add({ item: `once-${at}`, category: `c${at % 6}`, action: 'view', atMs: START_MS });
      model.add({ item: 'always', category: 'c5', action: 'view', atMs: START_MS });
    }
    expect(model.top(99)[0]?.item).toBe('always');
    expect(model.top(99).length).toBeLessThan(20);
    expect(model.top(9, { category: 'c5' }).length).toBeGreaterThan(0);
    expect(model.top(9, { category: 'c2' })).toEqual([]);
    expect([...stored(model).keys()].length).toBe(4);
  });

  test('are the same after a restart from saves made on the way', () => {
    const random = seededRandom(testSeed());
    const settings = { shopItemsMax: 50, categoryItemsMax: 30, categoriesMax: 4 };
    const model = new Trending(settings);
    const chunks = new Map<string, Uint8Array>();
    for (let at = 0; at < 2_000; at++) {
      model.add({
        item: `p${random.int(0, 200)}`,
        category: `c${random.int(0, 6)}`,
        action: 'view',
        atMs: START_MS + at * HOUR_MS,
      });
      if (at % 300 === 0) stored(model, chunks);
    }
    stored(model, chunks);
    const shuffled = new Map([...chunks].sort(([a], [b]) => (a < b ? -1 : 1)));
    const loaded = Trending.load(shuffled, settings);
    expect(loaded.top(99)).toEqual(model.top(99));
    for (let at = 0; at <= 6; at++) {
      const category = `c${at}`;
      expect(loaded.top(99, { category })).toEqual(model.top(99, { category }));
    }
    expect(loaded.changedChunks().size).toBe(0);
    // Which category is forgotten next does not depend on the restart.
    for (const one of [model, loaded]) {
      one.add({ item: 'p', category: 'new', action: 'view', atMs: START_MS });
    }
    const left = (one: Trending) =>
      ['new', ...Array.from({ length: 7 }, (_, at) => `c${at}`)].filter(
        (category) => one.top(1, { category }).length > 0,
      );
    expect(left(loaded)).toEqual(left(model));
    expect(left(model)).toHaveLength(4);
  });

  test('refuse damaged chunks and name them', () => {
    const model = new Trending();
    model.add({ item: 'a', action: 'view', atMs: START_MS });
    const chunks = stored(model);
    chunks.set('all', (chunks.get('all') ?? new Uint8Array()).subarray(0, 12));
    expect(() => Trending.load(chunks)).toThrow("damaged in 'all'");
  });
});

describe('best sellers', () => {
  test('count orders, one of 30 days ago half', () => {
    const model = new BestSellers();
    for (const day of [0, 0, 0]) model.add({ item: 'old', atMs: START_MS + day });
    for (const day of [30, 30]) {
      model.add({ item: 'new', category: 'c', atMs: START_MS + day * DAY_MS });
    }
    expect(shares(model.top(9))).toEqual([
      ['new', 1],
      ['old', 0.75],
    ]);
    expect(BestSellers.load(stored(model)).top(9)).toEqual(model.top(9));
    model.remove({ item: 'new', category: 'c', atMs: START_MS + 30 * DAY_MS });
    expect(model.top(1)).toMatchObject([{ item: 'old' }]);
  });
});
