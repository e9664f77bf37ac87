import { offsetOf } from './segment-pool.js';
import type { SessionIndex } from './session-index.js';
import { TopList } from './top-list.js';

/** An item that goes with another one. */
export interface SimilarItem {
  readonly item: string;
  /** Comparable within one answer only; above 0. */
  readonly score: number;
  /** In how many of the sessions looked at it followed. */
  readonly sessions: number;
}

export interface CoVisitationSettings {
  /** Clicks after the item that count, each with 1 / its distance; 1 to 100, default 10. */
  readonly stepsMax: number;
  /** The newest sessions with the item that are looked at, 1 to 5,000; default 2,000: more is slower and no better. */
  readonly sessionsMax: number;
}

export const DEFAULT_CO_VISITATION: CoVisitationSettings = { stepsMax: 10, sessionsMax: 2_000 };

/**
 * Item to item by sequential rules: what visitors clicked within ten steps after an item, weighted 1 / distance. Counted
 * from the newest sessions of the index at the moment of asking, so it keeps no rows of its own: it is exact, a click
 * counts at once, and a session that left the index (by age or fraud) has left this too. Pairs x -> x are left out: "similar
 * to x" never lists x, and repeats of the visitor's own items are the session model's matter.
 */
export class CoVisitation {
  readonly #index: SessionIndex;
  readonly #settings: CoVisitationSettings;
  readonly #best = new TopList(64);
  #scores = new Float64Array(0);
  #sessions = new Uint16Array(0);
  /** 1 + the session that counted last for an item, by place in the list: each session supports an item once. */
  #countedBy = new Uint16Array(0);

  constructor(index: SessionIndex, settings: Partial<CoVisitationSettings> = {}) {
    this.#index = index;
    this.#settings = { ...DEFAULT_CO_VISITATION, ...settings };
  }

  /** At most `n` items that follow an item, best first (ties: `tieHash`); empty for an unknown one. */
  similar(item: string, n: number, accepts?: (item: string) => boolean): SimilarItem[] {
    const { items, postings } = this.#index;
    const id = items.find(item);
    if (id === undefined || n <= 0) return [];
    this.#fitArrays();
    postings.locate(id);
    const { words, to } = postings;
    const from = Math.max(postings.from, to - this.#settings.sessionsMax);
    const found: number[] = [];
    for (let at = to - 1; at >= from; at--) {
      this.#countSession({ id, place: to - at, found }, words[at] ?? 0);
    }
    const top = this.#best;
    top.reset(Math.min(n, found.length));
    for (const other of found) {
      const score = this.#scores[other] ?? 0;
      const tie = items.ties[other] ?? 0;
      if (top.takes(score, tie) && accepts?.(items.name(other)) !== false) {
        top.offer(other, score, tie);
      }
    }
    const similar = top.drain().map(({ value, score }) => ({
      item: items.name(value),
      score,
      sessions: this.#sessions[value] ?? 0,
    }));
    for (const other of found) {
      this.#scores[other] = this.#sessions[other] = this.#countedBy[other] = 0;
    }
    return similar;
  }

  #countSession({ id, place, found }: Counting, session: number): void {
    const { mask, pool, addresses, lengths } = this.#index.slots;
    const address = addresses[session & mask] ?? 0;
    const page = pool.page(address);
    const from = offsetOf(address);
    const to = from + (lengths[session & mask] ?? 0);
    for (let start = from; start < to; start++) {
      if (page[start] !== id) continue;
      const end = Math.min(to - 1, start + this.#settings.stepsMax);
      for (let at = start + 1; at <= end; at++) {
        const other = page[at] ?? 0;
        if (other === id) continue;
        if (this.#scores[other] === 0) found.push(other);
        this.#scores[other] = (this.#scores[other] ?? 0) + 1 / (at - start);
        if (this.#countedBy[other] === place) continue;
        this.#countedBy[other] = place;
        this.#sessions[other] = (this.#sessions[other] ?? 0) + 1;
      }
    }
  }

  #fitArrays(): void {
    const needed = this.#index.items.limit;
    if (this.#scores.length >= needed) return;
    const length = Math.max(1_024, 2 ** Math.ceil(Math.log2(needed)));
    this.#scores = new Float64Array(length);
    this.#sessions = new Uint16Array(length);
    this.#countedBy = new Uint16Array(length);
  }
}

interface Counting {
  /** Whose followers are counted. */
  readonly id: number;
  /** Of the session in the list, from 1. */
  readonly place: number;
  /** Items with a score so far. */
  readonly found: number[];
}
