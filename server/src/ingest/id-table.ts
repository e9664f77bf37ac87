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
/** How much more than its share a shard may get by chance, and some room to go on. */
const UNEVEN = 1.05;

/** Words of a slot: 32 bits of the hash (0 marks a free slot), then the location, high word first. */
const SLOT_WORDS = 3;
const WORD = 2 ** 32;
/** Most slots of a shard that hints can name; beyond, a hint is wrong, which costs a search. */
const HINT_BITS = 24;
const HINT_SLOTS = 2 ** HINT_BITS;

/** Ids that are looked up together. Columns by index of the id. */
export interface IdColumns {
  /** Four words per id. */
  readonly words: Uint32Array;
  /** Where an id belongs; set by `locate`. */
  readonly shards: Uint8Array;
  readonly tags: Int32Array;
  /** Where it was put; set by `put`. */
  readonly hints: Uint32Array;
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
  /** Ids that will be put soon, so that shards need not grow for them; default 0. */
  readonly expected?: number;
  /** Four random 32-bit numbers, so that nobody can choose ids that fall together. */
  readonly seed: Uint32Array;
  /** Whether an entry is still needed; those that are not go when their shard is rebuilt. */
  readonly live: (location: number) => boolean;
}

/**
 * Use: `locate` the ids of a batch, then for each of them `seek`, then `next` until it returns 0, then `put` if it was not
 * found; nothing may come between those. Locations are whole numbers from 1 to 2^53 - 1.
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
  /** What reading ahead has seen: kept so that the reads are not optimised away. */
  #seen = 0;

  constructor({ seed, live, expected = 0 }: IdTableOptions) {
    this.#seed0 = seed[0] ?? 0;
    this.#seed1 = seed[1] ?? 0;
    this.#seed2 = seed[2] ?? 0;
    this.#seed3 = seed[3] ?? 0;
    this.#live = live;
    this.#shards = Array.from({ length: SHARDS }, (_, index) => {
      const fill = FILL_LEAST + (FILL_SPREAD * index) / SHARDS;
      const slots = Math.ceil(((expected / SHARDS) * UNEVEN) / fill);
      return openShard(Math.max(SLOTS_FIRST, slots), fill);
    });
    this.#shard = openShard(1, 1);
  }

  /** A digest of what was read ahead last; of no meaning. */
  get seen(): number {
    return this.#seen;
  }

  /** Bytes that the table holds now. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.cells.byteLength, 0);
  }

  /**
   * Computes where the first `count` ids belong. It also reads those places: reads that do not wait for each other take a
   * fourth of the time that they would take one by one, since nearly each is a miss of the CPU's caches.
   */
  locate(ids: IdColumns, count: number): void {
    const { words, shards, tags } = ids;
    const [s0, s1, s2, s3] = [this.#seed0, this.#seed1, this.#seed2, this.#seed3];
    const all = this.#shards;
    let seen = 0;
    for (let i = 0, at = 0; i < count; i++, at += 4) {
      const w0 = words[at] ?? 0;
      const w1 = words[at + 1] ?? 0;
      const w2 = words[at + 2] ?? 0;
      const w3 = words[at + 3] ?? 0;
      // Rounds of multiply and shift with odd constants (those of xxHash), keyed by the seed.
      let a = Math.imul(w3 ^ s0, 0x9e3779b1);
      a = Math.imul(a ^ (a >>> 15) ^ w2, 0x85ebca77);
      a = Math.imul(a ^ (a >>> 13) ^ w1, 0xc2b2ae3d);
      a = Math.imul(a ^ (a >>> 16) ^ w0 ^ s1, 0x27d4eb2f);
      a ^= a >>> 15;
      let b = Math.imul(w2 ^ s2, 0x85ebca77);
      b = Math.imul(b ^ (b >>> 15) ^ w3, 0xc2b2ae3d);
      b = Math.imul(b ^ (b >>> 13) ^ w0, 0x27d4eb2f);
      b = Math.imul(b ^ (b >>> 16) ^ w1 ^ s3, 0x9e3779b1);
      const tag = a === 0 ? 1 : a;
      const shard = b >>> (32 - SHARD_BITS);
      tags[i] = tag;
      shards[i] = shard;
      const { cells, slots } = all[shard] ?? this.#shard;
      seen ^= cells[firstSlot(tag, slots) * SLOT_WORDS] ?? 0;
    }
    this.#seen = seen;
  }

  /** Goes to where a located id begins. */
  seek(ids: IdColumns, index: number): void {
    const shardIndex = ids.shards[index] ?? 0;
    const shard = this.#shards[shardIndex];
    if (shard === undefined) throw new RangeError('an id outside the shards');
    const tag = ids.tags[index] ?? 0;
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

  /** Adds the id sought, once `next` has returned 0. */
  put(ids: IdColumns, index: number, location: number): void {
    const shard = this.#shard;
    const slot = this.#slot;
    shard.cells[slot * SLOT_WORDS] = this.#tag;
    setLocation(shard.cells, slot, location);
    shard.used += 1;
    ids.hints[index] = this.#shardIndex * HINT_SLOTS + slot;
    if (shard.used >= shard.limit) this.#rebuild(shard);
  }

  /**
   * Adds ids that were located in a table of the same seed: that of index i gets the location `location + i * step`. Shard by
   * shard, which keeps what is touched within the CPU's caches; after an entry that may be the same id, if there is one.
   */
  putAll(
    { tags, shards }: Pick<IdColumns, 'tags' | 'shards'>,
    { from, to, location, step }: { from: number; to: number; location: number; step: number },
  ): void {
    const { order, starts } = byShard(shards, from, to);
    for (const [shardIndex, shard] of this.#shards.entries()) {
      const end = starts[shardIndex + 1] ?? 0;
      for (let at = starts[shardIndex] ?? 0; at < end; at++) {
        const index = order[at] ?? 0;
        const tag = tags[index] ?? 0;
        const { cells, slots } = shard;
        let slot = firstSlot(tag, slots);
        while (cells[slot * SLOT_WORDS] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
        cells[slot * SLOT_WORDS] = tag;
        setLocation(cells, slot, location + index * step);
        shard.used += 1;
        if (shard.used >= shard.limit) this.#rebuild(shard);
      }
    }
  }

  /** Reads the places of ids before they are moved, for the same reason as `locate` does. */
  approach({ hints }: IdColumns, indexes: readonly number[]): void {
    let seen = 0;
    for (const index of indexes) {
      const hint = hints[index] ?? 0;
      const cells = this.#shards[hint >>> HINT_BITS]?.cells;
      if (cells !== undefined) seen ^= cells[(hint & (HINT_SLOTS - 1)) * SLOT_WORDS + 1] ?? 0;
    }
    this.#seen = seen;
  }

  /** Changes the location of a located id from `before`, which no other entry has, to `after`. */
  move(ids: IdColumns, index: number, { before, after }: { before: number; after: number }): void {
    const hint = ids.hints[index] ?? 0;
    const slot = hint & (HINT_SLOTS - 1);
    const shard = this.#shards[hint >>> HINT_BITS];
    if (shard !== undefined && slot < shard.slots && locationAt(shard.cells, slot) === before) {
      setLocation(shard.cells, slot, after);
      return;
    }
    // The shard was rebuilt meanwhile.
    this.seek(ids, index);
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

/** Indexes from `from` to before `to` in the order of their shards, and where each shard's begin in that order. */
function byShard(
  shards: Uint8Array,
  from: number,
  to: number,
): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  const starts = new Uint32Array(SHARDS + 2);
  for (let i = from; i < to; i++) {
    const at = (shards[i] ?? 0) + 2;
    starts[at] = (starts[at] ?? 0) + 1;
  }
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
  const order = new Uint32Array(to - from);
  for (let i = from; i < to; i++) {
    // Runs to where the next shard begins, and so becomes the beginning that is returned for it.
    const at = (shards[i] ?? 0) + 1;
    const place = starts[at] ?? 0;
    order[place] = i;
    starts[at] = place + 1;
  }
  return { order, starts };
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
