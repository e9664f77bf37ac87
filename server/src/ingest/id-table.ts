/*
 * A hash table of event ids in typed arrays: 12 bytes a slot, no object per id. It does not hold the ids themselves but 42
 * bits of a keyed hash and a location, so a find is a candidate that the caller checks against what lies there.
 *
 * 1,024 shards, each grown or rebuilt by itself, so that no insertion pauses for longer than a fraction of a millisecond.
 * A shard is filled to 67-77 % (a little different for each, so that they do not all grow at the same moment) and grows by
 * half: 16 to 27 bytes an id; 10 million ids take 160 to 270 MB.
 */
const SHARDS = 1024;
const SHARD_BITS = 10;
const SLOTS_FIRST = 16;
const GROWTH = 1.5;
const FILL_LEAST = 0.67;
const FILL_SPREAD = 0.1;
const SLOT_BYTES = 12;

interface Shard {
  /** 32 bits of the hash; 0 marks a free slot. The slots of a hash begin at its share of the table. */
  tags: Uint32Array;
  locations: Float64Array;
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
 * calls. Locations are any number but 0.
 */
export class IdTable {
  readonly #seed: Uint32Array;
  readonly #live: (location: number) => boolean;
  readonly #shards: Shard[];
  #shard: Shard;
  #tag = 0;
  #slot = 0;

  constructor({ seed, live }: IdTableOptions) {
    this.#seed = seed;
    this.#live = live;
    this.#shards = Array.from({ length: SHARDS }, (_, index) => {
      const fill = FILL_LEAST + (FILL_SPREAD * index) / SHARDS;
      return openShard(SLOTS_FIRST, fill);
    });
    this.#shard = openShard(1, 1);
  }

  /** Bytes that the table holds now. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.tags.length * SLOT_BYTES, 0);
  }

  /** Goes to where the id in `words` from `wordAt` begins. */
  seek(words: Uint32Array, wordAt: number): void {
    const seed = this.#seed;
    const w0 = words[wordAt] ?? 0;
    const w1 = words[wordAt + 1] ?? 0;
    const w2 = words[wordAt + 2] ?? 0;
    const w3 = words[wordAt + 3] ?? 0;
    // Rounds of multiply and shift with odd constants (those of xxHash), keyed by the seed.
    let a = Math.imul(w3 ^ (seed[0] ?? 0), 0x9e3779b1);
    a = Math.imul(a ^ (a >>> 15) ^ w2, 0x85ebca77);
    a = Math.imul(a ^ (a >>> 13) ^ w1, 0xc2b2ae3d);
    a = Math.imul(a ^ (a >>> 16) ^ w0 ^ (seed[1] ?? 0), 0x27d4eb2f);
    a ^= a >>> 15;
    let b = Math.imul(w2 ^ (seed[2] ?? 0), 0x85ebca77);
    b = Math.imul(b ^ (b >>> 15) ^ w3, 0xc2b2ae3d);
    b = Math.imul(b ^ (b >>> 13) ^ w0, 0x27d4eb2f);
    b = Math.imul(b ^ (b >>> 16) ^ w1 ^ (seed[3] ?? 0), 0x9e3779b1);
    const shard = this.#shards[b >>> (32 - SHARD_BITS)];
    if (shard === undefined) throw new RangeError('a hash outside the shards');
    const tag = a === 0 ? 1 : a >>> 0;
    this.#shard = shard;
    this.#tag = tag;
    this.#slot = firstSlot(tag, shard.tags.length) - 1;
  }

  /** The location of the next entry that may be the id sought; 0 when there is none. */
  next(): number {
    const { tags, locations } = this.#shard;
    const tag = this.#tag;
    let slot = this.#slot;
    for (;;) {
      slot = slot + 1 === tags.length ? 0 : slot + 1;
      const found = tags[slot];
      if (found !== 0 && found !== tag) continue;
      this.#slot = slot;
      return found === 0 ? 0 : (locations[slot] ?? 0);
    }
  }

  /** Adds the id sought, once `next` has returned 0. */
  put(location: number): void {
    const shard = this.#shard;
    shard.tags[this.#slot] = this.#tag;
    shard.locations[this.#slot] = location;
    shard.used += 1;
    if (shard.used >= shard.limit) this.#rebuild(shard);
  }

  /** Changes the location of the id in `words` from `before` to `after`. */
  move({ words, wordAt }: { words: Uint32Array; wordAt: number }, before: number, after: number): void {
    this.seek(words, wordAt);
    for (let location = this.next(); location !== 0; location = this.next()) {
      if (location !== before) continue;
      this.#shard.locations[this.#slot] = after;
      return;
    }
    throw new RangeError(`no entry at location ${before}`);
  }

  /** Leaves out what is no longer live; grows when that alone would fill up again soon. */
  #rebuild(shard: Shard): void {
    const { tags, locations } = shard;
    let live = 0;
    for (const location of locations) if (location !== 0 && this.#live(location)) live += 1;
    const slots = live > shard.limit / GROWTH ? Math.ceil(tags.length * GROWTH) : tags.length;
    const next = openShard(slots, shard.fill);
    for (let slot = 0; slot < tags.length; slot++) {
      const tag = tags[slot] ?? 0;
      const location = locations[slot] ?? 0;
      if (tag === 0 || !this.#live(location)) continue;
      let target = firstSlot(tag, slots);
      while (next.tags[target] !== 0) target = target + 1 === slots ? 0 : target + 1;
      next.tags[target] = tag;
      next.locations[target] = location;
    }
    shard.tags = next.tags;
    shard.locations = next.locations;
    shard.limit = next.limit;
    shard.used = live;
  }
}

function openShard(slots: number, fill: number): Shard {
  return {
    tags: new Uint32Array(slots),
    locations: new Float64Array(slots),
    used: 0,
    limit: Math.floor(slots * fill),
    fill,
  };
}

function firstSlot(tag: number, slots: number): number {
  return Math.floor((tag / 0x1_0000_0000) * slots);
}
