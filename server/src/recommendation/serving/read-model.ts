import { BestSellers } from '../models/best-sellers.js';
import { BoughtTogether } from '../models/bought-together.js';
import { CoVisitation } from '../models/co-visitation.js';
import type { ItemAction } from '../models/event-weights.js';
import { type SessionBounds, SessionIndex } from '../models/session-index.js';
import { SessionRecommender } from '../models/session-knn.js';
import { Trending } from '../models/trending.js';
import { Catalogue } from './catalogue.js';
import type { OrderPlaced, ProductRef, ProductSignal, ServingInput } from './input.js';
import type { VisitorIds } from './protocol.js';
import { type Banned, Suspects, type TransitionRule } from './suspects.js';
import { Visitors } from './visitors.js';

/** What bounds the read model besides its sessions; all 1 or more. */
export interface ReadModelBounds {
  readonly sessions: Partial<SessionBounds>;
  /** Devices and persons remembered; default 200,000. */
  readonly visitorsMax: number;
  /** Products with known facts; default 500,000. */
  readonly productsMax: number;
  /** Decisions and suspected devices remembered; default 100,000. */
  readonly decisionsMax: number;
}

export const DEFAULT_READ_MODEL_BOUNDS: ReadModelBounds = {
  sessions: {},
  visitorsMax: 200_000,
  productsMax: 500_000,
  decisionsMax: 100_000,
};

export interface ReadModelOptions {
  /** Which way alerts may go: what the alerts themselves hold to. */
  readonly alertTransition: TransitionRule;
  readonly bounds?: Partial<ReadModelBounds> | undefined;
  /** All chunks of an earlier model; default: an empty model. */
  readonly chunks?: ReadonlyMap<string, Uint8Array> | undefined;
}

const PREFIX = {
  sessions: 'clicks/',
  baskets: 'baskets/',
  trending: 'trending/',
  sold: 'sold/',
} as const;

/**
 * What recommendations are made from: sessions, baskets, popularity, the catalogue, the newest visitors. A function of the
 * inputs in their order alone, so a saved model that reads on is the same as one that was never restarted. Throws an Error
 * when the given chunks are damaged: build it from the log then.
 */
export class ReadModel {
  readonly sessions: SessionIndex;
  readonly recommender: SessionRecommender;
  readonly coVisitation: CoVisitation;
  readonly baskets: BoughtTogether;
  readonly trending: Trending;
  readonly sold: BestSellers;
  readonly catalogue: Catalogue;
  readonly visitors: Visitors;
  readonly #suspects: Suspects;
  #actors: VisitorIds[] = [];

  constructor({ alertTransition, bounds, chunks = new Map() }: ReadModelOptions) {
    const limits = { ...DEFAULT_READ_MODEL_BOUNDS, ...bounds };
    this.sessions = SessionIndex.load(part(chunks, PREFIX.sessions), limits.sessions);
    this.recommender = new SessionRecommender(this.sessions);
    this.coVisitation = new CoVisitation(this.sessions);
    this.baskets = BoughtTogether.load(part(chunks, PREFIX.baskets));
    this.trending = Trending.load(part(chunks, PREFIX.trending));
    this.sold = BestSellers.load(part(chunks, PREFIX.sold));
    this.catalogue = new Catalogue(limits.productsMax);
    this.visitors = new Visitors(limits.visitorsMax);
    this.#suspects = new Suspects(limits.decisionsMax, alertTransition);
    for (const one of [this.catalogue, this.visitors, this.#suspects]) one.load(chunks);
  }

  apply(input: ServingInput): void {
    switch (input.kind) {
      case 'signal':
        this.#signal(input);
        break;
      case 'cart':
        this.visitors.showCart(input);
        this.#actors.push(input.actor);
        break;
      case 'order':
        this.#order(input);
        break;
      case 'identified':
        this.visitors.identify(input.actor);
        this.#actors.push(input.actor);
        break;
      case 'product':
        this.catalogue.update(input);
        break;
      case 'decision':
        this.#ban(this.#suspects.decide(input));
        break;
      case 'alert':
        this.#ban(this.#suspects.act(input));
        break;
    }
  }

  /** Who had events since the last call, one entry per event. Call it often: nobody else forgets them. */
  takeActors(): readonly VisitorIds[] {
    const actors = this.#actors;
    this.#actors = [];
    return actors;
  }

  /** What changed since the last call (or since the chunks it began with), by name; undefined means that a chunk is gone. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return new Map([
      ...named(PREFIX.sessions, this.sessions.changedChunks()),
      ...named(PREFIX.baskets, this.baskets.changedChunks()),
      ...named(PREFIX.trending, this.trending.changedChunks()),
      ...named(PREFIX.sold, this.sold.changedChunks()),
      ...this.catalogue.changedChunks(),
      ...this.visitors.changedChunks(),
      ...this.#suspects.changedChunks(),
    ]);
  }

  #signal(input: ProductSignal): void {
    const { actor, product, signal, occurMs } = input;
    this.catalogue.see(product);
    this.#actors.push(actor);
    if (signal === 'uncart') {
      this.visitors.leaveCart(input);
      return;
    }
    const { session, goesOn } = this.visitors.turnTo(input);
    if (this.#suspects.has(actor)) return;
    // The view after a click is the same interest, not a second one.
    if (!goesOn) this.sessions.append(session, product.itemId, occurMs);
    if (signal === 'cart') this.#count('cart', product, occurMs);
    else if (!goesOn) this.#count('view', product, occurMs);
  }

  #order({ actor, orderId, products, occurMs }: OrderPlaced): void {
    const items = products.map((product) => product.itemId);
    for (const product of products) this.catalogue.see(product);
    this.visitors.order(actor, items);
    this.#actors.push(actor);
    if (this.#suspects.has(actor)) return;
    this.baskets.add(orderId, items, occurMs);
    for (const product of products) {
      this.#count('purchase', product, occurMs);
      this.sold.add(this.#counted(product, occurMs));
    }
  }

  #count(action: ItemAction, product: ProductRef, atMs: number): void {
    this.trending.add({ ...this.#counted(product, atMs), action });
  }

  #counted({ itemId }: ProductRef, atMs: number) {
    const category = this.catalogue.categoryOf(itemId);
    return { item: itemId, category: category === '' ? undefined : category, atMs };
  }

  #ban(banned: Banned | undefined): void {
    if (banned === undefined) return;
    for (const session of this.visitors.sessionsOf(banned)) this.sessions.remove(session);
  }
}

function part(
  chunks: ReadonlyMap<string, Uint8Array>,
  prefix: string,
): ReadonlyMap<string, Uint8Array> {
  const own = [...chunks].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, bytes]) => [name.slice(prefix.length), bytes]));
}

function named(
  prefix: string,
  chunks: ReadonlyMap<string, Uint8Array | undefined>,
): [string, Uint8Array | undefined][] {
  return [...chunks].map(([name, bytes]) => [`${prefix}${name}`, bytes]);
}
