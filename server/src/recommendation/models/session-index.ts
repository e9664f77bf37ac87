import assert from 'node:assert';
import { ItemTable } from './item-table.js';
import { POSTINGS_MAX, PostingLists } from './posting-lists.js';
import { loadSessions, SessionChunks } from './session-chunks.js';
import { sessionHash, SessionSlots } from './session-slots.js';

/** What bounds a session index. Past a bound the oldest sessions leave. */
export interface SessionBounds {
  /** Sessions held, 1 to 4,000,000; default 1,000,000. */
  readonly sessionsMax: number;
  /** Clicks held over all sessions, at least `clicksPerSessionMax`; default 8,000,000. */
  readonly clicksMax: number;
  /** Different items held, 1 to 2,000,000; default 500,000. */
  readonly itemsMax: number;
  /** Clicks kept of one session, the newest, 2 to 200; default 100. Longer ones are robots, or pages left open. */
  readonly clicksPerSessionMax: number;
  /** Sessions listed per item, the newest, 1 to 5,000; default 5,000. */
  readonly sessionsPerItemMax: number;
}

export const DEFAULT_SESSION_BOUNDS: SessionBounds = {
  sessionsMax: 1_000_000,
  clicksMax: 8_000_000,
  itemsMax: 500_000,
  clicksPerSessionMax: 100,
  sessionsPerItemMax: POSTINGS_MAX,
};

/** Longest id of an item, UTF-16 units. */
export const ITEM_CHARS_MAX = 256;
/** Lists are moved together when more than this share of their memory is free, and it is worth the pause. */
const FREE_SHARE_MAX = 0.5;
const COMPACT_BYTES_MIN = 16 << 20;

/** Where an index stands, for operators. */
export interface SessionIndexFigures {
  /** Sessions with at least one click. */
  readonly sessions: number;
  readonly clicks: number;
  readonly items: number;
  /** Sessions dropped by a bound since the start. */
  readonly dropped: number;
  /** Time of the newest click ever added, ms since the epoch; undefined before the first. */
  readonly newestMs: number | undefined;
  /** Memory of the typed arrays, bytes; the texts of the items come on top (about 100 bytes each). */
  readonly bytes: number;
}

/**
 * The newest sessions of a shop, growing ones included: session -> items in order, item -> sessions by age. Lives in one
 * thread; deterministic: the same calls give the same index. Sessions are numbered by their first click (or by `remove`,
 * if that came first), oldest first.
 */
export class SessionIndex {
  readonly bounds: SessionBounds;
  /** For models of this folder: never change these from outside. */
  readonly items: ItemTable;
  readonly postings: PostingLists;
  readonly slots = new SessionSlots();
  readonly #chunks = new SessionChunks();
  #sessions = 0;
  #clicks = 0;
  #dropped = 0;
  #newestMs = -Infinity;

  constructor(bounds: Partial<SessionBounds> = {}) {
    this.bounds = checkedBounds({ ...DEFAULT_SESSION_BOUNDS, ...bounds });
    this.items = new ItemTable(this.bounds.itemsMax);
    this.postings = new PostingLists(this.bounds.sessionsPerItemMax);
  }

  /**
   * Opens an index from the chunks of `changedChunks` (all of them, by name; none: an empty index). Ranks exactly as the
   * saved one did. Throws an Error when chunks are missing or damaged: build the index from the log then.
   */
  static load(
    chunks: ReadonlyMap<string, Uint8Array>,
    bounds: Partial<SessionBounds> = {},
  ): SessionIndex {
    const index = new SessionIndex(bounds);
    index.#restore(chunks);
    return index;
  }

  /** Sessions with at least one click: N of the formulas. */
  get size(): number {
    return this.#sessions;
  }

  /**
   * Adds a click to a session, which begins with its first one. `item`: 1 to 256 characters. `atMs`: ms since the epoch:
   * only for `figures`, because order is the order of the calls. Returns false, and changes
   * nothing, when the session was removed.
   */
  append(sessionKey: string | number, item: string, atMs: number): boolean {
    assert(item.length > 0 && item.length <= ITEM_CHARS_MAX, 'an item has 1 to 256 characters');
    const hash = sessionHash(sessionKey);
    let session = this.slots.find(hash);
    if (session !== undefined && this.slots.removed(session)) return false;
    if (this.#makeRoom(session === undefined, item)) session = this.slots.find(hash);
    session ??= this.slots.open(hash);
    this.#newestMs = Math.max(this.#newestMs, atMs);
    this.#add(session, this.#internItem(item));
    return true;
  }

  /**
   * Takes a session out of every model that reads this index, and ignores its later clicks as long as the bound keeps its
   * place. Items whose list was at its bound of sessions do not get an older one back. Unknown keys are remembered too: a
   * decision may come before the clicks.
   */
  remove(sessionKey: string | number): void {
    const hash = sessionHash(sessionKey);
    this.#makeRoom(this.slots.find(hash) === undefined, undefined);
    const session = this.slots.find(hash) ?? this.slots.open(hash);
    this.#clear(session);
    this.slots.markRemoved(session);
    this.#chunks.sessionChanged(this.#ordinal(session));
  }

  has(sessionKey: string | number): boolean {
    return this.slots.find(sessionHash(sessionKey)) !== undefined;
  }

  /** The number of a session, or undefined: for models of this folder. */
  number(sessionKey: string | number): number | undefined {
    return this.slots.find(sessionHash(sessionKey));
  }

  /** The items of a session, oldest click first; empty for an unknown or removed one. */
  itemsOf(sessionKey: string | number): string[] {
    const session = this.slots.find(sessionHash(sessionKey));
    if (session === undefined) return [];
    return Array.from(this.slots.clicks(session), (item) => this.items.name(item));
  }

  /** In how many of the sessions held an item occurs. */
  sessionsWith(item: string): number {
    const id = this.items.find(item);
    return id === undefined ? 0 : (this.items.sessions[id] ?? 0);
  }

  figures(): SessionIndexFigures {
    const { slots } = this;
    return {
      sessions: this.#sessions,
      clicks: this.#clicks,
      items: this.items.size,
      dropped: this.#dropped,
      newestMs: this.#newestMs === -Infinity ? undefined : this.#newestMs,
      bytes: slots.bytes + this.postings.bytes + this.items.limit * 8,
    };
  }

  /**
   * Parts of the index changed since the last call (or since `load`), by name, each at most 512 KiB; undefined means that
   * the part is gone. Write all of one call together: a mixture of two calls does not load. After a first call over
   * 1,000,000 sessions (20 MB) later ones are small, because finished sessions do not change.
   */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    const head = { oldestOrdinal: this.#oldestOrdinal, newestMs: this.#newestMs };
    return this.#chunks.changed(this.slots, this.items, head);
  }

  /** Sessions are counted without the modulo of their numbers, so that blocks of them have names for good. */
  #oldestOrdinal = 0;

  #ordinal(session: number): number {
    return this.#oldestOrdinal + ((session - this.slots.oldest) >>> 0);
  }

  /** Drops the oldest sessions until a click fits; returns whether any was dropped. */
  #makeRoom(opens: boolean, item: string | undefined): boolean {
    const { bounds, slots, items } = this;
    let dropped = false;
    for (;;) {
      const room =
        this.#clicks < bounds.clicksMax &&
        (!opens || slots.span < bounds.sessionsMax) &&
        (item === undefined || !items.full || items.find(item) !== undefined);
      if (room) return dropped;
      this.#dropOldest();
      dropped = true;
    }
  }

  #dropOldest(): void {
    this.#clear(this.slots.oldest);
    this.slots.closeOldest();
    this.#oldestOrdinal++;
    this.#dropped++;
    this.#chunks.oldestIs(this.#oldestOrdinal);
    const { postings, slots } = this;
    if (postings.freeShare > FREE_SHARE_MAX && postings.bytes > COMPACT_BYTES_MIN)
      postings.compact();
    if (slots.pool.freeShare > FREE_SHARE_MAX && slots.pool.bytes > COMPACT_BYTES_MIN)
      slots.compact();
  }

  #internItem(item: string): number {
    const known = this.items.find(item);
    if (known !== undefined) return known;
    const id = this.items.intern(item);
    this.#chunks.itemChanged(id);
    return id;
  }

  #add(session: number, item: number): void {
    const { slots } = this;
    const slot = session & slots.mask;
    const clicks = slots.clicks(session);
    const isNew = !clicks.includes(item);
    if (clicks.length >= this.bounds.clicksPerSessionMax) {
      const first = clicks[0] ?? 0;
      slots.rotate(session, item);
      if (first !== item && !slots.clicks(session).includes(first)) this.#leave(session, first);
    } else {
      slots.push(session, item);
      this.#clicks++;
      if (clicks.length === 0) this.#sessions++;
    }
    if (isNew) {
      slots.distinct[slot] = (slots.distinct[slot] ?? 0) + 1;
      this.items.enter(item);
      this.postings.add(item, session, slots.oldest);
    }
    this.#chunks.sessionChanged(this.#ordinal(session));
  }

  /** An item is no longer part of a session. */
  #leave(session: number, item: number): void {
    const { slots } = this;
    const slot = session & slots.mask;
    slots.distinct[slot] = (slots.distinct[slot] ?? 0) - 1;
    this.postings.remove(item, session, slots.oldest);
    if (this.items.leave(item)) this.#chunks.itemChanged(item);
  }

  /** Takes all clicks of a session out. */
  #clear(session: number): void {
    const clicks = this.slots.clicks(session);
    if (clicks.length === 0) return;
    for (const item of new Set(clicks)) this.#leave(session, item);
    this.#clicks -= clicks.length;
    this.#sessions--;
    this.slots.takeAll(session);
  }

  #restore(chunks: ReadonlyMap<string, Uint8Array>): void {
    const saved = loadSessions(chunks);
    if (saved === undefined) return;
    this.#oldestOrdinal = saved.oldestOrdinal;
    this.#newestMs = saved.newestMs;
    this.slots.oldest = saved.oldestOrdinal % 2 ** 32;
    for (const [id, item] of saved.items) this.items.put(id, item);
    for (const { hash, removed, clicks } of saved.sessions) {
      const session = this.slots.open(hash);
      for (const item of clicks) this.#add(session, item);
      if (removed) this.slots.markRemoved(session);
    }
    this.#chunks.restored(chunks.keys(), this.#oldestOrdinal);
  }
}

function checkedBounds(bounds: SessionBounds): SessionBounds {
  const between = (name: keyof SessionBounds, min: number, max: number) => {
    const value = bounds[name];
    if (Number.isInteger(value) && value >= min && value <= max) return;
    throw new RangeError(`${name} is ${value}: use a whole number from ${min} to ${max}`);
  };
  between('sessionsMax', 1, 4_000_000);
  between('clicksPerSessionMax', 2, 200);
  between('clicksMax', bounds.clicksPerSessionMax, 100_000_000);
  between('itemsMax', 1, 2_000_000);
  between('sessionsPerItemMax', 1, POSTINGS_MAX);
  return bounds;
}
