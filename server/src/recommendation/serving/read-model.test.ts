import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed, type Random } from '../../../../tests/support/random.js';
import { answer } from './answer.js';
import type { Actor, ProductFacts, ProductSignal, ServingInput, Signal } from './input.js';
import type { RankedList, RecommendRequest } from './protocol.js';
import { ReadModel } from './read-model.js';

const START_MS = Date.UTC(2026, 5, 1, 12);
const MINUTE_MS = 60_000;
/** Alerts may go anywhere: their own rules are tested with them. */
const alertTransition = () => true;
const bounds = { visitorsMax: 12, sessions: { sessionsMax: 40 } };

function actorOf(anonymousId: string, fields: Partial<Actor> = {}): Actor {
  return { anonymousId, userId: '', sessionId: '', ...fields };
}

function signal(actor: Actor, itemId: string, fields: Partial<ProductSignal> = {}): ProductSignal {
  const product = { itemId, categoryId: '' };
  return { kind: 'signal', signal: 'view', actor, product, occurMs: START_MS, ...fields };
}

function request(fields: Partial<RecommendRequest>): RecommendRequest {
  return {
    kind: 'recommend',
    visitor: { anonymousId: '', userId: '' },
    placement: 'home',
    itemId: '',
    basket: [],
    recent: [],
    limit: 20,
    exclude: [],
    categories: [],
    categoryItemsMax: 0,
    includeBought: false,
    includeSeen: false,
    ...fields,
  };
}

function modelOf(inputs: readonly ServingInput[]): ReadModel {
  const model = new ReadModel({ alertTransition });
  for (const input of inputs) model.apply(input);
  return model;
}

const itemsOf = (list: RankedList): string[] => list.items.map(({ itemId }) => itemId);

describe('sessions of the read model', () => {
  const sessions = (model: ReadModel) => model.sessions.figures().sessions;

  test('are cut by session id, else by a pause of more than 30 minutes', () => {
    const at = (minute: number, fields: Partial<Actor> = {}) =>
      signal(actorOf('ann', fields), `i${minute}`, { occurMs: START_MS + minute * MINUTE_MS });
    expect(sessions(modelOf([at(0), at(30), at(60)]))).toBe(1);
    expect(sessions(modelOf([at(0), at(30), at(60.01)]))).toBe(2);
    expect(sessions(modelOf([at(0, { sessionId: 's' }), at(500, { sessionId: 's' })]))).toBe(1);
    expect(sessions(modelOf([at(0, { sessionId: 's' }), at(1, { sessionId: 't' })]))).toBe(2);
  });

  test('of two devices with one session id stay apart', () => {
    const inputs = ['ann', 'bob'].map((id) => signal(actorOf(id, { sessionId: 's' }), 'x'));
    expect(sessions(modelOf(inputs))).toBe(2);
  });

  test('take the view after a click, and the cart after the view, for one interest', () => {
    const ann = actorOf('ann');
    const does = (kind: Signal, item = 'x') => signal(ann, item, { signal: kind });
    const clicks = (...inputs: ServingInput[]) => modelOf(inputs).sessions.figures().clicks;
    expect(clicks(does('click'), does('view'), does('cart'))).toBe(1);
    expect(clicks(does('view'), does('view'))).toBe(2);
    expect(clicks(does('click'), does('view', 'y'))).toBe(2);
    expect(clicks(does('view'), does('uncart'))).toBe(1);
  });
});

describe('visitors of the read model', () => {
  const view = (model: ReadModel, anonymousId: string, userId = '') =>
    model.visitors.view({ anonymousId, userId });

  test('are one person over all devices once they are identified', () => {
    const model = modelOf([
      signal(actorOf('phone'), 'a'),
      { kind: 'identified', actor: actorOf('phone', { userId: 'ann' }) },
      signal(actorOf('laptop', { userId: 'ann' }), 'b', { occurMs: START_MS + MINUTE_MS }),
      {
        kind: 'order',
        actor: actorOf('laptop', { userId: 'ann' }),
        orderId: 'o',
        products: [{ itemId: 'c', categoryId: '' }],
        occurMs: START_MS,
      },
    ]);
    expect(view(model, 'phone').session).toEqual(['b']);
    expect(view(model, '', 'ann').session).toEqual(['b']);
    expect([...view(model, 'phone').bought]).toEqual(['c']);
    expect(view(model, 'laptop').session).toEqual(['b']);
    expect(view(model, 'stranger').session).toEqual([]);
  });

  test('see one device twice as one', () => {
    const ann = actorOf('phone', { userId: 'ann', sessionId: 's' });
    const model = modelOf([signal(ann, 'a'), signal(ann, 'b')]);
    expect(view(model, 'phone', 'ann').session).toEqual(['a', 'b']);
  });

  test('keep a cart until the order, as the shop shows it', () => {
    const ann = actorOf('ann');
    const cart = (kind: Signal, item: string) => signal(ann, item, { signal: kind });
    const model = modelOf([cart('cart', 'a'), cart('cart', 'b'), cart('uncart', 'a')]);
    expect(view(model, 'ann').cart).toEqual(['b']);
    model.apply({ kind: 'cart', actor: ann, items: ['c', 'd'] });
    expect(view(model, 'ann').cart).toEqual(['c', 'd']);
    const products = [{ itemId: 'c', categoryId: '' }];
    model.apply({ kind: 'order', actor: ann, orderId: 'o1', products, occurMs: START_MS });
    expect(view(model, 'ann')).toMatchObject({ cart: [], order: ['c'] });
  });
});

describe('answers of the read model', () => {
  const facts = (itemId: string, fields: Partial<ProductFacts>): ProductFacts => ({
    kind: 'product',
    product: { itemId, categoryId: '' },
    available: undefined,
    recommendable: undefined,
    ...fields,
  });
  const shop = (): ReadModel =>
    modelOf([
      ...['ann', 'bob'].flatMap((id) => ['a', 'b', 'c'].map((item) => signal(actorOf(id), item))),
      signal(actorOf('new'), 'a'),
    ]);
  const forNew = (fields: Partial<RecommendRequest> = {}) =>
    request({ visitor: { anonymousId: 'new', userId: '' }, ...fields });

  test('follow the catalogue: sold out, blocked, and back again', () => {
    const model = shop();
    expect(itemsOf(answer(model, forNew())).toSorted()).toEqual(['b', 'c']);
    model.apply(facts('b', { available: false }));
    model.apply(facts('c', { recommendable: false }));
    expect(answer(model, forNew())).toMatchObject({ items: [], filtered: 3 });
    model.apply(facts('b', { recommendable: true }));
    expect(itemsOf(answer(model, forNew()))).toEqual([]);
    model.apply(facts('b', { available: true }));
    model.apply(facts('c', { recommendable: true }));
    expect(itemsOf(answer(model, forNew())).toSorted()).toEqual(['b', 'c']);
  });

  test('take the items of the request instead of the visitor’s', () => {
    const list = answer(shop(), request({ recent: ['b'] }));
    expect(itemsOf(list).toSorted()).toEqual(['a', 'c']);
    expect(list.items[0]?.reason).toBe('because you viewed b');
  });

  test('have no item twice and no more than asked for', () => {
    for (let limit = 1; limit <= 3; limit++) {
      const items = itemsOf(answer(shop(), forNew({ limit, includeSeen: true })));
      expect(items).toHaveLength(limit);
      expect(new Set(items).size).toBe(limit);
    }
  });

  test('change nothing in the model', () => {
    const model = shop();
    model.changedChunks();
    answer(model, forNew());
    answer(model, forNew({ placement: 'product', itemId: 'unheard-of' }));
    const changed = [...model.changedChunks().keys()];
    // The heads of the two session indexes are always there.
    expect(changed.filter((name) => !name.endsWith('/head'))).toEqual([]);
  });
});

describe('a read model that was saved and restored', () => {
  test('answers as one that never was, wherever it was cut', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const inputs = Array.from({ length: 1_500 }, (_, n) => anyInput(random, n));
    const straight = new ReadModel({ alertTransition, bounds });
    let restored = new ReadModel({ alertTransition, bounds });
    const chunks = new Map<string, Uint8Array>();
    for (const input of inputs) {
      straight.apply(input);
      restored.apply(input);
      if (!random.chance(0.02)) continue;
      for (const [name, bytes] of restored.changedChunks()) {
        if (bytes === undefined) chunks.delete(name);
        else chunks.set(name, bytes);
      }
      restored = new ReadModel({ alertTransition, bounds, chunks });
    }
    expect(answersOf(restored), `BYTEBASKET_SEED=${seed}`).toEqual(answersOf(straight));
    expect(answersOf(straight).flatMap(({ items }) => items).length).toBeGreaterThan(100);
  });
});

function anyInput(random: Random, n: number): ServingInput {
  const userId = random.chance(0.3) ? `u${random.int(0, 5)}` : '';
  const sessionId = random.chance(0.5) ? `s${random.int(0, 20)}` : '';
  const actor = actorOf(`v${random.int(0, 15)}`, { userId, sessionId });
  const product = { itemId: `i${random.int(0, 30)}`, categoryId: `c${random.int(0, 3)}` };
  const occurMs = START_MS + n * 20_000;
  const kind = random.int(0, 20);
  if (kind === 0) return { kind: 'identified', actor: { ...actor, userId: 'u1' } };
  if (kind === 1)
    return { kind: 'product', product, available: random.chance(0.7), recommendable: undefined };
  if (kind === 2)
    return {
      kind: 'decision',
      decisionId: `d${n}`,
      paymentId: `p${random.int(0, 50)}`,
      action: random.pick([DecisionAction.BLOCK, DecisionAction.REVIEW, DecisionAction.ALLOW]),
      actor,
    };
  if (kind === 3)
    return {
      kind: 'alert',
      alertId: `d${n - 3}`,
      expectedVersion: 1,
      state: random.pick([
        AlertState.IN_REVIEW,
        AlertState.CONFIRMED_FRAUD,
        AlertState.FALSE_POSITIVE,
      ]),
    };
  if (kind === 4) return { kind: 'cart', actor, items: [product.itemId] };
  if (kind < 8) return { kind: 'order', actor, orderId: `o${n}`, products: [product], occurMs };
  const what = random.pick(['click', 'view', 'view', 'wish', 'cart', 'uncart'] as const);
  return { kind: 'signal', signal: what, actor, product, occurMs };
}

function answersOf(model: ReadModel): RankedList[] {
  return Array.from({ length: 16 }, (_, n) => n).flatMap((n) =>
    (['home', 'product', 'cart', 'after-order'] as const).map((placement) =>
      answer(
        model,
        request({
          visitor: { anonymousId: `v${n}`, userId: `u${n % 5}` },
          placement,
          itemId: `i${n}`,
        }),
      ),
    ),
  );
}
