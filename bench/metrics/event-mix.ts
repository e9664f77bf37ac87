import { randomUUID } from 'node:crypto';
import { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { DeepPartial } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { eventRandom, type Random } from './random.js';

const DEVICES = [DeviceType.DESKTOP, DeviceType.MOBILE, DeviceType.TABLET];
const CHANNELS = [Channel.DIRECT, Channel.ORGANIC_SEARCH, Channel.EMAIL, Channel.REFERRAL];

/** Shares of payloads in a shop's traffic, in per mille. */
const MIX: readonly (readonly [number, (random: Random) => DeepPartial<Event>['payload']])[] = [
  [450, () => ({ $case: 'pageViewed', value: { category: 'product' } })],
  [
    280,
    (random) => ({ $case: 'productViewed', value: { product: product(random), listId: 'l1' } }),
  ],
  [
    100,
    (random) => ({ $case: 'productsSearched', value: { query: `term ${random.skewed(20_000)}` } }),
  ],
  [60, (random) => ({ $case: 'productAdded', value: { product: product(random), quantity: 1 } })],
  [20, (random) => ({ $case: 'productRemoved', value: { product: product(random), quantity: 1 } })],
  [
    70,
    (random) => ({
      $case: 'recommendationShown',
      value: { requestId: 'r1', itemId: `p${random.skewed(9_999)}`, position: 3 },
    }),
  ],
  [
    20,
    (random) => ({
      $case: 'checkoutStarted',
      value: { checkoutId: `c${random.below(1_000_000)}` },
    }),
  ],
];

function product(random: Random): { productId: string; categoryId: string; name: string } {
  const id = random.skewed(50_000);
  return { productId: `p${id}`, categoryId: `cat-${id % 300}`, name: `Product number ${id}` };
}

/** Encoded events of user activity as a busy shop sends them: skewed products, 300 categories, 8 countries. */
export function activityEvents(
  count: number,
  options: { seed: number; fromMs: number; perMs: number; sessions: number },
): Uint8Array[] {
  const random = eventRandom(options.seed);
  return Array.from({ length: count }, (_, index) => {
    const session = random.below(options.sessions);
    return Event.encode(
      Event.fromPartial({
        eventId: randomUUID(),
        anonymousId: `anon-${session}-5f0c7a`,
        sessionId: `session-${session}-77aa`,
        occurTime: new Date(options.fromMs + index / options.perMs),
        context: {
          device: {
            type: random.from(DEVICES),
            os: 'Android 14',
            browser: 'Chrome 120',
          },
          country: ['DE', 'AT', 'CH', 'FR', 'NL', 'PL', 'IT', 'ES'][random.skewed(8) % 8] ?? 'DE',
          channel: random.from(CHANNELS),
          locale: 'de-DE',
          page: { path: '/p/1234' },
        },
        payload: random.oneOf(MIX)(random),
      }),
    ).finish();
  });
}
