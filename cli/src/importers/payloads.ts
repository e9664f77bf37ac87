import { Product } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { moneyOf, type Nanos } from './money.js';

export type Payload = NonNullable<Event['payload']>;

/** A product by id, with what the source knows of it. */
export function product(
  productId: string,
  known: {
    categoryId?: string;
    name?: string;
    brand?: string;
    price?: Nanos;
    currency?: string;
  } = {},
): Product {
  return Product.fromPartial({
    productId,
    categoryId: known.categoryId ?? '',
    name: known.name ?? '',
    brand: known.brand ?? '',
    ...(known.price === undefined || known.currency === undefined
      ? {}
      : { price: moneyOf(known.currency, known.price) }),
  });
}

export const productViewed = (viewed: Product): Payload => ({
  $case: 'productViewed',
  value: { product: viewed, listId: '' },
});

export const productAdded = (added: Product, quantity: number): Payload => ({
  $case: 'productAdded',
  value: { product: added, quantity, cartId: '' },
});

export const productRemoved = (removed: Product, quantity: number): Payload => ({
  $case: 'productRemoved',
  value: { product: removed, quantity, cartId: '' },
});
