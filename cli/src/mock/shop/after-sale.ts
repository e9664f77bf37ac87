import type { Script } from '../agenda.js';
import { DAY_MS, HOUR_MS, type Who, type World } from '../world.js';
import { moneyOf } from './amount.js';
import { lineItems, orderOf, subtotal, type Order } from './basket.js';
import { falseClaim } from './labels.js';
import type { Payment } from './payment.js';

const CANCELLED = 0.02;
const UPDATED = 0.01;
const REFUNDED = 0.06;
const REVIEWED = 0.05;
const DOUBTED = 0.0005;

const REASONS = ['too small', 'arrived late', 'not as described', 'changed my mind', 'damaged'];

/** Decides what becomes of an honest order later, and lets it happen in time. */
export function afterSale(world: World, who: Who, sale: { order: Order; payment: Payment }): void {
  const { random } = world;
  const { order, payment } = sale;
  const shop: Who = { ...who, sessionId: '', context: undefined };
  const way = random.next();
  if (way < CANCELLED) world.spawn(cancel(world, shop, order));
  else if (way < CANCELLED + UPDATED && order.lines.length > 1) {
    world.spawn(update(world, shop, order));
  } else if (way < CANCELLED + UPDATED + REFUNDED) world.spawn(refund(world, shop, order));
  else if (way < CANCELLED + UPDATED + REFUNDED + REVIEWED) {
    world.spawn(review(world, shop, order));
  }
  if (random.chance(DOUBTED)) world.spawn(falseClaim(world, shop, payment));
}

function* cancel(world: World, who: Who, { orderId, totalCents }: Order): Script {
  yield world.random.between(0.05 * HOUR_MS, 10 * HOUR_MS);
  const total = moneyOf(world.settings.currency, totalCents);
  const reason = 'ordered by mistake';
  world.emit(who, { $case: 'orderCancelled', value: { orderId, total, reason } });
}

/** A line that cannot be delivered goes; what was paid for it is given back. */
function* update(world: World, who: Who, order: Order): Script {
  yield world.random.between(HOUR_MS, 20 * HOUR_MS);
  const { currency } = world.settings;
  const { orderId, cartId } = order;
  const kept = order.lines.slice(0, -1);
  const { shippingCents, discountCents, totalCents } = orderOf(
    world,
    { cartId, lines: kept },
    order.coupon,
  );
  const money = (cents: number) => moneyOf(currency, cents);
  const lines = lineItems(world, kept);
  const shipping = money(shippingCents);
  const amounts = { total: money(totalCents), shipping, discount: money(discountCents) };
  world.emit(who, { $case: 'orderUpdated', value: { orderId, cartId, lines, ...amounts } });
  const given = order.totalCents - totalCents;
  if (given <= 0) return;
  yield HOUR_MS;
  const value = { orderId, refundId: world.newId('re'), total: money(given) };
  world.emit(who, { $case: 'orderRefunded', value: { ...value, reason: 'out of stock' } });
}

/** Everything, or one line of several, comes back. */
function* refund(world: World, who: Who, order: Order): Script {
  const { random, settings } = world;
  yield 2 * DAY_MS + random.exponential(6 * DAY_MS);
  const one = order.lines.slice(0, 1);
  const partial = order.lines.length > 1 && order.discountCents === 0 && random.chance(0.6);
  const lines = partial ? lineItems(world, one) : [];
  const cents = partial ? subtotal(one) : order.totalCents;
  const total = moneyOf(settings.currency, cents);
  const reason = random.pick(REASONS);
  const value = { orderId: order.orderId, refundId: world.newId('re'), total, lines, reason };
  world.emit(who, { $case: 'orderRefunded', value });
}

function* review(world: World, who: Who, { lines }: Order): Script {
  const { random } = world;
  yield 3 * DAY_MS + random.exponential(8 * DAY_MS);
  const productId = random.pick(lines).item.productId;
  const rating = random.pick([5, 5, 5, 4, 4, 3, 2, 1]);
  const value = { productId, rating, reviewId: world.newId('rv') };
  world.emit(who, { $case: 'productReviewed', value });
}
