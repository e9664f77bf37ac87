import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { FEATURES } from '@bytebasket/server/fraud/features/catalogue';
import { ENTITY_KINDS, type EntityKind } from '@bytebasket/server/fraud/features/declaration';
import { Entity } from '@bytebasket/server/fraud/features/entity';
import { featureValues } from '@bytebasket/server/fraud/features/feature-values';
import {
  type FeaturesFold,
  fraudFeaturesFold,
  type PendingPayment,
} from '@bytebasket/server/fraud/features/fold';
import { mergeShares } from '@bytebasket/server/fraud/features/merge';
import { entityIds } from '@bytebasket/server/fraud/features/payment-facts';
import { SHARE_COLUMN } from '@bytebasket/server/fraud/features/table';
import type { TableRowWrite } from '@bytebasket/server/processor/fold';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { Recount } from './fraud-recount.js';
import { placeOf, type ShopEvent, shopEvents } from './fraud-shop.js';
import { inputOf } from './metrics-events.js';

const PARTITIONS = 3;
const COUNTED = FEATURES.filter(({ source }) => !['payment', 'derived'].includes(source.from));
const TINY = { entitiesMax: 6, viewersMax: 4, purchasesMax: 12 };

/** Hands an event to a fold as the processor does. */
function give(fold: FeaturesFold, happened: ShopEvent, offset: number): void {
  const { topic, partition } = placeOf(happened.event, PARTITIONS);
  const writeTime = happened.appendMs * 1_000 + offset;
  fold.apply(inputOf({ topic, partition }, { ...happened, offset, writeTime }));
}

function rejected(error: unknown): never {
  throw error;
}

/** All partitions of both topics, each with its own state, flushed after every event. */
class Shop {
  readonly #definition = fraudFeaturesFold();
  readonly #folds = new Map<string, FeaturesFold>();
  /** By entity, then by share. */
  readonly #rows = new Map<string, Map<string, Uint8Array>>();
  #offset = 0;

  take(happened: ShopEvent): { share: string; pending: PendingPayment | undefined } {
    const source = placeOf(happened.event, PARTITIONS);
    const share = `${source.topic}/${source.partition}`;
    const fold = this.#folds.get(share) ?? this.#definition.open(source, new Map());
    this.#folds.set(share, fold);
    give(fold, happened, this.#offset++);
    const [pending] = fold.takePending();
    for (const { key, cells } of fold.changedRows()) {
      const name = `${String(key[0])} ${String(key[1])}`;
      const shares = this.#rows.get(name) ?? new Map<string, Uint8Array>();
      this.#rows.set(name, shares);
      shares.set(share, cells[SHARE_COLUMN] as Uint8Array);
    }
    return { share, pending: pending?.item };
  }

  /** The counted features of a payment from its own partition's state and the rows of the others. */
  values({ facts, shares }: PendingPayment, share: string): Record<string, unknown> {
    const ids = entityIds(facts);
    const entities: Partial<Record<EntityKind, Entity>> = {};
    for (const kind of ENTITY_KINDS) {
      if (ids[kind] === '') continue;
      const rows = this.#rows.get(`${kind} ${ids[kind]}`) ?? new Map<string, Uint8Array>();
      const others = [...rows].filter(([name]) => name !== share).map(([, bytes]) => bytes);
      entities[kind] = mergeShares(others, rejected) ?? new Entity(kind);
    }
    for (const bytes of shares) {
      const own = mergeShares([bytes], rejected);
      if (own !== undefined) entities[own.kind]?.merge(own);
    }
    const values = featureValues(facts, entities);
    return Object.fromEntries(COUNTED.map(({ name }) => [name, values[name]]));
  }
}

describe('shares of fraud features', () => {
  test('unite to what one reader of everything would have counted', () => {
    const seed = testSeed();
    const shop = new Shop();
    const recount = new Recount();
    let decided = 0;
    for (const happened of shopEvents(seed, 900)) {
      const { share, pending } = shop.take(happened);
      recount.take(happened, share);
      if (pending === undefined) continue;
      decided += 1;
      expect(shop.values(pending, share), `seed ${seed}, ${pending.facts.paymentId}`).toEqual(
        recount.values(happened),
      );
    }
    expect(decided).toBeGreaterThan(100);
  });
});

/** Runs the events of one partition, with a snapshot and a restart before some of them. */
function run(events: readonly ShopEvent[], restarts: ReadonlySet<number>) {
  const definition = fraudFeaturesFold({ limits: TINY });
  const [first] = events;
  if (first === undefined) throw new Error('no events');
  const source = placeOf(first.event, PARTITIONS);
  const rows = new Map<string, TableRowWrite>();
  const pending: unknown[] = [];
  const chunks = new Map<string, Uint8Array>();
  let fold = definition.open(source, chunks);
  const flush = (): void => {
    for (const row of fold.changedRows()) rows.set(row.key.join(' '), row);
    pending.push(...fold.takePending());
  };
  events.forEach((happened, offset) => {
    if (restarts.has(offset)) {
      flush();
      for (const [name, bytes] of fold.changedChunks()) {
        if (bytes === undefined) chunks.delete(name);
        else chunks.set(name, Buffer.from(bytes));
      }
      fold = definition.open(source, chunks);
    }
    give(fold, happened, offset);
  });
  flush();
  return { rows, pending };
}

function eventsOf(seed: number, topic: string): ShopEvent[] {
  return shopEvents(seed, 1_500).filter(({ event }) => {
    const place = placeOf(event, PARTITIONS);
    return place.topic === topic && place.partition === 1;
  });
}

describe('the fold of fraud features', () => {
  test.each(['user-activity', 'transactions'])(
    'gives the same rows and payments over restarts, with forgetting, on %s',
    (topic) => {
      const seed = testSeed();
      const random = seededRandom(seed);
      const events = eventsOf(seed, topic);
      const restarts = new Set(events.flatMap((_, index) => (random.chance(0.1) ? [index] : [])));
      const whole = run(events, new Set());
      expect(whole.rows.size, `seed ${seed}`).toBeGreaterThan(TINY.entitiesMax);
      expect(run(events, restarts), `seed ${seed}`).toEqual(whole);
    },
  );

  test('writes only the chunks that changed', () => {
    const events = eventsOf(7, 'transactions');
    const [first, ...rest] = events;
    if (first === undefined) throw new Error('no events');
    const fold = fraudFeaturesFold().open(placeOf(first.event, PARTITIONS), new Map());
    rest.forEach((happened, offset) => give(fold, happened, offset));
    expect(fold.changedChunks().size).toBeGreaterThan(20);
    expect(fold.changedChunks().size).toBe(0);
    const payment = events.find(({ event }) => event.payload?.$case === 'paymentAttempted');
    if (payment === undefined) throw new Error('no payment');
    give(fold, payment, events.length);
    expect(fold.changedChunks().size).toBeLessThanOrEqual(ENTITY_KINDS.length + 2);
  });

  test('refuses a broken record and changes nothing', () => {
    const events = eventsOf(7, 'transactions');
    const source = placeOf(events[0]?.event ?? Event.create(), PARTITIONS);
    const fold = fraudFeaturesFold().open(source, new Map());
    const payment = events.find(({ event }) => event.payload?.$case === 'paymentAttempted');
    const bytes = Event.encode(payment?.event ?? Event.create()).finish();
    for (const cut of [1, 5, 20, bytes.length - 1]) {
      const event = Buffer.from(bytes.subarray(0, cut));
      expect(() => fold.apply(inputOf(source, { appendMs: 1, event }))).toThrow();
    }
    const timeless = Event.fromPartial({ ...payment?.event, occurTime: undefined });
    expect(() => fold.apply(inputOf(source, { appendMs: 1, event: timeless }))).toThrow(
      /occur_time/,
    );
    expect([fold.changedRows(), fold.takePending(), fold.changedChunks()]).toEqual([
      [],
      [],
      new Map(),
    ]);
  });

  test('hands over each payment once, and none that carries a decision', () => {
    const happened = (paymentId: string, decisionId: string): ShopEvent => ({
      appendMs: 5_000,
      event: Event.fromPartial({
        anonymousId: 'd',
        occurTime: new Date(4_000),
        payload: { $case: 'paymentAttempted', value: { paymentId, decisionId } },
      }),
    });
    const fold = fraudFeaturesFold().open({ topic: 'transactions', partition: 0 }, new Map());
    give(fold, happened('p1', ''), 0);
    give(fold, happened('p2', 'dec-a1'), 1);
    give(fold, happened('p1', ''), 2);
    give(fold, happened('p3', ''), 3);
    expect(fold.takePending().map(({ id, item }) => [id, item.offset])).toEqual([
      ['p1', 0],
      ['p3', 3],
    ]);
    expect(fold.takePending()).toEqual([]);
  });
});
