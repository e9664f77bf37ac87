/** An item of an answer, where it comes from and what the sentence of its reason needs. */
export type RankedItem =
  | {
      readonly source: 'session';
      readonly item: string;
      readonly score: number;
      /** The visitor's item that contributed most. */
      readonly because: string;
    }
  | {
      readonly source: 'similar';
      readonly item: string;
      readonly score: number;
      /** The visitor's item that it is like. */
      readonly because: string;
      /** Sessions that clicked it after that. */
      readonly sessions: number;
    }
  | {
      readonly source: 'bought-together';
      readonly item: string;
      readonly score: number;
      /** The item that it is bought with. */
      readonly because: string;
      readonly baskets: number;
      readonly support: number;
      readonly confidence: number;
      readonly lift: number;
    }
  | {
      readonly source: 'trending' | 'best-sellers' | 'popular';
      readonly item: string;
      readonly score: number;
      /** The category that it leads; undefined: the shop. */
      readonly category: string | undefined;
    };

export type RecommendationSource = RankedItem['source'];

/** Whether an item may be shown. */
export type Accepts = (item: string) => boolean;

/** One model of the chain: at most `n` items that `accepts`, best first. */
export type Stage = (n: number, accepts: Accepts) => readonly RankedItem[];

export interface RankOptions {
  /** Items wanted, 1 or more. */
  readonly k: number;
  /** Filters (bought, blocked, out of stock, seen); default all. Asked several times for an item.. */
  readonly accepts?: Accepts | undefined;
  /** With `categoryMax`: the category of an item; items without one are not capped. */
  readonly categoryOf?: ((item: string) => string | undefined) | undefined;
  /** Most items of one category in the answer, 1 or more; default no cap. */
  readonly categoryMax?: number | undefined;
}

/** A cap takes items out after a stage chose: ask for more, so that the stage still fills the answer. */
const CAPPED_FACTOR = 5;
const CAPPED_EXTRA = 50;

/**
 * Fills an answer stage by stage: the first model gives what it has, each later one fills the places that are still
 * empty. Scores of models are never added up: mixing sequential rules into the session model made the answers worse (HR@20
 * .508 -> .501 on held-out sessions of Diginetica), and an item that two models chose has one honest reason. No item
 * twice. Scores of different sources cannot be compared.
 */
export function rank(stages: readonly Stage[], options: RankOptions): RankedItem[] {
  const { k, accepts, categoryOf, categoryMax } = options;
  const chosen = new Map<string, RankedItem>();
  const perCategory = new Map<string, number>();
  const free: Accepts = (item) => !chosen.has(item) && accepts?.(item) !== false;
  for (const stage of stages) {
    const missing = k - chosen.size;
    if (missing <= 0) break;
    const n = categoryMax === undefined ? missing : missing * CAPPED_FACTOR + CAPPED_EXTRA;
    for (const candidate of stage(n, free)) {
      if (chosen.size >= k) break;
      // A stage may name an item twice, for two of the visitor's items: the better one came first.
      if (chosen.has(candidate.item)) continue;
      if (categoryMax !== undefined) {
        const category = categoryOf?.(candidate.item);
        const count = category === undefined ? 0 : (perCategory.get(category) ?? 0);
        if (count >= categoryMax) continue;
        if (category !== undefined) perCategory.set(category, count + 1);
      }
      chosen.set(candidate.item, candidate);
    }
  }
  return [...chosen.values()];
}
