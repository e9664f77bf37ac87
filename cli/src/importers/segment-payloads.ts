import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { moneyOf } from './money.js';
import type { Payload } from './payloads.js';
import { asId, quantity, RowError, text, type SourceRow } from './row.js';
import {
  amount,
  currencyOf,
  objectOf,
  segmentLines,
  segmentOrder,
  segmentProduct,
} from './segment-order.js';

/** What building a payload may need besides the properties. */
export interface SegmentTools {
  readonly currency: string;
  readonly rebalanced: () => void;
}

type Build = (properties: SourceRow, tools: SegmentTools) => unknown;

const idOf = (properties: SourceRow, column: string) => asId(text(properties, column) ?? '');
const productOf: Build = (p, { currency }) => segmentProduct(p, currencyOf(p, currency));
const step: Build = (p) => ({
  checkoutId: idOf(p, 'checkout_id'),
  step: quantity(p, 'step'),
  shippingMethod: text(p, 'shipping_method') ?? '',
  paymentMethod: text(p, 'payment_method') ?? '',
});
const list = (p: SourceRow, { currency }: SegmentTools) => ({
  listId: idOf(p, 'list_id'),
  categoryId: idOf(p, 'category'),
  products: entries(p, 'products').map((entry) => segmentProduct(entry, currencyOf(p, currency))),
});
const entries = (p: SourceRow, column: string) =>
  Array.isArray(p[column]) ? (p[column] as unknown[]).map(objectOf) : [];
const typed = (p: SourceRow, column: string) =>
  entries(p, column).map((e) => ({ type: text(e, 'type') ?? '', value: text(e, 'value') ?? '' }));
const promotion: Build = (p) => ({
  promotion: {
    promotionId: idOf(p, 'promotion_id'),
    name: text(p, 'name') ?? '',
    creative: text(p, 'creative') ?? '',
    position: text(p, 'position') ?? '',
  },
});
const coupon = (p: SourceRow) => ({
  code: text(p, 'coupon_id') ?? text(p, 'coupon') ?? '',
  name: text(p, 'coupon_name') ?? '',
  orderId: idOf(p, 'order_id'),
  cartId: idOf(p, 'cart_id'),
});
const couponWithDiscount: Build = (p, { currency }) => {
  const discount = amount(p, 'discount');
  const known =
    discount === undefined ? {} : { discount: moneyOf(currencyOf(p, currency), discount) };
  return { coupon: coupon(p), ...known };
};
const wishlist = (p: SourceRow, tools: SegmentTools) => ({
  product: productOf(p, tools),
  wishlistId: idOf(p, 'wishlist_id'),
  wishlistName: text(p, 'wishlist_name') ?? '',
});
const cartChange: Build = (p, tools) => ({
  product: productOf(p, tools),
  quantity: quantity(p, 'quantity'),
  cartId: idOf(p, 'cart_id'),
});
const order: Build = (p, tools) => {
  const { order: built, rebalanced } = segmentOrder(p, tools.currency);
  if (rebalanced) tools.rebalanced();
  return built;
};
const refund: Build = (p, { currency }) => {
  const code = currencyOf(p, currency);
  const total = amount(p, 'total') ?? amount(p, 'revenue');
  if (total === undefined) throw new RowError('total', 'is empty: a refund needs its amount');
  const magnitude = total < 0n ? -total : total;
  return { orderId: idOf(p, 'order_id'), total: moneyOf(code, magnitude), lines: [] };
};
const cancelled: Build = (p, { currency }) => {
  const total = amount(p, 'total') ?? amount(p, 'revenue');
  const known = total === undefined ? {} : { total: moneyOf(currencyOf(p, currency), total) };
  return { orderId: idOf(p, 'order_id'), ...known };
};
const method: Build = (p) => ({ method: text(p, 'method') ?? '' });

/**
 * Segment's v2 e-commerce events by name, each with the payload it becomes.
 * Source: https://segment.com/docs/connections/spec/ecommerce/v2/
 */
const EVENTS: Readonly<Record<string, readonly [Payload['$case'], Build]>> = {
  'products searched': ['productsSearched', (p) => ({ query: text(p, 'query') ?? '' })],
  'product list viewed': ['productListViewed', list],
  'product list filtered': [
    'productListFiltered',
    (p, tools) => ({ ...list(p, tools), filters: typed(p, 'filters'), sorts: typed(p, 'sorts') }),
  ],
  'promotion viewed': ['promotionViewed', promotion],
  'promotion clicked': ['promotionClicked', promotion],
  'product clicked': ['productClicked', (p, tools) => ({ product: productOf(p, tools) })],
  'product viewed': ['productViewed', (p, tools) => ({ product: productOf(p, tools) })],
  'product added': ['productAdded', cartChange],
  'product removed': ['productRemoved', cartChange],
  'cart viewed': [
    'cartViewed',
    (p, { currency }) => ({
      cartId: idOf(p, 'cart_id'),
      lines: segmentLines(p, currencyOf(p, currency)),
    }),
  ],
  'checkout started': [
    'checkoutStarted',
    (p, { currency }) => ({
      checkoutId: idOf(p, 'checkout_id'),
      orderId: idOf(p, 'order_id'),
      lines: segmentLines(p, currencyOf(p, currency)),
    }),
  ],
  'checkout step viewed': ['checkoutStepViewed', step],
  'checkout step completed': ['checkoutStepCompleted', step],
  'payment info entered': [
    'paymentInfoEntered',
    (p) => ({
      checkoutId: idOf(p, 'checkout_id'),
      orderId: idOf(p, 'order_id'),
      shippingMethod: text(p, 'shipping_method') ?? '',
      paymentMethod: text(p, 'payment_method') ?? '',
    }),
  ],
  'order completed': ['orderCompleted', order],
  'order updated': ['orderUpdated', order],
  'order refunded': ['orderRefunded', refund],
  'order cancelled': ['orderCancelled', cancelled],
  'coupon entered': ['couponEntered', (p) => ({ coupon: coupon(p) })],
  'coupon applied': ['couponApplied', couponWithDiscount],
  'coupon denied': [
    'couponDenied',
    (p) => ({ coupon: coupon(p), reason: text(p, 'reason') ?? '' }),
  ],
  'coupon removed': ['couponRemoved', couponWithDiscount],
  'product added to wishlist': ['productAddedToWishlist', wishlist],
  'product removed from wishlist': ['productRemovedFromWishlist', wishlist],
  'wishlist product added to cart': [
    'wishlistProductAddedToCart',
    (p, tools) => ({
      ...wishlist(p, tools),
      quantity: quantity(p, 'quantity'),
      cartId: idOf(p, 'cart_id'),
    }),
  ],
  'product shared': [
    'productShared',
    (p, tools) => ({ product: productOf(p, tools), via: text(p, 'share_via') ?? '' }),
  ],
  'cart shared': [
    'cartShared',
    (p) => ({
      cartId: idOf(p, 'cart_id'),
      via: text(p, 'share_via') ?? '',
      productIds: entries(p, 'products').map((entry) => idOf(entry, 'product_id')),
    }),
  ],
  'product reviewed': [
    'productReviewed',
    (p) => ({
      productId: idOf(p, 'product_id'),
      reviewId: idOf(p, 'review_id'),
      ...(text(p, 'rating') === undefined ? {} : { rating: Number(text(p, 'rating')) }),
    }),
  ],
  'signed up': ['userSignedUp', method],
  'signed in': ['userLoggedIn', method],
};

/** Names of the e-commerce events that are understood, in lower case. */
export const SEGMENT_EVENTS: readonly string[] = Object.keys(EVENTS);

/** The payload of a `track` call. Throws RowError for a name that is not in the specification. */
export function segmentPayload(name: string, properties: SourceRow, tools: SegmentTools): Payload {
  const known = EVENTS[name.toLowerCase()];
  if (known === undefined) {
    throw new RowError('event', `is ${name}: not an e-commerce event of Segment's specification`);
  }
  const [$case, build] = known;
  const shape = { payload: { $case, value: build(properties, tools) } };
  const { payload } = Event.fromPartial(shape as Parameters<typeof Event.fromPartial>[0]);
  if (payload === undefined) throw new RowError('event', `${name} has no properties`);
  return payload;
}
