import type { Actor, CartShown, ProductSignal } from './input.js';
import { deviceKey, personKey, visitorKeys, type VisitorIds } from './protocol.js';
import { SavedMap } from './saved-map.js';

/** Without a session id a pause of this length ends a visit. */
const SESSION_GAP_MS = 30 * 60_000;

/** Newest products kept of a visitor. */
const RECENT_MAX = 50;
const CART_MAX = 100;
const BOUGHT_MAX = 500;

/** A product that a visitor turned to. */
export interface Recent {
  readonly i: string;
  /** When, ms since the epoch. */
  readonly t: number;
  /** The session's key in the index. */
  readonly s: string;
  /** 1 when it was a click in a list, which mostly is followed by the view of the same product. */
  readonly k: 0 | 1;
}

/** What is remembered of a device or a person; saved as JSON. */
interface Remembered {
  /** Newest products, oldest first. */
  readonly recent: readonly Recent[];
  readonly cart: readonly string[];
  /** Products of all orders, the newest last. */
  readonly bought: readonly string[];
  /** Products of the newest order. */
  readonly order: readonly string[];
  /** The person that was last identified on this device; empty when none was. */
  readonly person: string;
}

const NOBODY: Remembered = { recent: [], cart: [], bought: [], order: [], person: '' };

/** A visitor as a request sees one: the device and the person together. */
export interface VisitorView {
  /** Products of the newest session, oldest first. */
  readonly session: readonly string[];
  /** Key of that session; empty without one. */
  readonly sessionKey: string;
  readonly cart: readonly string[];
  readonly bought: ReadonlySet<string>;
  readonly order: readonly string[];
}

/**
 * The newest visitors, each as a device (anonymous id) and, once identified, as a person too. Past the bound the one whose
 * events ended longest ago is forgotten.
 */
export class Visitors {
  readonly #known: SavedMap<Remembered>;

  constructor(visitorsMax: number) {
    this.#known = new SavedMap('visitors/', visitorsMax);
  }

  get size(): number {
    return this.#known.size;
  }

  /** Everyone whose list an event of `actor` may change: the device, the person, the person known on the device. */
  keysOf(actor: VisitorIds): string[] {
    const keys = visitorKeys(actor);
    const person = this.#personOn(actor);
    if (person !== '' && person !== actor.userId) keys.push(personKey(person));
    return keys;
  }

  /** Key of the session that an event belongs to: its session id, else the visit of its device. */
  sessionKeyOf(actor: Actor, occurMs: number): string {
    if (actor.sessionId !== '') return namedSession(actor.anonymousId, actor.sessionId);
    const last = this.#known.get(deviceKey(actor.anonymousId))?.recent.at(-1);
    const visit = `${actor.anonymousId}//`;
    const goesOn =
      last?.s.startsWith(visit) === true && Math.abs(occurMs - last.t) <= SESSION_GAP_MS;
    return goesOn ? last.s : `${visit}${occurMs}`;
  }

  /** Keys of a device's session with that id, and of the newest sessions of the device. */
  sessionsOf({ anonymousId, sessionId }: Omit<Actor, 'userId'>): string[] {
    const recent = this.#known.get(deviceKey(anonymousId))?.recent ?? [];
    // A person's list also holds what happened on other devices; a device's only its own.
    const keys = new Set(recent.map((one) => one.s));
    if (sessionId !== '') keys.add(namedSession(anonymousId, sessionId));
    return [...keys];
  }

  /**
   * Whether an event goes on with the product that the visitor turned to last: the view after the click in a list, or
   * anything after the view but another view.
   */
  goesOn({ actor, product, signal }: ProductSignal, sessionKey: string): boolean {
    const last = this.#known.get(deviceKey(actor.anonymousId))?.recent.at(-1);
    if (last?.s !== sessionKey || last.i !== product.itemId) return false;
    return signal !== 'view' || last.k === 1;
  }

  /** Remembers a product that was viewed, clicked, wished for or put into the cart. */
  turnTo({ actor, product, occurMs, signal }: ProductSignal, sessionKey: string): void {
    const k = signal === 'click' ? 1 : 0;
    const entry: Recent = { i: product.itemId, t: occurMs, s: sessionKey, k };
    this.#change(actor, (before) => ({
      ...before,
      recent: [...before.recent, entry].slice(-RECENT_MAX),
    }));
  }

  putIntoCart({ actor, product }: ProductSignal): void {
    this.#change(actor, (before) => ({
      ...before,
      cart: added(before.cart, [product.itemId], CART_MAX),
    }));
  }

  leaveCart({ actor, product }: ProductSignal): void {
    this.#change(actor, (before) => ({
      ...before,
      cart: before.cart.filter((item) => item !== product.itemId),
    }));
  }

  showCart({ actor, items }: CartShown): void {
    this.#change(actor, (before) => ({ ...before, cart: items.slice(0, CART_MAX) }));
  }

  order(actor: Actor, items: readonly string[]): void {
    this.#change(actor, (before) => ({
      ...before,
      cart: [],
      order: items.slice(0, CART_MAX),
      bought: added(before.bought, items, BOUGHT_MAX),
    }));
  }

  /** Ties a device to a person, who takes over what the device knows. */
  identify(actor: Actor): void {
    const key = deviceKey(actor.anonymousId);
    const device = this.#known.get(key) ?? NOBODY;
    if (device.person === actor.userId) return;
    this.#known.put(key, { ...device, person: actor.userId });
    const before = this.#known.get(personKey(actor.userId)) ?? NOBODY;
    this.#known.put(personKey(actor.userId), joined([device, before]));
  }

  view(ids: VisitorIds): VisitorView {
    const known = this.keysOf(ids).flatMap((key) => this.#known.get(key) ?? []);
    const { recent, cart, bought, order } = joined(known);
    const sessionKey = recent.at(-1)?.s ?? '';
    const session = recent.filter((one) => one.s === sessionKey).map((one) => one.i);
    return { session, sessionKey, cart, order, bought: new Set(bought) };
  }

  changedChunks(): Map<string, Uint8Array | undefined> {
    return this.#known.changedChunks();
  }

  load(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.#known.load(chunks);
  }

  #personOn(actor: VisitorIds): string {
    if (actor.anonymousId === '') return '';
    return this.#known.get(deviceKey(actor.anonymousId))?.person ?? '';
  }

  #change(actor: Actor, next: (before: Remembered) => Remembered): void {
    for (const key of this.keysOf(actor))
      this.#known.put(key, next(this.#known.get(key) ?? NOBODY));
  }
}

/** A device and a person as one: what both know counts once; cart and order are the newer one's. */
function joined(all: readonly Remembered[]): Remembered {
  const [first = NOBODY, ...others] = all;
  if (others.length === 0) return { ...first, person: '' };
  const recent = new Map<string, Recent>();
  for (const one of all.flatMap((known) => known.recent)) {
    recent.set(`${one.t} ${one.i} ${one.s}`, one);
  }
  return {
    recent: [...recent.values()].sort((a, b) => a.t - b.t).slice(-RECENT_MAX),
    cart: all.find(({ cart }) => cart.length > 0)?.cart ?? [],
    order: all.find(({ order }) => order.length > 0)?.order ?? [],
    bought: all.reduce((items: readonly string[], one) => added(items, one.bought, BOUGHT_MAX), []),
    person: '',
  };
}

function namedSession(anonymousId: string, sessionId: string): string {
  return `${anonymousId}/${sessionId}`;
}

/** The list with more items at its end, each once, the newest `max` of them. */
function added(list: readonly string[], items: readonly string[], max: number): string[] {
  return [...new Set([...list.filter((item) => !items.includes(item)), ...items])].slice(-max);
}
