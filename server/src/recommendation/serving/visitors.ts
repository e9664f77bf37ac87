import type { Actor, CartShown, ProductSignal } from './input.js';
import { deviceKey, personKey, visitorKeys, type VisitorIds } from './protocol.js';
import { NOBODY, pack, type Recent, type Remembered, unpack } from './remembered.js';
import { SavedMap } from './saved-map.js';

/** Without a session id a pause of this length ends a visit. */
const SESSION_GAP_MS = 30 * 60_000;

/** Newest products kept of a visitor. */
const RECENT_MAX = 50;
const CART_MAX = 100;
const BOUGHT_MAX = 500;

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

/** Where a signal belongs. */
export interface Turn {
  /** Key of the session. */
  readonly session: string;
  /**
   * Whether it goes on with the product that the visitor turned to last: the view after the click in a list, or anything
   * after the view but another view.
   */
  readonly goesOn: boolean;
}

/**
 * The newest visitors, each as a device (anonymous id) and, once identified, as a person too. Past the bound the one whose
 * events ended longest ago is forgotten.
 */
export class Visitors {
  readonly #known: SavedMap<string>;

  constructor(visitorsMax: number) {
    this.#known = new SavedMap('visitors/', visitorsMax);
  }

  get size(): number {
    return this.#known.size;
  }

  /** Everyone whose list an event of `actor` may change: the device, the person, the person known on the device. */
  keysOf(actor: VisitorIds): string[] {
    return keysWith(actor, this.#device(actor.anonymousId).person);
  }

  /** Keys of a device's session with that id, and of the newest sessions of the device. */
  sessionsOf({ anonymousId, sessionId }: Omit<Actor, 'userId'>): string[] {
    // A person's list also holds what happened on other devices; a device's only its own.
    const keys = new Set(this.#device(anonymousId).recent.map(({ session }) => session));
    if (sessionId !== '') keys.add(namedSession(anonymousId, sessionId));
    return [...keys];
  }

  /** Remembers a product that was viewed, clicked, wished for or put into the cart. */
  turnTo({ actor, product, occurMs, signal }: ProductSignal): Turn {
    const device = this.#device(actor.anonymousId);
    const last = device.recent.at(-1);
    const session = sessionOf({ actor, occurMs, last });
    const same = last?.session === session && last.item === product.itemId;
    const goesOn = same && (signal !== 'view' || last.click);
    if (goesOn && signal !== 'cart') return { session, goesOn };
    const entry: Recent = {
      item: product.itemId,
      atMs: occurMs,
      session,
      click: signal === 'click',
    };
    this.#change(actor, device, (before) => ({
      ...before,
      recent: goesOn ? before.recent : [...before.recent.slice(1 - RECENT_MAX), entry],
      cart: signal === 'cart' ? added(before.cart, [entry.item], CART_MAX) : before.cart,
    }));
    return { session, goesOn };
  }

  leaveCart({ actor, product }: ProductSignal): void {
    this.#change(actor, this.#device(actor.anonymousId), (before) => ({
      ...before,
      cart: before.cart.filter((item) => item !== product.itemId),
    }));
  }

  showCart({ actor, items }: CartShown): void {
    this.#change(actor, this.#device(actor.anonymousId), (before) => ({
      ...before,
      cart: items.slice(0, CART_MAX),
    }));
  }

  order(actor: Actor, items: readonly string[]): void {
    this.#change(actor, this.#device(actor.anonymousId), (before) => ({
      ...before,
      cart: [],
      order: items.slice(0, CART_MAX),
      bought: added(before.bought, items, BOUGHT_MAX),
    }));
  }

  /** Ties a device to a person, who takes over what the device knows. */
  identify(actor: Actor): void {
    const device = this.#device(actor.anonymousId);
    if (device.person === actor.userId) return;
    const person = personKey(actor.userId);
    const tied = pack({ ...device, person: actor.userId });
    this.#known.put(deviceKey(actor.anonymousId), tied);
    this.#known.put(person, pack(joined([device, unpack(this.#known.get(person))])));
  }

  view(ids: VisitorIds): VisitorView {
    const { recent, cart, bought, order } = joined(
      this.keysOf(ids).map((key) => unpack(this.#known.get(key))),
    );
    const sessionKey = recent.at(-1)?.session ?? '';
    const session = recent.filter((one) => one.session === sessionKey).map(({ item }) => item);
    return { session, sessionKey, cart, order, bought: new Set(bought) };
  }

  changedChunks(): Map<string, Uint8Array | undefined> {
    return this.#known.changedChunks();
  }

  load(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.#known.load(chunks);
  }

  #device(anonymousId: string): Remembered {
    return anonymousId === '' ? NOBODY : unpack(this.#known.get(deviceKey(anonymousId)));
  }

  /** `device`: what is remembered of the actor's device, so that it is unpacked once. */
  #change(actor: Actor, device: Remembered, next: (before: Remembered) => Remembered): void {
    const own = deviceKey(actor.anonymousId);
    for (const key of keysWith(actor, device.person)) {
      const before = key === own ? device : unpack(this.#known.get(key));
      this.#known.put(key, pack(next(before)));
    }
  }
}

/** The device, the person, and the person known on the device. */
function keysWith(actor: VisitorIds, person: string): string[] {
  const keys = visitorKeys(actor);
  if (person !== '' && person !== actor.userId) keys.push(personKey(person));
  return keys;
}

interface Moment {
  readonly actor: Actor;
  readonly occurMs: number;
  /** What the device turned to last. */
  readonly last: Recent | undefined;
}

/** The session that an event belongs to: that of its session id, else the visit of its device. */
function sessionOf({ actor, occurMs, last }: Moment): string {
  const { anonymousId, sessionId } = actor;
  if (sessionId !== '') return namedSession(anonymousId, sessionId);
  const visit = `${anonymousId}//`;
  const goesOn =
    last?.session.startsWith(visit) === true && Math.abs(occurMs - last.atMs) <= SESSION_GAP_MS;
  return goesOn ? last.session : `${visit}${occurMs}`;
}

function namedSession(anonymousId: string, sessionId: string): string {
  return `${anonymousId}/${sessionId}`;
}

/** A device and a person as one: what both know counts once; cart and order are the device's, if it has one. */
function joined(all: readonly Remembered[]): Remembered {
  const [first = NOBODY, ...others] = all;
  if (others.length === 0) return { ...first, person: '' };
  const recent = new Map<string, Recent>();
  for (const one of all.flatMap((known) => known.recent)) {
    recent.set(`${one.atMs} ${one.item} ${one.session}`, one);
  }
  return {
    recent: [...recent.values()].sort((a, b) => a.atMs - b.atMs).slice(-RECENT_MAX),
    cart: all.find(({ cart }) => cart.length > 0)?.cart ?? [],
    order: all.find(({ order }) => order.length > 0)?.order ?? [],
    bought: all.reduce((items: readonly string[], one) => added(items, one.bought, BOUGHT_MAX), []),
    person: '',
  };
}

/** The list with more items at its end, each once, the newest `max` of them. */
function added(list: readonly string[], items: readonly string[], max: number): string[] {
  return [...new Set([...list.filter((item) => !items.includes(item)), ...items])].slice(-max);
}
