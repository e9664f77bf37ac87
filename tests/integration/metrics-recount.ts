import { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { Money } from '@bytebasket/proto/gen/google/type/money';
import type { Logged } from './metrics-events.js';

// A second, naive way to the same numbers: every event is looked at once per resolution, with sets and plain sums.

const HOUR_MS = 3_600_000;
const LATENESS_MS: Readonly<Record<string, number>> = {
  '10s': 600_000,
  '1m': HOUR_MS,
  '1h': 48 * HOUR_MS,
  '1d': 48 * HOUR_MS,
};
const LENGTH_MS: Readonly<Record<string, number>> = { '10s': 10_000, '1m': 60_000, '1h': HOUR_MS };

/** What an exact recount of one window and one dimension value gives. */
export interface Recount {
  readonly counts: Record<string, number>;
  /** By currency. */
  readonly revenue: Record<string, bigint>;
  readonly refunded: Record<string, bigint>;
  readonly orders: Record<string, number>;
  readonly distinct: Record<string, Set<string>>;
  /** By list and value. */
  readonly tops: Record<string, Record<string, number>>;
}

/** Recounts by `resolution dimension start value`. */
export function recount(
  stream: readonly Logged[],
  dayStart: (ms: number) => { startMs: number; endMs: number },
): ReadonlyMap<string, Recount> {
  const all = new Map<string, Recount>();
  const at = (...parts: readonly (string | number)[]): Recount => {
    const id = parts.join(' ');
    const known = all.get(id) ?? emptyRecount();
    all.set(id, known);
    return known;
  };
  for (const { event, appendMs, topic } of stream) {
    const occurMs = event.occurTime?.getTime() ?? Number.NaN;
    for (const resolution of ['10s', '1m', '1h', '1d']) {
      const windowOf = (ms: number): { startMs: number; endMs: number } => {
        const length = LENGTH_MS[resolution];
        if (length === undefined) return dayStart(ms);
        const startMs = ms - (((ms % length) + length) % length);
        return { startMs, endMs: startMs + length };
      };
      const old = occurMs < appendMs - 100 * HOUR_MS;
      const window = old ? undefined : windowOf(occurMs);
      const late = window === undefined || appendMs > window.endMs + (LATENESS_MS[resolution] ?? 0);
      const startMs = late ? windowOf(appendMs).startMs : window.startMs;
      for (const [dimension, value] of valuesOf(event)) {
        const target = at(resolution, dimension, startMs, value);
        if (late) bump(target.counts, `late_${topic}`, 1);
        else countAll(target, event, topic);
      }
      if (!late) {
        countTops(at(resolution, 'shop', startMs, ''), event);
        countCategories((category) => at(resolution, 'category', startMs, category), event);
      }
    }
  }
  return all;
}

function emptyRecount(): Recount {
  return { counts: {}, revenue: {}, refunded: {}, orders: {}, distinct: {}, tops: {} };
}

function bump(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}

function valuesOf(event: Event): [string, string][] {
  const device = event.context?.device?.type ?? 0;
  const channel = event.context?.channel ?? 0;
  return [
    ['shop', ''],
    ['country', event.context?.country || '(unknown)'],
    ['device', device > 0 ? (DeviceType[device]?.toLowerCase() ?? '(unknown)') : '(unknown)'],
    ['channel', channel > 0 ? (Channel[channel]?.toLowerCase() ?? '(unknown)') : '(unknown)'],
  ];
}

const SIMPLE: Readonly<Record<string, string>> = {
  pageViewed: 'page_views',
  productViewed: 'product_views',
  productsSearched: 'searches',
  productAdded: 'cart_adds',
  wishlistProductAddedToCart: 'cart_adds',
  productRemoved: 'cart_removes',
  checkoutStarted: 'checkouts',
  orderCompleted: 'orders',
  orderRefunded: 'refunds',
  orderCancelled: 'orders_cancelled',
  paymentAttempted: 'payment_attempts',
  paymentAuthorised: 'payments_authorised',
  paymentDeclined: 'payments_declined',
  recommendationShown: 'recommendations_shown',
  recommendationClicked: 'recommendations_clicked',
};

const STEPS: Readonly<Record<string, string>> = {
  productViewed: 'view_sessions',
  productAdded: 'cart_sessions',
  wishlistProductAddedToCart: 'cart_sessions',
  checkoutStarted: 'checkout_sessions',
  orderCompleted: 'order_sessions',
};

function countAll(target: Recount, event: Event, topic: string): void {
  bump(target.counts, `events_${topic}`, 1);
  const payload = event.payload;
  const distinct = (name: string, id: string): void => {
    if (id !== '') (target.distinct[name] ??= new Set()).add(id);
  };
  if (topic === 'user-activity') {
    distinct('visitors', event.anonymousId);
    distinct('sessions', event.sessionId);
  }
  const simple = SIMPLE[payload?.$case ?? ''];
  if (simple !== undefined) bump(target.counts, simple, 1);
  const step = STEPS[payload?.$case ?? ''];
  if (step !== undefined) distinct(step, event.sessionId);
  if (payload?.$case === 'orderCompleted' && payload.value.total !== undefined) {
    add(target.revenue, payload.value.total);
    bump(target.orders, payload.value.total.currencyCode, 1);
    for (const line of payload.value.lines) bump(target.counts, 'items_sold', line.quantity);
  }
  if (payload?.$case === 'orderRefunded' && payload.value.total !== undefined) {
    add(target.refunded, payload.value.total);
  }
}

function add(sums: Record<string, bigint>, money: Money): void {
  const nanos = money.units * 1_000_000_000n + BigInt(money.nanos);
  sums[money.currencyCode] = (sums[money.currencyCode] ?? 0n) + nanos;
}

function countTops(target: Recount, event: Event): void {
  const rank = (list: string, value: string, weight: number): void => {
    if (value !== '') bump((target.tops[list] ??= {}), value, weight);
  };
  const payload = event.payload;
  if (payload?.$case === 'productViewed') {
    rank('products_viewed', payload.value.product?.productId ?? '', 1);
    rank('categories_viewed', payload.value.product?.categoryId ?? '', 1);
  } else if (payload?.$case === 'productsSearched') {
    rank('search_terms', payload.value.query.trim().toLowerCase(), 1);
  } else if (payload?.$case === 'orderCompleted') {
    for (const line of payload.value.lines) {
      rank('products_sold', line.product?.productId ?? '', line.quantity);
    }
  }
}

function countCategories(at: (category: string) => Recount, event: Event): void {
  const payload = event.payload;
  switch (payload?.$case) {
    case 'productViewed':
    case 'productAdded':
    case 'productRemoved':
    case 'wishlistProductAddedToCart':
      bump(
        at(payload.value.product?.categoryId || '(unknown)').counts,
        SIMPLE[payload.$case] ?? '',
        1,
      );
      break;
    case 'orderCompleted':
      for (const line of payload.value.lines) {
        const target = at(line.product?.categoryId || '(unknown)');
        bump(target.counts, 'items_sold', line.quantity);
        if (line.total !== undefined) add(target.revenue, line.total);
      }
      break;
    default:
  }
}
