/*
 * A hash table of event ids in typed arrays: 12 bytes a slot, no object per id. It does not hold the ids themselves but 39
 * bits of a keyed hash and a location, so a find is a candidate that the caller checks against what lies there.
 *
 * 128 shards, each grown or rebuilt by itself, so that no insertion pauses for more than a few milliseconds (10 million ids:
 * 80,000 a shard). A shard is filled to 67-77 %, a little different for each, so that they do not all grow at the same
 * moment, and grows by half: 16 to 27 bytes an id, 10 million ids take 160 to 270 MB.
 */
const SHARDS = 128;
const SHARD_BITS = 7;
const SLOTS_FIRST = 64;
const GROWTH = 1.5;
const FILL_LEAST = 0.67;
const FILL_SPREAD = 0.1;

/** Words of a slot: 32 bits of the hash (0 marks a free slot), then the location, high word first. */
const SLOT_WORDS = 3;
const WORD = 2 ** 32;
/** Most slots of a shard that hints can name; beyond, a hint is wrong, which costs a search. */
const HINT_SLOTS = 2 ** 24;

/** An id whose location changes. */
export interface MovedId {
  readonly words: Uint32Array;
  readonly wordAt: number;
  /** What `put` returned. */
  readonly hint: number;
}

interface Shard {
  /** Signed, so that what is read is a small integer and not boxed. */
  cells: Int32Array;
  slots: number;
  used: number;
  limit: number;
  readonly fill: number;
}

export interface IdTableOptions {
  /** Four random 32-bit numbers, so that nobody can choose ids that fall together. */
  readonly seed: Uint32Array;
  /** Whether an entry is still needed; those that are not go when their shard is rebuilt. */
  readonly live: (location: number) => boolean;
}

/**
 * Use: `seek` an id, then call `next` until it returns 0, then `put` if it was not found. Nothing may come between those
 * calls. Locations are whole numbers from 1 to 2^53 - 1.
 */
export class IdTable {
  readonly #seed0: number;
  readonly #seed1: number;
  readonly #seed2: number;
  readonly #seed3: number;
  readonly #live: (location: number) => boolean;
  readonly #shards: readonly Shard[];
  #shard: Shard;
  #shardIndex = 0;
  #tag = 0;
  #slot = 0;

  constructor({ seed, live }: IdTableOptions) {
    this.#seed0 = seed[0] ?? 0;
    this.#seed1 = seed[1] ?? 0;
    this.#seed2 = seed[2] ?? 0;
    this.#seed3 = seed[3] ?? 0;
    this.#live = live;
    this.#shards = Array.from({ length: SHARDS }, (_, index) =>
      openShard(SLOTS_FIRST, FILL_LEAST + (FILL_SPREAD * index) / SHARDS),
    );
    this.#shard = openShard(1, 1);
  }

  /** Bytes that the table holds now. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.cells.byteLength, 0);
  }

  /** Goes to where the id in `words` from `wordAt` begins. */
  seek(words: Uint32Array, wordAt: number): void {
    const w0 = words[wordAt] ?? 0;
    const w1 = words[wordAt + 1] ?? 0;
    const w2 = words[wordAt + 2] ?? 0;
    const w3 = words[wordAt + 3] ?? 0;
    // Rounds of multiply and shift with odd constants (those of xxHash), keyed by the seed.
    let a = Math.imul(w3 ^ this.#seed0, 0x9e3779b1);
    a = Math.imul(a ^ (a >>> 15) ^ w2, 0x85ebca77);
    a = Math.imul(a ^ (a >>> 13) ^ w1, 0xc2b2ae3d);
    a = Math.imul(a ^ (a >>> 16) ^ w0 ^ this.#seed1, 0x27d4eb2f);
    a ^= a >>> 15;
    let b = Math.imul(w2 ^ this.#seed2, 0x85ebca77);
    b = Math.imul(b ^ (b >>> 15) ^ w3, 0xc2b2ae3d);
    b = Math.imul(b ^ (b >>> 13) ^ w0, 0x27d4eb2f);
    b = Math.imul(b ^ (b >>> 16) ^ w1 ^ this.#seed3, 0x9e3779b1);
    const shardIndex = b >>> (32 - SHARD_BITS);
    const shard = this.#shards[shardIndex];
    if (shard === undefined) throw new RangeError('a hash outside the shards');
    const tag = a === 0 ? 1 : a;
    this.#shardIndex = shardIndex;
    this.#shard = shard;
    this.#tag = tag;
    this.#slot = firstSlot(tag, shard.slots) - 1;
  }

  /** The location of the next entry that may be the id sought; 0 when there is none. */
  next(): number {
    const { cells, slots } = this.#shard;
    const tag = this.#tag;
    let slot = this.#slot;
    for (;;) {
      slot = slot + 1 === slots ? 0 : slot + 1;
      const found = cells[slot * SLOT_WORDS];
      if (found !== 0 && found !== tag) continue;
      this.#slot = slot;
      return found === 0 ? 0 : locationAt(cells, slot);
    }
  }

  /** Adds the id sought, once `next` has returned 0. Returns a hint where it lies, for `move`. */
  put(location: number): number {
    const shard = this.#shard;
    const slot = this.#slot;
    shard.cells[slot * SLOT_WORDS] = this.#tag;
    setLocation(shard.cells, slot, location);
    shard.used += 1;
    if (shard.used >= shard.limit) this.#rebuild(shard);
    return this.#shardIndex * HINT_SLOTS + slot;
  }

  /** Changes the location of the id in `words` from `before`, which no other entry has, to `after`. */
  move(id: MovedId, before: number, after: number): void {
    const shardIndex = id.hint >>> 24;
    const slot = id.hint & (HINT_SLOTS - 1);
    const shard = this.#shards[shardIndex];
    if (shard !== undefined && slot < shard.slots && locationAt(shard.cells, slot) === before) {
      setLocation(shard.cells, slot, after);
      return;
    }
    // The shard was rebuilt meanwhile.
    this.seek(id.words, id.wordAt);
    for (let location = this.next(); location !== 0; location = this.next()) {
      if (location !== before) continue;
      setLocation(this.#shard.cells, this.#slot, after);
      return;
    }
    throw new RangeError(`no entry at location ${before}`);
  }

  /** Leaves out what is no longer live; grows when that alone would fill up again soon. */
  #rebuild(shard: Shard): void {
    const { cells, slots } = shard;
    let live = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (cells[slot * SLOT_WORDS] === 0) continue;
      if (this.#live(locationAt(cells, slot))) live += 1;
      else cells[slot * SLOT_WORDS] = 0;
    }
    const nextSlots = live > shard.limit / GROWTH ? Math.ceil(slots * GROWTH) : slots;
    const next = openShard(nextSlots, shard.fill);
    for (let at = 0; at < cells.length; at += SLOT_WORDS) {
      const tag = cells[at] ?? 0;
      if (tag === 0) continue;
      let target = firstSlot(tag, nextSlots);
      while (next.cells[target * SLOT_WORDS] !== 0) {
        target = target + 1 === nextSlots ? 0 : target + 1;
      }
      const to = target * SLOT_WORDS;
      next.cells[to] = tag;
      next.cells[to + 1] = cells[at + 1] ?? 0;
      next.cells[to + 2] = cells[at + 2] ?? 0;
    }
    shard.cells = next.cells;
    shard.slots = nextSlots;
    shard.limit = next.limit;
    shard.used = live;
  }
}

function openShard(slots: number, fill: number): Shard {
  const limit = Math.floor(slots * fill);
  return { cells: new Int32Array(slots * SLOT_WORDS), slots, used: 0, limit, fill };
}

/** Slots of a hash begin at its share of the shard. */
function firstSlot(tag: number, slots: number): number {
  return Math.floor(((tag >>> 0) / WORD) * slots);
}

function locationAt(cells: Int32Array, slot: number): number {
  const at = slot * SLOT_WORDS;
  return ((cells[at + 1] ?? 0) >>> 0) * WORD + ((cells[at + 2] ?? 0) >>> 0);
}

function setLocation(cells: Int32Array, slot: number, location: number): void {
  const at = slot * SLOT_WORDS;
  cells[at + 1] = location / WORD;
  cells[at + 2] = location;
}
