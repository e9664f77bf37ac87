import type { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import { type DeepPartial, Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { FoldInput } from '@bytebasket/server/processor/fold';
import type { TopicPartition } from '@bytebasket/server/ports/event-log';
import { mulberry32 } from '../support/random.js';

/** A seeded generator of numbers in [0, 1) with the choices that these tests make. */
export class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = mulberry32(seed);
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

export type PartialEvent = DeepPartial<Event>;

/** An event as it stands in a topic. */
export interface Logged {
  readonly topic: 'user-activity' | 'transactions';
  readonly partition: number;
  readonly event: Event;
  readonly appendMs: number;
}

export const PARTITIONS = 2;

/** An event with the envelope that tests need; the id does not matter to metrics. */
export function anEvent(occur: string | number, partial: PartialEvent): Event {
  return Event.fromPartial({
    eventId: '0197f3a1-7c00-7abc-8def-000000000001',
    anonymousId: 'a1',
    occurTime: new Date(occur),
    ...partial,
  });
}

/** Inputs of one partition, as the processor hands them to a fold. */
export function inputsOf(source: TopicPartition, logged: readonly Logged[]): FoldInput[] {
  let writeTime = 0;
  return logged
    .filter((entry) => entry.topic === source.topic && entry.partition === source.partition)
    .map((entry, offset) => {
      writeTime = Math.max(writeTime + 1, entry.appendMs * 1_000);
      return inputOf(source, { offset, writeTime, appendMs: entry.appendMs, event: entry.event });
    });
}

/** One input from an event or from raw bytes. */
export function inputOf(
  source: TopicPartition,
  what: {
    readonly offset?: number;
    readonly writeTime?: number;
    readonly appendMs: number;
    readonly event: Event | Uint8Array;
  },
): FoldInput {
  const value = what.event instanceof Uint8Array ? what.event : Event.encode(what.event).finish();
  return {
    source,
    record: {
      offset: what.offset ?? 0,
      appendMs: what.appendMs,
      key: new Uint8Array(0),
      value,
      headers: {},
    },
    decode: (decoder) => decoder(value),
    writeTime: what.writeTime ?? what.appendMs * 1_000,
  };
}

/** How far back events of a random stream happened before they were appended, with how often. */
export interface StreamOptions {
  readonly fromMs: number;
  readonly count: number;
  readonly meanGapMs: number;
}

/** A random stream in append order: every payload that metrics know and some they do not, some events late. */
export function randomStream(random: Random, options: StreamOptions): readonly Logged[] {
  let appendMs = options.fromMs;
  return Array.from({ length: options.count }, () => {
    appendMs += random.below(options.meanGapMs * 2);
    const payload = randomPayload(random);
    const occurMs = appendMs - delayMs(random);
    const session = random.below(60);
    const event = anEvent(occurMs, {
      anonymousId: `anon-${session >> 1}`,
      sessionId: random.chance(0.95) ? `session-${session}` : '',
      ...(random.chance(0.9) ? { context: randomContext(contextRandom(random, session)) } : {}),
      payload,
    });
    const topic = TRANSACTIONS.has(payload.$case) ? 'transactions' : 'user-activity';
    return { topic, partition: random.below(PARTITIONS), event, appendMs };
  });
}

type Payload = NonNullable<Event['payload']>;
type PartialPayload = NonNullable<PartialEvent['payload']> & { $case: Payload['$case'] };

const TRANSACTIONS: ReadonlySet<string> = new Set([
  'orderCompleted',
  'orderUpdated',
  'orderRefunded',
  'orderCancelled',
  'paymentAttempted',
  'paymentAuthorised',
  'paymentDeclined',
  'labelReported',
]);

/** Most sessions keep their device, country and channel, as visits do; some do not. */
function contextRandom(random: Random, session: number): Random {
  return session % 4 === 0 ? random : new Random(session);
}

function delayMs(random: Random): number {
  const kind = random.next();
  if (kind < 0.7) return random.below(2_000);
  if (kind < 0.85) return random.below(20 * 60_000);
  if (kind < 0.92) return random.below(3 * 3_600_000);
  if (kind < 0.97) return random.below(80 * 3_600_000);
  return kind < 0.99 ? -random.below(300_000) : random.below(400 * 86_400_000);
}

/** Every number, those too that this version does not know. */
const DEVICES = JSON.parse('[0, 1, 2, 3, 4, 5, 6, -1, 99]') as DeviceType[];
const CHANNELS = JSON.parse('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 99]') as Channel[];

function randomContext(random: Random): NonNullable<PartialEvent['context']> {
  return {
    device: { type: random.pick(DEVICES), os: 'Linux' },
    country: random.pick(['', 'DE', 'AT', 'FR', 'NL']),
    channel: random.pick(CHANNELS),
    page: { path: '/x' },
  };
}

function randomProduct(random: Random): { productId: string; categoryId: string; name: string } {
  const id = Math.floor(400 ** random.next());
  return { productId: `p${id}`, categoryId: id % 9 === 0 ? '' : `cat-${id % 9}`, name: 'Näme' };
}

function randomMoney(random: Random): { currencyCode: string; units: bigint; nanos: number } {
  const currencyCode = random.pick(['EUR', 'EUR', 'USD', 'CHF']);
  return { currencyCode, units: BigInt(random.below(900)), nanos: random.below(1_000_000_000) };
}

function randomLines(random: Random): DeepPartial<LineItem>[] {
  return Array.from({ length: 1 + random.below(3) }, () => ({
    product: randomProduct(random),
    quantity: 1 + random.below(4),
    total: randomMoney(random),
  }));
}

const MAKERS: readonly ((random: Random) => PartialPayload)[] = [
  () => ({ $case: 'pageViewed', value: { category: 'home' } }),
  (random) => ({ $case: 'productViewed', value: { product: randomProduct(random) } }),
  (random) => ({ $case: 'productViewed', value: { product: randomProduct(random) } }),
  (random) => ({
    $case: 'productsSearched',
    value: { query: random.pick([' Shoes ', 'shoes', 'GRÜNE Hosen', 'x', 'hat\u00a0']) },
  }),
  (random) => ({ $case: 'productAdded', value: { product: randomProduct(random), quantity: 2 } }),
  (random) => ({ $case: 'productRemoved', value: { product: randomProduct(random), quantity: 1 } }),
  (random) => ({
    $case: 'wishlistProductAddedToCart',
    value: { product: randomProduct(random), quantity: 1 },
  }),
  () => ({ $case: 'checkoutStarted', value: { checkoutId: 'c1' } }),
  (random) => ({
    $case: 'orderCompleted',
    value: { orderId: 'o1', total: randomMoney(random), lines: randomLines(random) },
  }),
  (random) => ({ $case: 'orderRefunded', value: { orderId: 'o1', total: randomMoney(random) } }),
  () => ({ $case: 'orderCancelled', value: { orderId: 'o1' } }),
  () => ({ $case: 'paymentAttempted', value: { paymentId: 'x1' } }),
  () => ({ $case: 'paymentAuthorised', value: { paymentId: 'x1' } }),
  () => ({ $case: 'paymentDeclined', value: { paymentId: 'x1' } }),
  () => ({ $case: 'recommendationShown', value: { requestId: 'r1', itemId: 'p1', position: 1 } }),
  () => ({ $case: 'recommendationClicked', value: { requestId: 'r1', itemId: 'p1', position: 1 } }),
  () => ({ $case: 'userLoggedIn', value: { method: 'password' } }),
  (random) => ({
    $case: 'productListViewed',
    value: { listId: 'l1', products: [randomProduct(random), randomProduct(random)] },
  }),
  () => ({ $case: 'labelReported', value: {} }),
];

/** A random payload. */
export function randomPayload(random: Random): PartialPayload {
  return random.pick(MAKERS)(random);
}
