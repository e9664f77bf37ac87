import { grown } from './grown.js';
import { checkedKnnSettings, type KnnSettings } from './knn-settings.js';
import { offsetOf } from './segment-pool.js';
import type { SessionIndex } from './session-index.js';
import { TopList } from './top-list.js';

/** An item in every session would say nothing (ln 1 = 0), and a shop of two sessions recommend nothing. */
const IDF_MIN = 1e-3;
const CLICKS_MAX = 200;
const FIRST_SIZE = 1_024;
const POPULARITY_TABLE = 4_096;

/** What is asked of the session model. */
export interface SessionQuery {
  /** Items of the visitor's session, oldest first; unknown ones count for positions only. */
  readonly items: readonly string[];
  /** Most items wanted, 0 or more. */
  readonly k: number;
  /** Key of the visitor's own session in the index, which must not be its own neighbour. */
  readonly ownSession?: string | number | undefined;
  /** Which items may be recommended; default all, those of the session included. Must not change the index. */
  readonly accepts?: ((item: string) => boolean) | undefined;
}

/** An item of a session model, with why. */
export interface SessionRecommendation {
  readonly item: string;
  /** Comparable within one answer only; above 0. */
  readonly score: number;
  /** The item of the visitor's session that contributed most to the score. */
  readonly because: string;
}

/** An item of the visitor's session that the index knows. */
interface Shared {
  readonly id: number;
  /** Clicks from the newest one, 0 for that. */
  readonly distance: number;
}

/**
 * Session-based nearest neighbours (V-STAN: Ludewig, Mauro, Latifi, Jannach, "Empirical analysis of session-based
 * recommendation algorithms", 2021, section 3), over a live index. Of the last 50 clicks, each different item brings the
 * newest 5,000 sessions that hold it;
 *
 *   similarity(s) = sum over shared items of exp(-distance / spw) * ln(N / sessions with the item)
 *                   / (|visitor|^0.5 * |s|^ln) * exp(-(N - age rank of s) / (snh * N));
 *   score(i)     += similarity(s) * exp(-m / ipw) * exp(-|j - q| / inh) * (before, if j < q)
 *                   / (sessions with i)^popularity
 *
 * for the 500 most similar sessions s and each item i at each position j of s, where m is the distance of the visitor's
 * newest shared item and q its last position in s. `before` and `popularity` are ours (1 and 0 give the published model).
 * Items of the visitor's session may be recommended. Ties: newer sessions first; items by `tieHash`.
 *
 * A recommender keeps arrays as long as the index (4 bytes a session, 12 an item), so one per index and thread is enough.
 */
export class SessionRecommender {
  readonly settings: KnnSettings;
  readonly #index: SessionIndex;
  /** exp(-distance / setting) for each distance that can occur. */
  readonly #spwDecay: Float64Array;
  readonly #ipwDecay: Float64Array;
  readonly #inhDecay: Float64Array;
  /** The same for items before the shared one. */
  readonly #beforeDecay: Float64Array;
  /** Divides a score, by the number of sessions with the item; larger numbers are computed. */
  readonly #popularityFactor: Float64Array;
  /** |s|^-ln. */
  readonly #lengthFactor: Float64Array;
  readonly #neighbours: TopList;
  readonly #best = new TopList(64);
  /** 1 + place among the candidates by slot of the index; 0: it is none. */
  #placeOf = new Uint32Array(0);
  /** Sessions in the order in which they were found; the neighbours alone after `chooseNeighbours`. */
  #candidates = new Uint32Array(FIRST_SIZE);
  #similarity = new Float64Array(FIRST_SIZE);
  /** Distance of the newest shared item. */
  #newest = new Uint8Array(FIRST_SIZE);
  #candidateCount = 0;
  #scores = new Float64Array(0);
  /** 1 + place among the best by item, while reasons are looked for. */
  #places = new Uint32Array(0);
  #scored = new Uint32Array(FIRST_SIZE);
  #scoredCount = 0;

  constructor(index: SessionIndex, settings: Partial<KnnSettings> = {}) {
    this.settings = checkedKnnSettings(settings);
    this.#index = index;
    const { spw, ipw, inh, before, popularity, ln, neighbours } = this.settings;
    this.#spwDecay = decays(spw);
    this.#ipwDecay = decays(ipw);
    this.#inhDecay = decays(inh);
    this.#beforeDecay = this.#inhDecay.map((decay) => decay * before);
    this.#popularityFactor = Float64Array.from(
      { length: POPULARITY_TABLE },
      (_, sessions) => sessions ** -popularity,
    );
    this.#lengthFactor = Float64Array.from({ length: 256 }, (_, n) => n ** -ln);
    this.#neighbours = new TopList(neighbours);
  }

  /** Items by score, best first; at most `k`, fewer when the neighbours have no more. */
  recommend(query: SessionQuery): SessionRecommendation[] {
    const items = query.items.slice(-this.settings.clicksMax);
    const shared = this.#sharedItems(items);
    if (shared.length === 0 || query.k <= 0) return [];
    this.#fitArrays();
    try {
      this.#findCandidates(shared, query.ownSession);
      this.#chooseNeighbours(new Set(items).size);
      const clicked = items.map((item) => this.#index.items.find(item) ?? -1).reverse();
      this.#forEachContribution(clicked, this.#addScore);
      const best = this.#bestItems(query);
      const because = this.#reasons(best, clicked);
      return best.map(({ value, score }, at) => ({
        item: this.#index.items.name(value),
        score,
        because: this.#index.items.name(because[at] ?? 0),
      }));
    } finally {
      // Also when `accepts` threw: the next answer must start clean.
      this.#clear();
    }
  }

  /** The different known items, each where it was clicked last, newest first. */
  #sharedItems(items: readonly string[]): Shared[] {
    const seen = new Set<string>();
    const shared: Shared[] = [];
    for (let distance = 0; distance < items.length; distance++) {
      const item = items[items.length - 1 - distance] ?? '';
      if (seen.has(item)) continue;
      seen.add(item);
      const id = this.#index.items.find(item);
      if (id !== undefined) shared.push({ id, distance });
    }
    return shared;
  }

  #findCandidates(shared: readonly Shared[], ownSession: string | number | undefined): void {
    const { items, postings, slots, size } = this.#index;
    const own = ownSession === undefined ? -1 : (this.#index.number(ownSession) ?? -1);
    const { mask } = slots;
    const placeOf = this.#placeOf;
    for (const { id, distance } of shared) {
      const idf = Math.max(IDF_MIN, Math.log(size / (items.sessions[id] ?? 1)));
      const weight = (this.#spwDecay[distance] ?? 0) * idf;
      postings.locate(id);
      const { words, from, to } = postings;
      this.#fitCandidates(to - from);
      const similarity = this.#similarity;
      for (let at = to - 1; at >= from; at--) {
        const session = words[at] ?? 0;
        if (session === own) continue;
        const place = placeOf[session & mask] ?? 0;
        if (place > 0) {
          similarity[place - 1] = (similarity[place - 1] ?? 0) + weight;
          continue;
        }
        const next = this.#candidateCount++;
        placeOf[session & mask] = next + 1;
        this.#candidates[next] = session;
        similarity[next] = weight;
        this.#newest[next] = distance;
      }
    }
  }

  /** Turns sums into similarities and keeps the best; candidates stay in the order in which they were found. */
  #chooseNeighbours(visitorItems: number): void {
    const { slots } = this.#index;
    const { mask, span, oldest, distinct } = slots;
    const similarity = this.#similarity;
    const top = this.#neighbours;
    top.reset(this.settings.neighbours);
    const fade = this.settings.snh * span;
    const visitor = 1 / Math.sqrt(visitorItems);
    for (let at = 0; at < this.#candidateCount; at++) {
      const session = this.#candidates[at] ?? 0;
      const length = this.#lengthFactor[distinct[session & mask] ?? 0] ?? 0;
      const plain = (similarity[at] ?? 0) * visitor * length;
      const age = span - ((session - oldest) >>> 0);
      // Recency only makes it smaller: most candidates need no exponential.
      const value = plain < top.worstScore ? 0 : plain * Math.exp(-age / fade);
      similarity[at] = value;
      top.offer(session, value, age);
    }
    this.#keepNeighbours();
  }

  #keepNeighbours(): void {
    const { mask, span, oldest } = this.#index.slots;
    const { worstScore, worstTie } = this.#neighbours;
    let kept = 0;
    for (let at = 0; at < this.#candidateCount; at++) {
      const session = this.#candidates[at] ?? 0;
      this.#placeOf[session & mask] = 0;
      const value = this.#similarity[at] ?? 0;
      const age = span - ((session - oldest) >>> 0);
      if (value < worstScore || (value === worstScore && age > worstTie)) continue;
      this.#candidates[kept] = session;
      this.#similarity[kept] = value;
      this.#newest[kept++] = this.#newest[at] ?? 0;
    }
    this.#candidateCount = kept;
  }

  /** Calls `take` for each item of each neighbour. `clicked`: the visitor's items by distance, -1 for unknown ones. */
  #forEachContribution(clicked: readonly number[], take: TakeContribution): void {
    const { mask, pool, addresses, lengths } = this.#index.slots;
    for (let at = 0; at < this.#candidateCount; at++) {
      const slot = (this.#candidates[at] ?? 0) & mask;
      const distance = this.#newest[at] ?? 0;
      const weight = (this.#similarity[at] ?? 0) * (this.#ipwDecay[distance] ?? 0);
      const address = addresses[slot] ?? 0;
      const page = pool.page(address);
      const from = offsetOf(address);
      const to = from + (lengths[slot] ?? 0);
      let match = to - 1;
      while (match > from && page[match] !== clicked[distance]) match--;
      for (let click = from; click < to; click++) {
        const decay =
          click < match ? this.#beforeDecay[match - click] : this.#inhDecay[click - match];
        const part = weight * (decay ?? 0);
        // Far below what a double holds: such an item has no score.
        if (part > 0) take(page[click] ?? 0, part, distance);
      }
    }
  }

  readonly #addScore: TakeContribution = (item, part) => {
    const before = this.#scores[item] ?? 0;
    if (before === 0) {
      if (this.#scoredCount === this.#scored.length) {
        this.#scored = grown(this.#scored, this.#scoredCount * 2);
      }
      this.#scored[this.#scoredCount++] = item;
    }
    this.#scores[item] = before + part;
  };

  #bestItems({ k, accepts }: SessionQuery): { value: number; score: number }[] {
    const { items } = this.#index;
    const { ties } = items;
    const top = this.#best;
    top.reset(Math.min(k, this.#scoredCount));
    for (let at = 0; at < this.#scoredCount; at++) {
      const item = this.#scored[at] ?? 0;
      const score = (this.#scores[item] ?? 0) * this.#popularityOf(item);
      const tie = ties[item] ?? 0;
      if (!top.takes(score, tie)) continue;
      if (accepts === undefined || accepts(items.name(item))) top.offer(item, score, tie);
    }
    return top.drain();
  }

  #popularityOf(item: number): number {
    const sessions = this.#index.items.sessions[item] ?? 1;
    return this.#popularityFactor[sessions] ?? sessions ** -this.settings.popularity;
  }

  /** For each of the best items the clicked item that contributed most; the newer one of equals. */
  #reasons(best: readonly { readonly value: number }[], clicked: readonly number[]): number[] {
    const width = clicked.length;
    const parts = new Float64Array(best.length * width);
    best.forEach(({ value }, at) => (this.#places[value] = at + 1));
    this.#forEachContribution(clicked, (item, part, distance) => {
      const place = this.#places[item] ?? 0;
      if (place === 0) return;
      const at = (place - 1) * width + distance;
      parts[at] = (parts[at] ?? 0) + part;
    });
    for (const { value } of best) this.#places[value] = 0;
    return best.map((_, at) => {
      const own = parts.subarray(at * width, (at + 1) * width);
      const most = own.reduce((a, b) => Math.max(a, b), 0);
      return clicked[own.indexOf(most)] ?? 0;
    });
  }

  /** Makes the arrays as long as those of the index. */
  #fitArrays(): void {
    const { slots, items } = this.#index;
    if (this.#placeOf.length <= slots.mask) this.#placeOf = new Uint32Array(slots.mask + 1);
    if (this.#scores.length < items.limit) {
      const length = Math.max(1_024, 2 ** Math.ceil(Math.log2(items.limit)));
      this.#scores = new Float64Array(length);
      this.#places = new Uint32Array(length);
    }
  }

  #fitCandidates(more: number): void {
    const needed = this.#candidateCount + more;
    if (needed <= this.#candidates.length) return;
    const length = Math.max(needed, this.#candidates.length * 2);
    this.#candidates = grown(this.#candidates, length);
    this.#similarity = grown(this.#similarity, length);
    this.#newest = grown(this.#newest, length);
  }

  /** Leaves the arrays as the next call needs them, touching only what this one used. */
  #clear(): void {
    for (let at = 0; at < this.#scoredCount; at++) this.#scores[this.#scored[at] ?? 0] = 0;
    this.#candidateCount = this.#scoredCount = 0;
  }
}

/** `item` got `part` because of the visitor's click at `distance`. */
type TakeContribution = (item: number, part: number, distance: number) => void;

function decays(setting: number): Float64Array {
  return Float64Array.from({ length: CLICKS_MAX + 1 }, (_, distance) =>
    Math.exp(-distance / setting),
  );
}
