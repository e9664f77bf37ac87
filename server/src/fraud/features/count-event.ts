import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { countPayment, entryOf } from './count-payment.js';
import { ENTITY_KINDS, type EntityKind, type Tally } from './declaration.js';
import type { Entity } from './entity.js';
import type { PaymentFacts } from './payment-facts.js';
import type { Purchases } from './purchases.js';
import { countryNumber } from './text-hash.js';

/** Lines of a checkout that are looked at. */
const LINES_MAX = 25;

/** Where events leave their traces. */
export interface FeatureTraces {
  readonly purchases: Purchases;
  touch(kind: EntityKind, id: string): Entity;
  /** Copies the items that a device viewed so far into its entity. */
  publishViews(deviceId: string): void;
}

type Payload = NonNullable<Event['payload']>;
type Lines = readonly { readonly product: { readonly productId: string } | undefined }[];

/** Counts a payment that was tried, and a coupon that was used for its order. */
export function tryPayment(traces: FeatureTraces, facts: PaymentFacts): void {
  countPayment((kind, id) => traces.touch(kind, id), facts);
  if (traces.purchases.remember(facts)) countCoupon(traces, facts.orderId, facts.atMs);
}

/** Counts any other event at an instant. Never throws, so its traces are all left. */
export function countEvent(traces: FeatureTraces, event: Event, atMs: number): void {
  const { payload } = event;
  if (payload === undefined) return;
  if (countAccount(traces, event, { payload, atMs })) return;
  switch (payload.$case) {
    case 'productAdded':
    case 'wishlistProductAddedToCart':
    case 'cartViewed':
      traces.publishViews(event.anonymousId);
      break;
    case 'checkoutStarted':
      traces.publishViews(event.anonymousId);
      noteLines(traces, event.anonymousId, { lines: payload.value.lines, atMs });
      break;
    case 'orderCompleted':
      noteLines(traces, event.anonymousId, { lines: payload.value.lines, atMs });
      if (payload.value.couponCode !== '') countCoupon(traces, payload.value.orderId, atMs);
      break;
    case 'orderRefunded':
      if (event.userId !== '') traces.touch('user', event.userId).count('refunds', atMs);
      break;
    case 'paymentAuthorised':
      for (const entity of payers(traces, event, payload.value.paymentId)) entity.authorise(atMs);
      break;
    case 'paymentDeclined':
      for (const entity of payers(traces, event, payload.value.paymentId)) entity.decline(atMs);
      break;
    case 'labelReported':
      if (payload.value.verdict === LabelVerdict.FRAUD) {
        for (const entity of payers(traces, event, payload.value.paymentId)) {
          entity.count('frauds', atMs);
        }
      }
      break;
    default:
      break;
  }
}

/** Events of accounts, logins and coupons. Returns whether it was one. */
function countAccount(
  traces: FeatureTraces,
  event: Event,
  { payload, atMs }: { readonly payload: Payload; readonly atMs: number },
): boolean {
  switch (payload.$case) {
    case 'userSignedUp':
      meet(traces, event, atMs);
      countVisitor(traces, event, { tally: 'sign_ups', atMs });
      return true;
    case 'userLoggedIn':
      meet(traces, event, atMs);
      logIn(traces, event, atMs);
      return true;
    case 'loginFailed':
      countVisitor(traces, event, { tally: 'failed_logins', atMs });
      return true;
    case 'userIdentified':
      meet(traces, event, atMs);
      return true;
    case 'passwordReset':
      if (event.userId !== '') traces.touch('user', event.userId).mark('password_reset', atMs);
      return true;
    case 'addressChanged':
      if (event.userId !== '') traces.touch('user', event.userId).mark('address_changed', atMs);
      return true;
    case 'couponApplied':
      countVisitor(traces, event, { tally: 'coupons', atMs });
      return true;
    default:
      return false;
  }
}

/** The user, device and IP address of an event met: each remembers the others. */
function meet(traces: FeatureTraces, event: Event, atMs: number): void {
  const { userId, anonymousId } = event;
  const ip = event.context?.ip ?? '';
  traces.publishViews(anonymousId);
  const user = entryOf(userId);
  const met: Entity[] = [traces.touch('device', anonymousId)];
  if (userId !== '') met.push(traces.touch('user', userId));
  if (ip !== '') met.push(traces.touch('ip', ip));
  for (const entity of met) {
    entity.see(atMs);
    entity.add('users', user, atMs);
    entity.add('devices', entryOf(anonymousId), atMs);
    entity.add('countries', countryNumber(event.context?.country ?? ''), atMs);
  }
}

function logIn(traces: FeatureTraces, event: Event, atMs: number): void {
  if (event.userId === '') return;
  traces.touch('user', event.userId).logIn({
    atMs,
    country: countryNumber(event.context?.country ?? ''),
    device: entryOf(event.anonymousId),
    ip: entryOf(event.context?.ip ?? ''),
  });
}

/** Counts for the user, device and IP address, without taking them for acquainted: a failed login proves nothing. */
function countVisitor(
  traces: FeatureTraces,
  event: Event,
  { tally, atMs }: { readonly tally: Tally; readonly atMs: number },
): void {
  const ip = event.context?.ip ?? '';
  if (event.userId !== '') traces.touch('user', event.userId).count(tally, atMs);
  traces.touch('device', event.anonymousId).count(tally, atMs);
  if (ip !== '') traces.touch('ip', ip).count(tally, atMs);
}

function noteLines(
  traces: FeatureTraces,
  deviceId: string,
  { lines, atMs }: { readonly lines: Lines; readonly atMs: number },
): void {
  if (lines.length === 0) return;
  const device = traces.touch('device', deviceId);
  for (const line of lines.slice(0, LINES_MAX)) {
    device.add('checkout_items', entryOf(line.product?.productId ?? ''), atMs);
  }
}

/** An order with a coupon counts once, when both the order and its payment are known. */
function countCoupon(traces: FeatureTraces, orderId: string, atMs: number): void {
  const payment = traces.purchases.couponUsed(orderId);
  if (payment === undefined) return;
  for (const kind of ENTITY_KINDS) {
    if (payment[kind] !== '') traces.touch(kind, payment[kind]).count('coupon_orders', atMs);
  }
}

/** Those who took part in an earlier payment; when it is forgotten, the user of the event. */
function payers(traces: FeatureTraces, event: Event, paymentId: string): readonly Entity[] {
  const ids = traces.purchases.payment(paymentId);
  if (ids === undefined) return event.userId === '' ? [] : [traces.touch('user', event.userId)];
  return ENTITY_KINDS.flatMap((kind) => (ids[kind] === '' ? [] : [traces.touch(kind, ids[kind])]));
}
