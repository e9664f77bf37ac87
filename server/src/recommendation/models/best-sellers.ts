import { Trending, type TrendingSettings } from './trending.js';
import type { CountedAction, CountedItem } from './event-weights.js';

export type BestSellerSettings = Omit<TrendingSettings, 'weights'>;

const DAY_MS = 86_400_000;

export const DEFAULT_BEST_SELLERS: BestSellerSettings = {
  halfLifeMs: 30 * DAY_MS,
  shopItemsMax: 300,
  categoryItemsMax: 100,
  categoriesMax: 2_000,
};

/** What sells, in the shop and in each category: orders with the item, one of 30 days ago counting half. */
export class BestSellers {
  readonly #sold: Trending;

  constructor(
    settings: Partial<BestSellerSettings> = {},
    chunks: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    const weights = { view: 0, cart: 0, purchase: 1 };
    this.#sold = Trending.load(chunks, { ...DEFAULT_BEST_SELLERS, ...settings, weights });
  }

  /** Opens the model from the chunks of `changedChunks`. Throws an Error when they are damaged. */
  static load(
    chunks: ReadonlyMap<string, Uint8Array>,
    settings: Partial<BestSellerSettings> = {},
  ): BestSellers {
    return new BestSellers(settings, chunks);
  }

  /** Counts an item of an order. However many pieces, it counts once: one wholesaler must not make a best seller. */
  add(sale: CountedAction): void {
    this.#sold.add({ ...sale, action: 'purchase' });
  }

  /** Takes a sale back that was added with the same time: cancelled or fraud. */
  remove(sale: CountedAction): void {
    this.#sold.remove({ ...sale, action: 'purchase' });
  }

  /** At most `n` items of the shop, or of a category; the highest count first. */
  top(
    n: number,
    options: {
      category?: string | undefined;
      accepts?: ((item: string) => boolean) | undefined;
    } = {},
  ): CountedItem[] {
    return this.#sold.top(n, options);
  }

  /** Parts changed since the last call by name; undefined means that the part is gone. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return this.#sold.changedChunks();
  }
}
