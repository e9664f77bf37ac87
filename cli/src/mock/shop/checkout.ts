import { SECOND_MS } from '../world.js';
import { moneyOf } from './amount.js';
import { FIRST_ORDER_COUPON, lineItems, orderOf, productOf } from './basket.js';
import type { BasketLine, Order } from './basket.js';
import { dwell, type Doing } from './browse.js';
import type { Item } from './catalogue.js';
import type { Visit } from './visit.js';

/** A cart under way. */
export interface Cart {
  readonly cartId: string;
  readonly lines: readonly BasketLine[];
}

/** Puts the items into a new cart, one after the other. */
export function* fillCart(visit: Visit, items: readonly Item[]): Doing<Cart> {
  const { world } = visit;
  const { random } = world;
  const cartId = world.newId('c');
  const lines: BasketLine[] = [];
  for (const wanted of items) {
    const item = inStock(wanted);
    if (lines.some((line) => line.item === item)) continue;
    const quantity = item.priceCents < 5_000 && random.chance(0.15) ? random.int(2, 3) : 1;
    lines.push({ item, quantity, priceCents: item.priceCents });
    visit.emit({
      $case: 'productAdded',
      value: { product: productOf(world, item), quantity, cartId },
    });
    yield dwell(visit) / 4;
  }
  if (lines.length > 1 && random.chance(0.08)) {
    const [{ item, quantity } = { item: undefined, quantity: 0 }] = lines.splice(-1);
    if (item !== undefined) {
      const product = productOf(world, item);
      visit.emit({ $case: 'productRemoved', value: { product, quantity, cartId } });
      yield 4 * SECOND_MS;
    }
  }
  return { cartId, lines };
}

/** The item, or what goes with it where it is sold out. */
function inStock(item: Item): Item {
  return item.available ? item : (item.related.find(({ available }) => available) ?? item);
}

export interface CheckoutOptions {
  /** Whether the coupon for first orders is used. Default false. */
  readonly firstOrder?: boolean;
  readonly paymentMethod: string;
  /** How fast the forms are filled in: 1 is usual, 0.2 is a script or somebody with a plan. Default 1. */
  readonly pace?: number;
}

/** Goes through the checkout up to the payment. */
export function* checkOut(visit: Visit, cart: Cart, options: CheckoutOptions): Doing<Order> {
  const { world } = visit;
  const { random } = world;
  const pace = options.pace ?? 1;
  const { paymentMethod } = options;
  const lines = lineItems(world, cart.lines);
  visit.emit({ $case: 'cartViewed', value: { cartId: cart.cartId, lines } });
  yield pace * dwell(visit);
  const coupon = options.firstOrder === true ? FIRST_ORDER_COUPON : undefined;
  const order = orderOf(world, cart, coupon);
  if (coupon !== undefined) yield* redeem(visit, order);
  const { checkoutId, orderId } = order;
  const value = moneyOf(world.settings.currency, order.totalCents);
  visit.emit({ $case: 'checkoutStarted', value: { checkoutId, orderId, lines, value } });
  const shippingMethod = random.chance(0.85) ? 'standard' : 'express';
  visit.emit({ $case: 'checkoutStepViewed', value: { checkoutId, step: 1 } });
  yield pace * random.logNormal(25 * SECOND_MS, 0.5);
  const first = { checkoutId, step: 1, shippingMethod };
  visit.emit({ $case: 'checkoutStepCompleted', value: first });
  visit.emit({ $case: 'checkoutStepViewed', value: { checkoutId, step: 2, shippingMethod } });
  yield pace * random.logNormal(20 * SECOND_MS, 0.5);
  const chosen = { checkoutId, shippingMethod, paymentMethod };
  visit.emit({ $case: 'paymentInfoEntered', value: { ...chosen, orderId } });
  visit.emit({ $case: 'checkoutStepCompleted', value: { ...chosen, step: 2 } });
  yield SECOND_MS;
  return order;
}

function* redeem(visit: Visit, order: Order): Doing<void> {
  const { random, settings } = visit.world;
  const code = order.coupon ?? '';
  const { cartId } = order;
  if (random.chance(0.05)) {
    const coupon = { code: code.toLowerCase(), cartId };
    visit.emit({ $case: 'couponEntered', value: { coupon } });
    visit.emit({ $case: 'couponDenied', value: { coupon, reason: 'unknown code' } });
    yield 8 * SECOND_MS;
  }
  const coupon = { code, cartId, orderId: order.orderId };
  visit.emit({ $case: 'couponEntered', value: { coupon } });
  yield SECOND_MS;
  const discount = moneyOf(settings.currency, order.discountCents);
  visit.emit({ $case: 'couponApplied', value: { coupon, discount } });
  yield 3 * SECOND_MS;
}
