import { DecayedCounts } from './decayed-counts.js';
import {
  DEFAULT_EVENT_WEIGHTS,
  type CountedAction,
  type CountedItem,
  type EventWeights,
  type ItemAction,
} from './event-weights.js';

const ALL = 'all';
const CATEGORY = 'category/';

export interface TrendingSettings {
  readonly weights: EventWeights;
  /**
   * After so long an action counts half, ms; default 1 day: long enough that the hour of the day does not decide, short
   * enough that today differs from the best sellers (30 days).
   */
  readonly halfLifeMs: number;
  /** Items kept for the shop, 1 to 300; default 300. Up to twice as many between two cuts, here and below. */
  readonly shopItemsMax: number;
  /** Items kept for each category, 1 to 300; default 100. */
  readonly categoryItemsMax: number;
  /** Categories kept, those with the latest actions; default 2,000. */
  readonly categoriesMax: number;
}

export const DEFAULT_TRENDING: TrendingSettings = {
  weights: DEFAULT_EVENT_WEIGHTS,
  halfLifeMs: 86_400_000,
  shopItemsMax: 300,
  categoryItemsMax: 100,
  categoriesMax: 2_000,
};

/** What is looked at, put into carts and bought now, in the shop and in each category. */
export class Trending {
  readonly #settings: TrendingSettings;
  readonly #shop: DecayedCounts;
  readonly #categories: DecayedCounts;

  constructor(
    settings: Partial<TrendingSettings> = {},
    chunks: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    this.#settings = { ...DEFAULT_TRENDING, ...settings };
    const { halfLifeMs, shopItemsMax, categoryItemsMax, categoriesMax } = this.#settings;
    const saved = [...chunks];
    this.#shop = DecayedCounts.load(new Map(saved.filter(([name]) => name === ALL)), {
      halfLifeMs,
      itemsPerScopeMax: shopItemsMax,
      scopesMax: 1,
    });
    const categories = saved.filter(([name]) => name.startsWith(CATEGORY));
    this.#categories = DecayedCounts.load(new Map(categories), {
      halfLifeMs,
      itemsPerScopeMax: categoryItemsMax,
      scopesMax: categoriesMax,
    });
  }

  /** Opens the model from the chunks of `changedChunks`. Throws an Error when they are damaged. */
  static load(
    chunks: ReadonlyMap<string, Uint8Array>,
    settings: Partial<TrendingSettings> = {},
  ): Trending {
    return new Trending(settings, chunks);
  }

  add(action: CountedAction & { readonly action: ItemAction }): void {
    this.#count(action, this.#settings.weights[action.action]);
  }

  /** Takes an action back that was added with the same time: the fraud of a flagged session. */
  remove(action: CountedAction & { readonly action: ItemAction }): void {
    this.#count(action, -this.#settings.weights[action.action]);
  }

  /** At most `n` items of the shop, or of a category; the highest count first. */
  top(
    n: number,
    options: {
      category?: string | undefined;
      accepts?: ((item: string) => boolean) | undefined;
    } = {},
  ): CountedItem[] {
    const { category, accepts } = options;
    if (category === undefined) return this.#shop.top(ALL, n, accepts);
    return this.#categories.top(`${CATEGORY}${category}`, n, accepts);
  }

  /** Parts changed since the last call by name; undefined means that the part is gone. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return new Map([...this.#shop.changedChunks(), ...this.#categories.changedChunks()]);
  }

  #count({ item, category, atMs }: CountedAction, weight: number): void {
    if (weight === 0) return;
    this.#shop.add(ALL, { item, weight, atMs });
    if (category === undefined) return;
    this.#categories.add(`${CATEGORY}${category}`, { item, weight, atMs });
  }
}
