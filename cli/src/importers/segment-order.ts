import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { OrderCompleted } from '@bytebasket/proto/gen/bytebasket/event/v1/order';
import { moneyOf, nanosOf, type Nanos } from './money.js';
import { product } from './payloads.js';
import { asId, quantity, RowError, text, type SourceRow } from './row.js';

/** An object among a row's values. */
export function objectOf(value: unknown): SourceRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as SourceRow)
    : {};
}

export function currencyOf(properties: SourceRow, fallback: string): string {
  return text(properties, 'currency')?.toUpperCase() ?? fallback;
}

/** A product in Segment's terms (`product_id`, `sku`, `name`, `brand`, `category`, `variant`, `price`, `url`). */
export function segmentProduct(row: SourceRow, currency: string) {
  const productId = text(row, 'product_id') ?? text(row, 'sku');
  if (productId === undefined)
    throw new RowError('product_id', 'is empty: product_id or sku is needed');
  const price = amount(row, 'price');
  const known = product(asId(productId), {
    categoryId: asId(text(row, 'category') ?? ''),
    name: text(row, 'name') ?? '',
    brand: text(row, 'brand') ?? '',
    ...(price === undefined || price < 0n ? {} : { price, currency }),
  });
  return {
    ...known,
    sku: text(row, 'sku') ?? '',
    variant: text(row, 'variant') ?? '',
    url: text(row, 'url') ?? '',
    imageUrl: text(row, 'image_url') ?? '',
  };
}

export function amount(row: SourceRow, column: string): Nanos | undefined {
  const value = row[column];
  return value === undefined || value === null || value === '' ? undefined : nanosOf(value, column);
}

/** The `products` of an event as lines: price x quantity each. */
export function segmentLines(properties: SourceRow, currency: string): LineItem[] {
  const products = properties['products'];
  if (!Array.isArray(products)) return [];
  return products.map((entry: unknown) => {
    const row = objectOf(entry);
    const count = quantity(row, 'quantity');
    const total = (amount(row, 'price') ?? 0n) * BigInt(count);
    return {
      product: segmentProduct(row, currency),
      quantity: count,
      unitPrice: undefined,
      discount: undefined,
      total: moneyOf(currency, total),
    };
  });
}

const nanos = (value: { units: bigint; nanos: number } | undefined): Nanos =>
  value === undefined ? 0n : value.units * 1_000_000_000n + BigInt(value.nanos);

const NONE = 'no products given';

/**
 * An order whose parts give its total. Segment's clients do not check that: where the parts differ from `total`, the
 * total is kept and the difference to the lines becomes shipping (too little) or discount (too much);
 * `rebalanced` tells. An order without products gets one line of its whole total.
 */
export function segmentOrder(
  properties: SourceRow,
  fallback: string,
): { order: OrderCompleted; rebalanced: boolean } {
  const currency = currencyOf(properties, fallback);
  const orderId = text(properties, 'order_id');
  if (orderId === undefined) throw new RowError('order_id', 'is empty: a value is needed');
  const given = segmentLines(properties, currency);
  const stated = amount(properties, 'total') ?? amount(properties, 'revenue');
  const lines = given.length > 0 ? given : [wholeLine(stated ?? 0n, currency)];
  const sum = lines.reduce((total, line) => total + nanos(line.total), 0n);
  const [shipping, tax, discount] = ['shipping', 'tax', 'discount'].map(
    (column) => amount(properties, column) ?? 0n,
  ) as [Nanos, Nanos, Nanos];
  const parts = sum + shipping + tax - discount;
  const total = stated ?? parts;
  const rebalanced = total !== parts;
  const difference = total - sum;
  const money = (value: Nanos) => (value > 0n ? moneyOf(currency, value) : undefined);
  return {
    rebalanced,
    order: {
      orderId: asId(orderId),
      lines,
      total: moneyOf(currency, total),
      shipping: money(rebalanced ? difference : shipping),
      tax: rebalanced ? undefined : money(tax),
      discount: money(rebalanced ? -difference : discount),
      couponCode: text(properties, 'coupon') ?? '',
      cartId: asId(text(properties, 'cart_id') ?? ''),
    },
  };
}

function wholeLine(total: Nanos, currency: string): LineItem {
  return {
    product: product('unknown', { name: NONE }),
    quantity: 1,
    unitPrice: undefined,
    discount: undefined,
    total: moneyOf(currency, total),
  };
}
