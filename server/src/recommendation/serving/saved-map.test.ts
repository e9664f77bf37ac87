import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import { SavedMap } from './saved-map.js';

type Chunks = Map<string, Uint8Array>;

/** Takes a save into the chunks as a store does. */
function saveInto(chunks: Chunks, map: SavedMap<number>): void {
  for (const [name, bytes] of map.changedChunks()) {
    if (bytes === undefined) chunks.delete(name);
    else chunks.set(name, bytes);
  }
}

function loaded(chunks: Chunks, max: number): SavedMap<number> {
  const map = new SavedMap<number>('m/', max);
  map.load(chunks);
  return map;
}

/** Pushes everything out one by one: the entries, oldest first. */
function drained(map: SavedMap<number>, max: number): (readonly [string, number])[] {
  const out: (readonly [string, number])[] = [];
  for (let n = 0; n < max * 2; n++) {
    const gone = map.put(`filler-${n}`, -1);
    if (gone !== undefined && gone[1] !== -1) out.push(gone);
  }
  return out;
}

describe('a saved map', () => {
  test('forgets what was put longest ago, and reading keeps nothing', () => {
    const map = new SavedMap<number>('m/', 2);
    map.put('a', 1);
    map.put('b', 2);
    map.put('a', 3);
    expect(map.get('b')).toBe(2);
    expect(map.put('c', 4)).toEqual(['b', 2]);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([3, undefined, 4, 2]);
  });

  test('saves only what changed', () => {
    const map = new SavedMap<number>('m/', 10);
    expect(map.changedChunks().size).toBe(0);
    map.put('a', 1);
    expect([...map.changedChunks().keys()]).toEqual(['m/0']);
    expect(map.changedChunks().size).toBe(0);
    map.put('b', 2);
    const [entry] = map.changedChunks();
    expect(entry?.[0]).toBe('m/1');
    expect(Buffer.from(entry?.[1] ?? []).toString()).toBe('[["b",2]]');
  });

  test('is the same after any number of saves and loads, in what it holds and what it forgets', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const max = 20;
    const straight = new SavedMap<number>('m/', max);
    let restarted = new SavedMap<number>('m/', max);
    const chunks: Chunks = new Map();
    let chunksMax = 0;
    for (let step = 0; step < 6_000; step++) {
      const key = `k${random.int(0, 40)}`;
      const remove = random.chance(0.2);
      for (const map of [straight, restarted]) {
        if (remove) map.delete(key);
        else map.put(key, step);
      }
      if (random.chance(0.05)) {
        saveInto(chunks, restarted);
        if (random.chance(0.3)) restarted = loaded(chunks, max);
        expect(restarted.size, `BYTEBASKET_SEED=${seed}`).toBe(straight.size);
      }
      chunksMax = Math.max(chunksMax, chunks.size);
    }
    expect(restarted.size, `BYTEBASKET_SEED=${seed}`).toBe(straight.size);
    expect(drained(restarted, max), `BYTEBASKET_SEED=${seed}`).toEqual(drained(straight, max));
    // It was written anew now and then: the journal does not grow for ever.
    expect(chunksMax).toBeLessThan(120);
  });

  test('leaves chunks of others alone and refuses damaged ones', () => {
    const bytes = new TextEncoder().encode('[["a",1');
    expect(() => loaded(new Map([['m/0', bytes]]), 5)).toThrow();
    expect(loaded(new Map([['other/0', bytes]]), 5).size).toBe(0);
  });
});
