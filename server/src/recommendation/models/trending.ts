import { DecayedCounts } from './decayed-counts.js';
import {
  DEFAULT_EVENT_WEIGHTS,
  type CountedAction,
  type CountedItem,
  type EventWeights,
  type ItemAction,
} from './event-weights.js';

const ALL = 'all';
const category = (name: string) => `category/${name}`;

export interface TrendingSettings {
  readonly weights: EventWeights;
  /**
   * After so long an action counts half, ms; default 1 day: long enough that the hour of the day does not decide, short
   * enough that today differs from the best sellers (30 days).
   */
  readonly halfLifeMs: number;
  /** Items kept for the shop and for each category, 1 to 300; default 300. */
  readonly itemsPerScopeMax: number;
  /** Categories kept, those with the latest actions; default 2,000. */
  readonly categoriesMax: number;
}

export const DEFAULT_TRENDING: TrendingSettings = {
  weights: DEFAULT_EVENT_WEIGHTS,
  halfLifeMs: 86_400_000,
  itemsPerScopeMax: 300,
  categoriesMax: 2_000,
};

/** What is looked at, put into carts and bought now, in the shop and in each category. */
export class Trending {
  readonly #settings: TrendingSettings;
  readonly #counts: DecayedCounts;

  constructor(
    settings: Partial<TrendingSettings> = {},
    chunks: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    this.#settings = { ...DEFAULT_TRENDING, ...settings };
    const { halfLifeMs, itemsPerScopeMax, categoriesMax } = this.#settings;
    const scopesMax = categoriesMax + 1;
    this.#counts = DecayedCounts.load(chunks, { halfLifeMs, itemsPerScopeMax, scopesMax });
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
    const scope = options.category === undefined ? ALL : category(options.category);
    return this.#counts.top(scope, n, options.accepts);
  }

  /** Parts changed since the last call by name; undefined means that the part is gone. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return this.#counts.changedChunks();
  }

  #count({ item, category: name, atMs }: CountedAction, weight: number): void {
    if (weight === 0) return;
    if (name !== undefined) this.#counts.add(category(name), { item, weight, atMs });
    // Last, so that it is never the scope that changed longest ago.
    this.#counts.add(ALL, { item, weight, atMs });
  }
}
