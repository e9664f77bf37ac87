import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BoughtTogether } from './bought-together.js';

const FILE = `${process.env['BYTEBASKET_DATA'] ?? '../shared/data'}/groceries/groceries.csv`;

function modelOf(baskets: readonly (readonly string[])[], settings = {}): BoughtTogether {
  const model = new BoughtTogether(settings);
  baskets.forEach((items, at) => model.add(`order-${at}`, items, 0));
  return model;
}

describe('bought together', () => {
  test('gives support, confidence and lift of each pair', () => {
    const model = modelOf([['ham', 'bread'], ['ham', 'bread', 'jam'], ['ham'], ['jam'], ['tea']], {
      basketsMin: 2,
    });
    expect(model.boughtWith('ham', 9)).toEqual([
      {
        item: 'bread',
        score: 2 / 3 - 2 / 5,
        baskets: 2,
        support: ((2 / 3) * 3) / 5,
        confidence: 2 / 3,
        lift: 2 / 3 / (2 / 5),
      },
    ]);
  });

  test('leaves out pairs that are rare, and what everybody buys anyway', () => {
    const baskets = [
      ['a', 'bag'],
      ['a', 'bag', 'rare'],
      ['a', 'bag'],
      ['b', 'bag'],
    ];
    expect(modelOf(baskets).boughtWith('a', 9)).toEqual([]);
    expect(modelOf(baskets, { basketsMin: 1 }).boughtWith('a', 9)).toMatchObject([
      { item: 'rare', baskets: 1 },
    ]);
  });

  test('counts an order once, an item of it once, and not after it was taken out', () => {
    const model = modelOf([], { basketsMin: 1 });
    model.add('order', ['a', 'b', 'b', 'a'], 0);
    model.add('order', ['a', 'c'], 0);
    model.add('other', ['z'], 0);
    expect(model.boughtWith('a', 9)).toMatchObject([{ item: 'b', baskets: 1, lift: 2 }]);
    model.remove('order');
    model.add('order', ['a', 'b'], 0);
    expect(model.boughtWith('a', 9)).toEqual([]);
    expect(model.size).toBe(1);
  });

  test('keeps the newest baskets and is the same after a restart', () => {
    const settings = { basketsMin: 1, basketsMax: 50 };
    const model = modelOf(
      Array.from({ length: 200 }, (_, at) => ['a', `p${at % 7}`, `q${at}`].slice(at % 2)),
      settings,
    );
    expect(model.size).toBe(50);
    const chunks = new Map<string, Uint8Array>();
    for (const [name, bytes] of model.changedChunks()) if (bytes) chunks.set(name, bytes);
    const loaded = BoughtTogether.load(chunks, settings);
    expect(loaded.boughtWith('a', 99)).toEqual(model.boughtWith('a', 99));
    expect(loaded.boughtWith('p3', 99)).toEqual(model.boughtWith('p3', 99));
  });

  test('counts 9,835 baskets of groceries as published', ({ skip }) => {
    if (!existsSync(FILE)) return skip(`no data at ${FILE}: set BYTEBASKET_DATA`);
    const baskets = new Map<string, string[]>();
    for (const line of readFileSync(FILE, 'utf8').trim().split('\n').slice(1)) {
      const [basket = '', item = ''] = line.split(',').map((field) => field.replaceAll('"', ''));
      baskets.set(basket, [...(baskets.get(basket) ?? []), item.trim()]);
    }
    const model = modelOf([...baskets.values()]);
    expect(model.size).toBe(9_835);
    const pair = (asked: string, other: string) =>
      model.boughtWith(asked, 200).find(({ item }) => item === other);
    const milk = pair('other vegetables', 'whole milk');
    expect(milk?.baskets).toBe(736);
    expect(milk?.support).toBeCloseTo(0.074835, 6);
    expect(milk?.confidence).toBeCloseTo(0.386758, 6);
    expect(milk?.lift).toBeCloseTo(1.513634, 6);
    expect(pair('whole milk', 'other vegetables')?.confidence).toBeCloseTo(0.292877, 6);
    expect(pair('ham', 'white bread')).toMatchObject({ baskets: 50 });
    expect(pair('ham', 'white bread')?.lift).toBeCloseTo(4.639851, 6);
  });
});
