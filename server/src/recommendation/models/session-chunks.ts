import { ByteReader, ByteWriter, damaged } from './bytes.js';
import type { ItemTable } from './item-table.js';
import type { SessionHash, SessionSlots } from './session-slots.js';

const FORMAT = 1;
/** At most 512 x (12 + 200 x 4) bytes. */
const SESSIONS_PER_CHUNK = 512;
/** At most 512 x (256 x 3 + 5) bytes. */
const ITEMS_PER_CHUNK = 512;
const HEAD = 'head';
const SESSIONS = 'sessions/';
const ITEMS = 'items/';

/** A saved session. */
interface SavedSession {
  readonly hash: SessionHash;
  readonly removed: boolean;
  /** Numbers of its items, oldest click first. */
  readonly clicks: readonly number[];
}

/** What is saved once. */
interface SavedHead {
  /** Of the oldest session held. */
  readonly oldestOrdinal: number;
  readonly newestMs: number;
}

interface SavedSessions extends SavedHead {
  /** By number, ascending. */
  readonly items: readonly (readonly [id: number, item: string])[];
  /** Oldest first. */
  readonly sessions: Iterable<SavedSession>;
}

/**
 * Which parts of a session index changed since they were saved last. Sessions are saved in blocks of 512 by their ordinal
 * (a number that is never used again) and items in blocks of 512 by number, so a save writes the blocks of the sessions
 * that still grow, not all.
 */
export class SessionChunks {
  readonly #sessionBlocks = new Set<number>();
  readonly #itemBlocks = new Set<number>();
  /** Blocks below are gone from the store. */
  #firstSaved = 0;
  #firstHeld = 0;

  sessionChanged(ordinal: number): void {
    this.#sessionBlocks.add(Math.floor(ordinal / SESSIONS_PER_CHUNK));
  }

  itemChanged(id: number): void {
    this.#itemBlocks.add(Math.floor(id / ITEMS_PER_CHUNK));
  }

  oldestIs(ordinal: number): void {
    this.#firstHeld = Math.floor(ordinal / SESSIONS_PER_CHUNK);
  }

  /** What is in the store after a load. */
  restored(names: Iterable<string>, oldestOrdinal: number): void {
    const blocks = [...names]
      .filter((name) => name.startsWith(SESSIONS))
      .map((name) => Number(name.slice(SESSIONS.length)));
    this.oldestIs(oldestOrdinal);
    this.#firstSaved = blocks.reduce((least, block) => Math.min(least, block), this.#firstHeld);
    this.#sessionBlocks.clear();
    this.#itemBlocks.clear();
  }

  /** The changed blocks, and the names of those that are gone. */
  changed(
    slots: SessionSlots,
    items: ItemTable,
    { oldestOrdinal, newestMs }: SavedHead,
  ): ReadonlyMap<string, Uint8Array | undefined> {
    const chunks = new Map<string, Uint8Array | undefined>();
    for (; this.#firstSaved < this.#firstHeld; this.#firstSaved++) {
      chunks.set(`${SESSIONS}${this.#firstSaved}`, undefined);
    }
    for (const block of this.#sessionBlocks) {
      if (block < this.#firstHeld) continue;
      chunks.set(`${SESSIONS}${block}`, sessionBlock(slots, block, oldestOrdinal));
    }
    for (const block of this.#itemBlocks) chunks.set(`${ITEMS}${block}`, itemBlock(items, block));
    this.#sessionBlocks.clear();
    this.#itemBlocks.clear();
    const head = new ByteWriter().number(FORMAT).number(oldestOrdinal).number(slots.span);
    chunks.set(HEAD, head.double(newestMs).finish());
    return chunks;
  }
}

function sessionBlock(slots: SessionSlots, block: number, oldestOrdinal: number): Uint8Array {
  const from = Math.max(oldestOrdinal, block * SESSIONS_PER_CHUNK);
  const to = Math.min(oldestOrdinal + slots.span, (block + 1) * SESSIONS_PER_CHUNK);
  const writer = new ByteWriter().number(from);
  for (let ordinal = from; ordinal < to; ordinal++) {
    const session = (slots.oldest + (ordinal - oldestOrdinal)) >>> 0;
    const clicks = slots.clicks(session);
    const { high, low } = slots.hash(session);
    writer.number(clicks.length * 2 + (slots.removed(session) ? 1 : 0));
    writer.word(high).word(low);
    for (const item of clicks) writer.number(item);
  }
  return writer.finish();
}

function itemBlock(items: ItemTable, block: number): Uint8Array {
  const writer = new ByteWriter();
  const from = block * ITEMS_PER_CHUNK;
  for (let id = from; id < Math.min(items.limit, from + ITEMS_PER_CHUNK); id++) {
    const item = items.nameAt(id);
    if (item !== undefined) writer.number(id - from).text(item);
  }
  return writer.finish();
}

/** Reads the chunks of an index; undefined when there are none. */
export function loadSessions(chunks: ReadonlyMap<string, Uint8Array>): SavedSessions | undefined {
  if (chunks.size === 0) return undefined;
  const head = readerOf(chunks, HEAD);
  const format = head.number();
  if (format !== FORMAT) throw damaged(HEAD, `its format is ${format}, not ${FORMAT}`);
  const oldestOrdinal = head.number();
  const span = head.number();
  const newestMs = head.double();
  const items = [...chunks.keys()]
    .filter((name) => name.startsWith(ITEMS))
    .flatMap((name) => itemsOfBlock(chunks, name))
    .sort(([a], [b]) => a - b);
  const known = new Set(items.map(([id]) => id));
  return {
    oldestOrdinal,
    newestMs,
    items,
    sessions: savedSessions({ chunks, oldestOrdinal, span, known }),
  };
}

function itemsOfBlock(
  chunks: ReadonlyMap<string, Uint8Array>,
  name: string,
): (readonly [number, string])[] {
  const reader = readerOf(chunks, name);
  const from = Number(name.slice(ITEMS.length)) * ITEMS_PER_CHUNK;
  const items: (readonly [number, string])[] = [];
  while (!reader.done) items.push([from + reader.number(), reader.text()]);
  return items;
}

interface Saved {
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  readonly oldestOrdinal: number;
  readonly span: number;
  readonly known: ReadonlySet<number>;
}

function* savedSessions({ chunks, oldestOrdinal, span, known }: Saved): Generator<SavedSession> {
  let ordinal = oldestOrdinal;
  const end = oldestOrdinal + span;
  while (ordinal < end) {
    const name = `${SESSIONS}${Math.floor(ordinal / SESSIONS_PER_CHUNK)}`;
    const reader = readerOf(chunks, name);
    let at = reader.number();
    if (at > ordinal) throw damaged(name, `the session ${ordinal} is missing`);
    const blockEnd = (Math.floor(ordinal / SESSIONS_PER_CHUNK) + 1) * SESSIONS_PER_CHUNK;
    for (; at < Math.min(end, blockEnd); at++) {
      const session = readSession(reader);
      // Dropped after the block was saved: such a block is not written again.
      if (at < ordinal) continue;
      const strange = session.clicks.find((item) => !known.has(item));
      if (strange !== undefined) throw damaged(name, `no item has the number ${strange}`);
      yield session;
      ordinal++;
    }
  }
}

function readSession(reader: ByteReader): SavedSession {
  const head = reader.number();
  const hash = { high: reader.word(), low: reader.word() };
  const clicks = Array.from({ length: Math.floor(head / 2) }, () => reader.number());
  return { hash, removed: head % 2 === 1, clicks };
}

function readerOf(chunks: ReadonlyMap<string, Uint8Array>, name: string): ByteReader {
  const bytes = chunks.get(name);
  if (bytes === undefined) throw damaged(name, 'it is missing');
  return new ByteReader(bytes, name);
}
