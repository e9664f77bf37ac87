import { type DeepPartial, Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { CheckResult } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import { PAYLOADS } from '@bytebasket/proto/options';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import { seededRandom, type Random } from '../support/random.js';

/** An event of the shop with the time at which the log takes it. */
export interface ShopEvent {
  readonly event: Event;
  readonly appendMs: number;
}

export const SHOP_START_MS = Date.UTC(2026, 9, 1);

type Payload = DeepPartial<NonNullable<Event['payload']>>;

/** A seeded stream of everything that fraud features look at, over a few people who share devices and cards. */
export function shopEvents(seed: number, count: number): ShopEvent[] {
  const random = seededRandom(seed);
  const events: ShopEvent[] = [];
  const payments: string[] = [];
  let nowMs = SHOP_START_MS;
  for (let index = 0; index < count; index++) {
    nowMs += gapMs(random);
    const lateMs = random.chance(0.1) ? random.int(0, 240_000) : random.int(0, 900);
    const payload = payloadOf(random, { index, payments });
    const event = Event.fromPartial({
      eventId: `0197f3a1-7c00-7abc-8def-${String(index).padStart(12, '0')}`,
      anonymousId: `device-${random.int(1, 9)}`,
      userId: random.chance(0.75) ? `user-${random.int(1, 11)}` : '',
      sessionId: `session-${random.int(1, 30)}`,
      occurTime: new Date(nowMs - lateMs),
      context: {
        ip: random.chance(0.8) ? `192.0.2.${random.int(1, 6)}` : '',
        country: random.pick(['DE', 'DE', 'DE', 'FR', 'US', '']),
      },
      payload,
    });
    // As in the log: what was decoded is what was encoded.
    events.push({ event: Event.decode(Event.encode(event).finish()), appendMs: nowMs });
  }
  return events;
}

/** The topic of an event and its partition among `partitions`. */
export function placeOf(event: Event, partitions: number): { topic: string; partition: number } {
  const name = event.payload?.$case;
  if (name === undefined) throw new TypeError('an event without a payload has no topic');
  const key = event.userId === '' ? event.anonymousId : event.userId;
  return { topic: PAYLOADS[name].stream, partition: partitionOf(Buffer.from(key), partitions) };
}

function gapMs(random: Random): number {
  if (random.chance(0.005)) return random.int(0, 6 * 86_400_000);
  return random.chance(0.05) ? random.int(0, 7_200_000) : random.int(0, 60_000);
}

function payloadOf(random: Random, made: { index: number; payments: string[] }): Payload {
  const { payments } = made;
  const known = payments.length > 0 ? random.pick(payments) : 'pay-none';
  const orderId = `order-${random.int(1, 200)}`;
  const amount = {
    currencyCode: random.pick(['EUR', 'EUR', 'USD']),
    units: BigInt(random.int(1, 90)),
  };
  const product = { productId: `item-${random.int(1, 20)}` };
  const lines = [{ product, quantity: 1, total: amount }];
  const roll = random.int(1, 100);
  if (roll <= 25) return { $case: 'productViewed', value: { product } };
  if (roll <= 30) return { $case: 'productAdded', value: { product, quantity: 1 } };
  if (roll <= 35) return { $case: 'checkoutStarted', value: { lines } };
  if (roll <= 60) {
    const paymentId = random.chance(0.1) ? known : `pay-${made.index}`;
    payments.push(paymentId);
    return { $case: 'paymentAttempted', value: payment(random, { paymentId, orderId, amount }) };
  }
  if (roll <= 68) return { $case: 'paymentDeclined', value: { paymentId: known, amount } };
  if (roll <= 74) return { $case: 'paymentAuthorised', value: { paymentId: known, amount } };
  if (roll <= 78) {
    const couponCode = random.chance(0.5) ? 'WELCOME' : '';
    return { $case: 'orderCompleted', value: { orderId, lines, total: amount, couponCode } };
  }
  if (roll <= 82) return { $case: 'userLoggedIn', value: { method: 'password' } };
  if (roll <= 86) return { $case: 'loginFailed', value: { method: 'password' } };
  if (roll <= 88) return { $case: 'userSignedUp', value: { method: 'email' } };
  if (roll <= 90) return { $case: 'passwordReset', value: {} };
  if (roll <= 92) return { $case: 'addressChanged', value: {} };
  if (roll <= 95) return { $case: 'couponApplied', value: { coupon: { code: 'WELCOME' } } };
  if (roll <= 97) return { $case: 'orderRefunded', value: { orderId, total: amount } };
  if (roll <= 98) return { $case: 'pageViewed', value: {} };
  const verdict = random.chance(0.7) ? LabelVerdict.FRAUD : LabelVerdict.LEGITIMATE;
  const label = { paymentId: known, source: LabelSource.CHARGEBACK, verdict };
  return { $case: 'labelReported', value: label };
}

function payment(
  random: Random,
  base: { paymentId: string; orderId: string; amount: { currencyCode: string; units: bigint } },
) {
  const card = { fingerprint: `card-${random.int(1, 14)}`, country: random.pick(['DE', 'FR', '']) };
  const address = {
    fingerprint: `address-${random.int(1, 8)}`,
    country: random.pick(['DE', 'AT']),
  };
  return {
    ...base,
    method: 'card',
    ...(random.chance(0.9)
      ? { card: { ...card, cvcResult: random.pick([CheckResult.MATCH, CheckResult.MISMATCH]) } }
      : {}),
    ...(random.chance(0.9) ? { shippingAddress: address } : {}),
  };
}
