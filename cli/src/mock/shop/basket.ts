import type { World } from '../world.js';
import { moneyOf, percentOf, type Cents } from './amount.js';
import type { Item } from './catalogue.js';
import { SMALL_THINGS } from './departments.js';

/** So many pieces of an item, at the price when it was put into the basket. */
export interface BasketLine {
  readonly item: Item;
  readonly priceCents: Cents;
  readonly quantity: number;
}

/** What somebody is about to pay for. */
export interface Order {
  readonly orderId: string;
  readonly cartId: string;
  readonly checkoutId: string;
  readonly lines: readonly BasketLine[];
  readonly coupon: string | undefined;
  readonly shippingCents: Cents;
  readonly discountCents: Cents;
  readonly totalCents: Cents;
}

const SHIPPING_CENTS = 490;
const FREE_SHIPPING_FROM_CENTS = 5_000;

/** The coupon that every new customer may use once. */
export const FIRST_ORDER_COUPON = 'WELCOME15';
const FIRST_ORDER_PERCENT = 15;

/** The product as events name it. */
export function productOf({ settings }: World, item: Item) {
  const { productId, categoryId, name, brand, priceCents } = item;
  return { productId, categoryId, name, brand, price: moneyOf(settings.currency, priceCents) };
}

/** The lines as carts, orders and refunds name them. */
export function lineItems(world: World, lines: readonly BasketLine[]) {
  const { currency } = world.settings;
  return lines.map(({ item, priceCents, quantity }) => ({
    product: { ...productOf(world, item), price: moneyOf(currency, priceCents) },
    quantity,
    unitPrice: moneyOf(currency, priceCents),
    total: moneyOf(currency, priceCents * quantity),
  }));
}

/** Sum of the lines. */
export function subtotal(lines: readonly BasketLine[]): Cents {
  return lines.reduce((sum, { priceCents, quantity }) => sum + priceCents * quantity, 0);
}

/** Works out what the lines cost. */
export function orderOf(
  world: World,
  cart: { readonly cartId: string; readonly lines: readonly BasketLine[] },
  coupon?: string,
): Order {
  const sum = subtotal(cart.lines);
  // Small things come as a letter.
  const letter = cart.lines.every(({ item }) => item.categoryId === SMALL_THINGS);
  const shippingCents = letter || sum >= FREE_SHIPPING_FROM_CENTS ? 0 : SHIPPING_CENTS;
  const discountCents = coupon === undefined ? 0 : percentOf(sum, FIRST_ORDER_PERCENT);
  return {
    ...cart,
    orderId: world.newId('o'),
    checkoutId: world.newId('co'),
    coupon,
    shippingCents,
    discountCents,
    totalCents: sum + shippingCents - discountCents,
  };
}
