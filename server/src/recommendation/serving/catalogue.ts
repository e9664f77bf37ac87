import type { ProductFacts, ProductRef } from './input.js';
import { SavedMap } from './saved-map.js';

/** What is known of a product; short names because there are many. */
interface KnownProduct {
  /** Category, empty when unknown. */
  readonly c: string;
  /** 1 when it cannot be bought. */
  readonly o: 0 | 1;
  /** 1 when it must not be recommended. */
  readonly b: 0 | 1;
}

const UNKNOWN: KnownProduct = { c: '', o: 0, b: 0 };

/**
 * What the shop says of its products, bounded: past the bound the product whose facts changed longest ago is forgotten,
 * and then counts as one that may be recommended.
 */
export class Catalogue {
  readonly #products: SavedMap<KnownProduct>;

  constructor(productsMax: number) {
    this.#products = new SavedMap('catalogue/', productsMax);
  }

  get size(): number {
    return this.#products.size;
  }

  /** Learns the category from an event about a product. */
  see({ itemId, categoryId }: ProductRef): void {
    const known = this.#products.get(itemId) ?? UNKNOWN;
    if (categoryId === '' || categoryId === known.c) return;
    this.#products.put(itemId, { ...known, c: categoryId });
  }

  update({ product, available, recommendable }: ProductFacts): void {
    const known = this.#products.get(product.itemId) ?? UNKNOWN;
    this.#products.put(product.itemId, {
      c: product.categoryId === '' ? known.c : product.categoryId,
      o: flag(available === undefined ? undefined : !available, known.o),
      b: flag(recommendable === undefined ? undefined : !recommendable, known.b),
    });
  }

  /** Empty when unknown. */
  categoryOf(item: string): string {
    return this.#products.get(item)?.c ?? '';
  }

  /** False for a product that cannot be bought or must not be recommended; true for an unknown one. */
  offers(item: string): boolean {
    const known = this.#products.get(item) ?? UNKNOWN;
    return known.o === 0 && known.b === 0;
  }

  changedChunks(): Map<string, Uint8Array | undefined> {
    return this.#products.changedChunks();
  }

  load(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.#products.load(chunks);
  }
}

function flag(value: boolean | undefined, before: 0 | 1): 0 | 1 {
  if (value === undefined) return before;
  return value ? 1 : 0;
}
