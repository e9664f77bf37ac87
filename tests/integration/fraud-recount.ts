import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { FEATURES } from '@bytebasket/server/fraud/features/catalogue';
import type { EntityKind } from '@bytebasket/server/fraud/features/declaration';
import { WINDOWS, type WindowRule } from '@bytebasket/server/fraud/features/windows';
import type { ShopEvent } from './fraud-shop.js';

type Ids = Record<EntityKind, string>;

interface Trace {
  readonly kind: EntityKind;
  readonly id: string;
  readonly what: string;
  readonly value: string;
  readonly atMs: number;
  readonly amount: number;
}

const KINDS: readonly EntityKind[] = ['user', 'card', 'device', 'ip', 'address'];

/**
 * Features by brute force: writes down everything that happened as a list of traces and searches the whole list for each
 * number. Knows payments and views only of their own share, as the product does. Checks windows, sets, marks, amounts and
 * streaks; not the derived features.
 */
export class Recount {
  readonly #traces = new Map<string, Trace[]>();
  readonly #payments = new Map<string, Ids>();
  readonly #orders = new Map<string, { coupon: boolean; paymentId: string; counted: boolean }>();
  readonly #views = new Map<string, Trace[]>();

  /** Takes an event of a share; a payment is counted before its values are asked for. */
  take({ event, appendMs }: ShopEvent, share: string): void {
    const atMs = Math.min(event.occurTime?.getTime() ?? 0, appendMs);
    const ids: Ids = {
      user: event.userId,
      device: event.anonymousId,
      ip: event.context?.ip ?? '',
      card: '',
      address: '',
    };
    const { payload } = event;
    switch (payload?.$case) {
      case 'productViewed':
        this.#view(share, event, { item: payload.value.product?.productId ?? '', atMs });
        break;
      case 'productAdded':
        this.#publish(share, event.anonymousId);
        break;
      case 'checkoutStarted':
        this.#publish(share, event.anonymousId);
        break;
      case 'userLoggedIn':
        this.#meet(share, ids, { country: event.context?.country ?? '', atMs });
        break;
      case 'userSignedUp':
        this.#meet(share, ids, { country: event.context?.country ?? '', atMs });
        this.#count(ids, 'sign_ups', atMs);
        break;
      case 'loginFailed':
        this.#count(ids, 'failed_logins', atMs);
        break;
      case 'couponApplied':
        this.#count(ids, 'coupons', atMs);
        break;
      case 'passwordReset':
        this.#add('user', ids.user, { what: 'password_reset', atMs });
        break;
      case 'addressChanged':
        this.#add('user', ids.user, { what: 'address_changed', atMs });
        break;
      case 'orderRefunded':
        this.#add('user', ids.user, { what: 'refunds', atMs });
        break;
      case 'orderCompleted':
        if (payload.value.couponCode !== '') this.#coupon(share, payload.value.orderId, atMs);
        break;
      case 'paymentAttempted':
        this.#pay(share, event, atMs);
        break;
      case 'paymentAuthorised':
        this.#payers(share, event, { what: 'authorised', atMs });
        break;
      case 'paymentDeclined':
        this.#payers(share, event, { what: 'declines', atMs });
        break;
      case 'labelReported':
        if (payload.value.verdict === LabelVerdict.FRAUD) {
          this.#payers(share, event, { what: 'frauds', atMs });
        }
        break;
      default:
        break;
    }
  }

  /** Expected values of the features that are counted, by name. */
  values({ event, appendMs }: ShopEvent): Record<string, number> {
    const atMs = Math.min(event.occurTime?.getTime() ?? 0, appendMs);
    const ids = paymentIds(event);
    const payment = event.payload?.$case === 'paymentAttempted' ? event.payload.value : undefined;
    const currency = payment?.amount?.currencyCode ?? '';
    const values: Record<string, number> = {};
    for (const { name, source, default: fallback } of FEATURES) {
      if (source.from === 'payment' || source.from === 'derived') continue;
      const own = ids[source.kind] === '' ? [] : this.#of(source.kind, ids[source.kind]);
      if (source.from === 'count') {
        const counted = own.filter(({ what }) => what === source.tally);
        values[name] = counted.filter((one) =>
          inWindow(one.atMs, atMs, WINDOWS[source.window]),
        ).length;
      } else if (source.from === 'amount') {
        values[name] = own
          .filter(({ what, value }) => what === 'payments' && value === currency)
          .filter((one) => inWindow(one.atMs, atMs, WINDOWS[source.window]))
          .reduce((sum, { amount }) => sum + amount, 0);
      } else if (source.from === 'distinct') {
        values[name] = distinct(own, source.set, { atMs, rule: WINDOWS[source.window] });
      } else if (source.from === 'streak') {
        values[name] = streak(own, atMs);
      } else {
        const marks = own.filter(({ what }) => what === source.mark).map((one) => one.atMs);
        const mark = source.mark === 'first_seen' ? Math.min(...marks) : Math.max(...marks);
        const passed = Math.max(0, atMs - mark) / source.unitMs;
        const most = Number(fallback) > 0 ? Number(fallback) : Number.POSITIVE_INFINITY;
        values[name] = marks.length === 0 ? Number(fallback) : Math.min(passed, most);
      }
    }
    return values;
  }

  #of(kind: EntityKind, id: string): Trace[] {
    return this.#traces.get(`${kind} ${id}`) ?? [];
  }

  #put(trace: Trace): void {
    const key = `${trace.kind} ${trace.id}`;
    const traces = this.#traces.get(key);
    if (traces === undefined) this.#traces.set(key, [trace]);
    else traces.push(trace);
  }

  #add(
    kind: EntityKind,
    id: string,
    trace: { what: string; atMs: number; value?: string; amount?: number },
  ): void {
    if (id !== '') this.#put({ kind, id, value: '', amount: 0, ...trace });
  }

  #count(ids: Ids, what: string, atMs: number): void {
    for (const kind of KINDS) this.#add(kind, ids[kind], { what, atMs });
  }

  #meet(share: string, ids: Ids, { country, atMs }: { country: string; atMs: number }): void {
    this.#publish(share, ids.device);
    for (const kind of KINDS) {
      this.#add(kind, ids[kind], { what: 'first_seen', atMs });
      this.#add(kind, ids[kind], { what: 'users', value: ids.user, atMs });
      this.#add(kind, ids[kind], { what: 'devices', value: ids.device, atMs });
      this.#add(kind, ids[kind], { what: 'countries', value: country, atMs });
    }
  }

  #view(share: string, event: Event, { item, atMs }: { item: string; atMs: number }): void {
    const key = `${share} ${event.anonymousId}`;
    const views = this.#views.get(key) ?? [];
    this.#views.set(key, views);
    const base = { kind: 'device', id: event.anonymousId, amount: 0, atMs } as const;
    views.push({ ...base, what: 'first_seen', value: '' });
    views.push({ ...base, what: 'viewed_items', value: item });
  }

  #publish(share: string, device: string): void {
    for (const trace of this.#views.get(`${share} ${device}`) ?? []) this.#put(trace);
    this.#views.delete(`${share} ${device}`);
  }

  #pay(share: string, event: Event, atMs: number): void {
    if (event.payload?.$case !== 'paymentAttempted') return;
    const { paymentId, orderId, amount } = event.payload.value;
    const ids = paymentIds(event);
    const units = Number(amount?.units ?? 0n);
    for (const kind of KINDS) {
      const id = ids[kind];
      this.#add(kind, id, { what: 'first_seen', atMs });
      this.#add(kind, id, {
        what: 'payments',
        value: amount?.currencyCode ?? '',
        amount: units,
        atMs,
      });
      if (units < 5) this.#add(kind, id, { what: 'small_payments', atMs });
      this.#add(kind, id, { what: 'users', value: ids.user, atMs });
      this.#add(kind, id, { what: 'cards', value: ids.card, atMs });
      this.#add(kind, id, { what: 'devices', value: ids.device, atMs });
      this.#add(kind, id, { what: 'addresses', value: ids.address, atMs });
      this.#add(kind, id, { what: 'countries', value: event.context?.country ?? '', atMs });
    }
    if (this.#payments.has(`${share} ${paymentId}`)) return;
    this.#payments.set(`${share} ${paymentId}`, ids);
    const order = this.#order(share, orderId);
    order.paymentId = paymentId;
    if (order.coupon && !order.counted) this.#coupon(share, orderId, atMs);
  }

  #coupon(share: string, orderId: string, atMs: number): void {
    const order = this.#order(share, orderId);
    order.coupon = true;
    const ids = this.#payments.get(`${share} ${order.paymentId}`);
    if (ids === undefined || order.counted) return;
    order.counted = true;
    this.#count(ids, 'coupon_orders', atMs);
  }

  #order(share: string, orderId: string) {
    const key = `${share} ${orderId}`;
    const order = this.#orders.get(key) ?? { coupon: false, paymentId: '', counted: false };
    this.#orders.set(key, order);
    return order;
  }

  #payers(share: string, event: Event, trace: { what: string; atMs: number }): void {
    const payload = event.payload;
    const paymentId =
      payload !== undefined && 'paymentId' in payload.value ? payload.value.paymentId : '';
    const ids = this.#payments.get(`${share} ${paymentId}`);
    if (ids === undefined) this.#add('user', event.userId, trace);
    else for (const kind of KINDS) this.#add(kind, ids[kind], trace);
  }
}

function paymentIds(event: Event): Ids {
  const payment = event.payload?.$case === 'paymentAttempted' ? event.payload.value : undefined;
  return {
    user: event.userId,
    device: event.anonymousId,
    ip: event.context?.ip ?? '',
    card: payment?.card?.fingerprint ?? '',
    address: payment?.shippingAddress?.fingerprint ?? '',
  };
}

function inWindow(atMs: number, nowMs: number, rule: WindowRule): boolean {
  const bucket = Math.floor(atMs / rule.bucketMs);
  const newest = Math.floor(nowMs / rule.bucketMs);
  return bucket <= newest && bucket > newest - rule.lengthMs / rule.bucketMs;
}

function distinct(
  own: readonly Trace[],
  set: string,
  { atMs, rule }: { atMs: number; rule: WindowRule },
): number {
  const until = Math.floor(atMs / 1_000);
  const seconds = new Map<string, number[]>();
  for (const { what, value, atMs: seenMs } of own) {
    if (what !== set || value === '') continue;
    seconds.set(value, [...(seconds.get(value) ?? []), Math.floor(seenMs / 1_000)]);
  }
  const from = until - rule.lengthMs / 1_000;
  return [...seconds.values()].filter((all) => Math.max(...all) > from && Math.min(...all) <= until)
    .length;
}

function streak(own: readonly Trace[], atMs: number): number {
  const second = (ms: number) => Math.floor(ms / 1_000);
  const authorised = own.filter(({ what }) => what === 'authorised').map((one) => one.atMs);
  const after = second(Math.max(0, ...authorised));
  const declines = own
    .filter(({ what }) => what === 'declines')
    .map((one) => second(one.atMs))
    .sort((a, b) => a - b)
    .slice(-25);
  return declines.filter((one) => one > after && one <= second(atMs)).length;
}
