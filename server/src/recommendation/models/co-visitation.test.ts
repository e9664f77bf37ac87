import { describe, expect, test } from 'vitest';
import { CoVisitation } from './co-visitation.js';
import { SessionIndex } from './session-index.js';

function indexOf(sessions: readonly (readonly string[])[]): SessionIndex {
  const index = new SessionIndex();
  sessions.forEach((session, s) => {
    for (const item of session) index.append(s, item, 0);
  });
  return index;
}

describe('co-visitation', () => {
  test('counts what followed an item, weighted 1 / distance, once per session for the support', () => {
    const index = indexOf([
      ['a', 'b', 'c'],
      ['x', 'a', 'c', 'c'],
      ['c', 'a'],
    ]);
    const similar = new CoVisitation(index).similar('a', 9);
    expect(similar).toEqual([
      { item: 'c', score: 1 + 1 / 2 + 1 / 2, sessions: 2 },
      { item: 'b', score: 1, sessions: 1 },
    ]);
  });

  test('counts each occurrence of the item, and never the item itself', () => {
    const similar = new CoVisitation(indexOf([['a', 'a', 'b']])).similar('a', 9);
    expect(similar).toEqual([{ item: 'b', score: 1 + 1 / 2, sessions: 1 }]);
  });

  test('looks ten clicks ahead and not eleven', () => {
    const index = indexOf([['a', ...Array.from({ length: 11 }, (_, at) => `p${at + 1}`)]]);
    const similar = new CoVisitation(index).similar('a', 99).map(({ item }) => item);
    expect(similar).toContain('p10');
    expect(similar).not.toContain('p11');
  });

  test('looks at the newest sessions only, and at what they hold now', () => {
    const index = indexOf([
      ['a', 'old'],
      ['a', 'newer'],
      ['a', 'newest'],
    ]);
    const model = new CoVisitation(index, { sessionsMax: 2 });
    const items = () => new Set(model.similar('a', 9).map(({ item }) => item));
    expect(items()).toEqual(new Set(['newer', 'newest']));
    index.remove(2);
    expect(items()).toEqual(new Set(['newer', 'old']));
    index.append(1, 'live', 0);
    expect(items()).toEqual(new Set(['newer', 'live', 'old']));
  });

  test('gives at most n accepted items, and none for an unknown item', () => {
    const model = new CoVisitation(indexOf([['a', 'b', 'c', 'd']]));
    expect(model.similar('a', 2).map(({ item }) => item)).toEqual(['b', 'c']);
    expect(model.similar('a', 2, (item) => item !== 'b').map(({ item }) => item)).toEqual([
      'c',
      'd',
    ]);
    expect(model.similar('nothing', 2)).toEqual([]);
    expect(model.similar('a', 0)).toEqual([]);
  });
});
