import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed, type Random } from '../../../../tests/support/random.js';
import { SessionIndex, type SessionBounds } from './session-index.js';
import { SessionRecommender } from './session-knn.js';

const SMALL: Partial<SessionBounds> = {
  sessionsMax: 1_500,
  clicksMax: 5_000,
  itemsMax: 600,
  clicksPerSessionMax: 12,
  sessionsPerItemMax: 40,
};

/** A click of a stream in which some sessions run beside each other. */
function randomClick(random: Random, step: number): [key: string, item: string] {
  const session = Math.max(0, Math.floor(step / 4) - Math.floor(30 * random.next() ** 3));
  return [`session-${session}`, `p${Math.floor(700 * random.next() ** 2)}`];
}

function answers(index: SessionIndex, random: Random): unknown[] {
  const recommender = new SessionRecommender(index, { neighbours: 50 });
  return Array.from({ length: 30 }, () => {
    const items = Array.from({ length: random.int(1, 5) }, () => randomClick(random, 0)[1]);
    return recommender.recommend({ items, k: 30 });
  });
}

/** What a table would hold after all saves. */
function store(chunks: Map<string, Uint8Array>, index: SessionIndex): void {
  for (const [name, bytes] of index.changedChunks()) {
    if (bytes === undefined) chunks.delete(name);
    else chunks.set(name, bytes);
  }
}

describe('a session index', () => {
  test('keeps its bounds whatever comes, and knows what it holds', () => {
    const random = seededRandom(testSeed());
    const index = new SessionIndex(SMALL);
    for (let step = 0; step < 20_000; step++) {
      index.append(...randomClick(random, step), step);
      if (step % 100 !== 0) continue;
      const { sessions, clicks, items } = index.figures();
      expect(sessions).toBeLessThanOrEqual(1_500);
      expect(clicks).toBeLessThanOrEqual(5_000);
      expect(items).toBeLessThanOrEqual(600);
    }
    const { sessions, dropped, clicks } = index.figures();
    let counted = 0;
    for (let session = 0; session < 5_000; session++) {
      counted += index.itemsOf(`session-${session}`).length;
    }
    expect(counted).toBe(clicks);
    expect(sessions).toBe(index.size);
    expect(dropped).toBeGreaterThan(1_000);
  });

  test('answers as one built anew from the sessions it still holds', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const live = new SessionIndex({ ...SMALL, sessionsPerItemMax: 5_000 });
    const opened = new Set<string>();
    for (let step = 0; step < 15_000; step++) {
      const [key, item] = randomClick(random, step);
      if (!live.has(key)) opened.delete(key);
      opened.add(key);
      live.append(key, item, step);
    }
    const rebuilt = new SessionIndex();
    for (const key of opened) for (const item of live.itemsOf(key)) rebuilt.append(key, item, 0);
    expect(rebuilt.size).toBe(live.size);
    const ask = random.int(0, 1e9);
    expect(answers(live, seededRandom(ask)), `BYTEBASKET_SEED=${seed}`).toEqual(
      answers(rebuilt, seededRandom(ask)),
    );
  });

  test('is the same after a restart from saves made on the way, and goes on the same', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const index = new SessionIndex(SMALL);
    const chunks = new Map<string, Uint8Array>();
    for (let step = 0; step < 12_000; step++) {
      index.append(...randomClick(random, step), step * 1_000);
      if (step % 500 === 77) index.remove(`session-${Math.floor(step / 4) - 3}`);
      if (step % 777 === 0) store(chunks, index);
    }
    store(chunks, index);
    const loaded = SessionIndex.load(chunks, SMALL);
    expect(loaded.figures()).toMatchObject({
      sessions: index.size,
      clicks: index.figures().clicks,
      items: index.figures().items,
      newestMs: index.figures().newestMs,
    });
    for (let step = 12_000; step < 14_000; step++) {
      const [key, item] = randomClick(random, step);
      expect(loaded.append(key, item, step)).toBe(index.append(key, item, step));
    }
    const ask = random.int(0, 1e9);
    expect(answers(loaded, seededRandom(ask)), `BYTEBASKET_SEED=${seed}`).toEqual(
      answers(index, seededRandom(ask)),
    );
    // The chunks written after the restart fit to those written before it.
    store(chunks, loaded);
    expect(answers(SessionIndex.load(chunks, SMALL), seededRandom(ask))).toEqual(
      answers(index, seededRandom(ask)),
    );
  });

  test('saves only what changed, in chunks of at most 512 KiB', () => {
    const index = new SessionIndex({ clicksPerSessionMax: 200 });
    for (let session = 0; session < 1_100; session++) {
      for (let click = 0; click < 200; click++) {
        index.append(session, `${'long-'.repeat(20)}${(session + click * 7) % 3_000}`, 0);
      }
    }
    const first = index.changedChunks();
    const sizes = [...first.values()].map((bytes) => bytes?.length ?? 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512 * 1_024);
    expect(first.size).toBeGreaterThan(8);
    index.append('one-more', `${'long-'.repeat(20)}1`, 0);
    expect([...index.changedChunks().keys()]).toEqual(['sessions/2', 'head']);
  });

  test('forgets an item with its last session and takes the room for another one', () => {
    const index = new SessionIndex({ itemsMax: 2 });
    index.append('s1', 'a', 0);
    index.append('s2', 'b', 0);
    index.append('s3', 'c', 0);
    expect([index.sessionsWith('a'), index.sessionsWith('b'), index.sessionsWith('c')]).toEqual([
      0, 1, 1,
    ]);
    expect(index.has('s1')).toBe(false);
    index.append('s2', 'c', 0);
    expect(index.itemsOf('s2')).toEqual(['b', 'c']);
  });

  test('keeps the newest clicks of a session that never ends', () => {
    const index = new SessionIndex({ clicksPerSessionMax: 3 });
    for (const item of ['a', 'b', 'a', 'c', 'd']) index.append('s', item, 0);
    expect(index.itemsOf('s')).toEqual(['a', 'c', 'd']);
    expect(index.sessionsWith('b')).toBe(0);
    expect(index.sessionsWith('a')).toBe(1);
    index.append('s', 'e', 0);
    expect(index.sessionsWith('a')).toBe(0);
  });

  test('takes a removed session out of every answer and ignores its later clicks', () => {
    const index = new SessionIndex();
    index.append('honest', 'a', 0);
    index.append('honest', 'b', 0);
    index.append('robot', 'a', 0);
    index.append('robot', 'pushed', 0);
    index.remove('robot');
    expect(index.append('robot', 'pushed', 0)).toBe(false);
    expect(index.size).toBe(1);
    expect(index.itemsOf('robot')).toEqual([]);
    expect(index.sessionsWith('pushed')).toBe(0);
    const items = new SessionRecommender(index).recommend({ items: ['a'], k: 9 });
    expect(items.map(({ item }) => item)).toEqual(['a', 'b']);
  });

  test('remembers a removal that came before the first click', () => {
    const index = new SessionIndex();
    index.remove('robot');
    expect(index.append('robot', 'a', 0)).toBe(false);
    expect(index.size).toBe(0);
    expect(index.append('visitor', 'a', 0)).toBe(true);
  });

  test('remembers removals, and forgets their items, over a restart', () => {
    const index = new SessionIndex();
    index.append('visitor', 'a', 5);
    index.append('robot', 'pushed', 7);
    const chunks = new Map<string, Uint8Array>();
    store(chunks, index);
    index.remove('robot');
    store(chunks, index);
    const loaded = SessionIndex.load(chunks);
    expect(loaded.figures()).toMatchObject({ sessions: 1, items: 1, newestMs: 7 });
    expect(loaded.append('robot', 'pushed', 8)).toBe(false);
    expect(loaded.append('visitor', 'b', 9)).toBe(true);
    expect(loaded.itemsOf('visitor')).toEqual(['a', 'b']);
  });

  test('drops the oldest sessions at its bound of clicks', () => {
    const index = new SessionIndex({ clicksMax: 4, clicksPerSessionMax: 3 });
    for (const session of ['s1', 's2', 's3']) {
      for (const item of ['a', 'b']) index.append(session, item, 0);
    }
    expect([index.has('s1'), index.has('s2'), index.has('s3')]).toEqual([false, true, true]);
    expect(index.figures()).toMatchObject({ sessions: 2, clicks: 4, dropped: 1 });
    expect(index.sessionsWith('a')).toBe(2);
  });

  test('does not load from damaged or missing chunks, and says which', () => {
    const index = new SessionIndex();
    for (let session = 0; session < 1_200; session++) index.append(session, `p${session}`, 0);
    const chunks = new Map<string, Uint8Array>();
    store(chunks, index);
    expect(SessionIndex.load(chunks).size).toBe(1_200);
    for (const name of chunks.keys()) {
      const missing = new Map(chunks);
      missing.delete(name);
      expect(() => SessionIndex.load(missing), name).toThrow('build it from the log again');
      const bytes = chunks.get(name) ?? new Uint8Array();
      const cut = new Map(chunks).set(name, bytes.subarray(0, bytes.length - 1));
      expect(() => SessionIndex.load(cut), name).toThrow(`damaged in '${name}'`);
    }
  });

  test('opens empty from no chunks', () => {
    expect(SessionIndex.load(new Map()).size).toBe(0);
  });

  test('refuses bounds out of range and names them', () => {
    expect(() => new SessionIndex({ sessionsMax: 0 })).toThrow('sessionsMax is 0');
    expect(() => new SessionIndex({ clicksMax: 5 })).toThrow('clicksMax is 5');
  });
});
