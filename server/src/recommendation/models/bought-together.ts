import { SessionIndex } from './session-index.js';
import { tieHash } from './text-hash.js';

/** An item that is bought with another one, with its figures. */
export interface BoughtItem {
  readonly item: string;
  /** P(item | asked) - P(item): how much more often it is bought with the asked item than by anyone; 0 to 1. */
  readonly score: number;
  /** Baskets with both, of those looked at. */
  readonly baskets: number;
  /** Share of all baskets with both. */
  readonly support: number;
  /** Share of the baskets with the asked item that have this one too. */
  readonly confidence: number;
  /** `confidence` divided by the share of all baskets that have this item; above 1 means more often than by chance. */
  readonly lift: number;
}

export interface BoughtTogetherSettings {
  /** Baskets held, the newest; 1 to 4,000,000, default 300,000. */
  readonly basketsMax: number;
  /** Items kept of a basket, 2 to 200; default 100. */
  readonly itemsPerBasketMax: number;
  /** Fewest baskets with both items: below it the lift of rare pairs is noise. 1 or more, default 3. */
  readonly basketsMin: number;
  /** Smallest lift; default 1, so that nothing is shown only because everybody buys it. */
  readonly liftMin: number;
}

export const DEFAULT_BOUGHT_TOGETHER: BoughtTogetherSettings = {
  basketsMax: 300_000,
  itemsPerBasketMax: 100,
  basketsMin: 3,
  liftMin: 1,
};

/**
 * What is bought together, counted from the newest baskets at the moment of asking: no pair table that grows with the
 * square of the items. Exact for items in at most 5,000 of the baskets held; of others the newest 5,000 are looked at
 * and support is scaled from their share.
 */
export class BoughtTogether {
  readonly #baskets: SessionIndex;
  readonly #settings: BoughtTogetherSettings;

  constructor(settings: Partial<BoughtTogetherSettings> = {}, baskets?: SessionIndex) {
    this.#settings = { ...DEFAULT_BOUGHT_TOGETHER, ...settings };
    this.#baskets = baskets ?? new SessionIndex(boundsOf(this.#settings));
  }

  /** Opens the model from the chunks of `changedChunks`. Throws an Error when they are damaged. */
  static load(
    chunks: ReadonlyMap<string, Uint8Array>,
    settings: Partial<BoughtTogetherSettings> = {},
  ): BoughtTogether {
    const bounds = boundsOf({ ...DEFAULT_BOUGHT_TOGETHER, ...settings });
    return new BoughtTogether(settings, SessionIndex.load(chunks, bounds));
  }

  /** Baskets held. */
  get size(): number {
    return this.#baskets.size;
  }

  /** Adds a basket (an order); one whose key is known changes nothing. Repeated items count once. */
  add(basketKey: string, items: readonly string[], atMs: number): void {
    if (this.#baskets.has(basketKey)) return;
    for (const item of new Set(items)) this.#baskets.append(basketKey, item, atMs);
  }

  /** Takes a basket out (cancelled, fraud); its key stays known. */
  remove(basketKey: string): void {
    this.#baskets.remove(basketKey);
  }

  /** At most `n` items bought with an item, the highest `score` first (ties: `tieHash`). */
  boughtWith(item: string, n: number, accepts?: (item: string) => boolean): BoughtItem[] {
    const { items } = this.#baskets;
    const { basketsMin, liftMin } = this.#settings;
    const { counts, looked } = this.#countWith(item);
    const held = this.#baskets.size;
    const withItem = this.#baskets.sessionsWith(item);
    const bought: BoughtItem[] = [];
    for (const [other, baskets] of counts) {
      if (baskets < basketsMin) continue;
      const confidence = baskets / looked;
      const share = (items.sessions[other] ?? 0) / held;
      const lift = confidence / share;
      if (lift < liftMin || confidence <= share) continue;
      const support = (confidence * withItem) / held;
      const score = confidence - share;
      bought.push({ item: items.name(other), score, baskets, support, confidence, lift });
    }
    return bought
      .filter((candidate) => accepts?.(candidate.item) !== false)
      .sort((a, b) => b.score - a.score || tieHash(a.item) - tieHash(b.item))
      .slice(0, Math.max(0, n));
  }

  /** As those of the session index. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return this.#baskets.changedChunks();
  }

  /** How many of the baskets looked at hold each other item. */
  #countWith(item: string): { counts: ReadonlyMap<number, number>; looked: number } {
    const { items, postings, slots } = this.#baskets;
    const counts = new Map<number, number>();
    const id = items.find(item);
    if (id === undefined) return { counts, looked: 0 };
    postings.locate(id);
    const { words, from, to } = postings;
    for (let at = from; at < to; at++) {
      for (const other of slots.clicks(words[at] ?? 0)) {
        if (other !== id) counts.set(other, (counts.get(other) ?? 0) + 1);
      }
    }
    return { counts, looked: to - from };
  }
}

function boundsOf({ basketsMax, itemsPerBasketMax }: BoughtTogetherSettings) {
  return {
    sessionsMax: basketsMax,
    clicksPerSessionMax: itemsPerBasketMax,
    clicksMax: Math.max(itemsPerBasketMax, basketsMax * 10),
  };
}
