/**
 * Finds the number of a session by the 64-bit hash of its key: open addressing with linear probing over one typed array,
 * so a million keys cost 8 MB instead of the 100 MB of a map of texts. Two keys of the same hash would share a session:
 * with a million sessions about 1 chance in 37 million.
 */
export class KeyTable {
  /** 1 + slot of a session; 0 is an empty place. */
  #places: Uint32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;

  /** `high` and `low`: the halves of the hashes by slot, kept by the caller. Has room for as many slots as they are long. */
  constructor(high: Uint32Array, low: Uint32Array) {
    this.#high = high;
    this.#low = low;
    this.#places = new Uint32Array(high.length * 2);
  }

  get bytes(): number {
    return this.#places.byteLength;
  }

  /** The slot of a key, or -1. */
  find(high: number, low: number): number {
    const mask = this.#places.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const slot = (this.#places[at] ?? 0) - 1;
      if (slot < 0 || (this.#low[slot] === low && this.#high[slot] === high)) return slot;
    }
  }

  /** Adds a slot whose hash is already in the arrays; the key must not be there yet. */
  add(slot: number): void {
    const mask = this.#places.length - 1;
    let at = (this.#low[slot] ?? 0) & mask;
    while (this.#places[at] !== 0) at = (at + 1) & mask;
    this.#places[at] = slot + 1;
  }

  /** Takes a slot out while its hash is still in the arrays. Later entries of its run move up, so no marks are left. */
  remove(slot: number): void {
    const places = this.#places;
    const mask = places.length - 1;
    let hole = (this.#low[slot] ?? 0) & mask;
    while (places[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const wanted = (this.#low[(places[at] ?? 0) - 1] ?? 0) & mask;
      // An entry may fill the hole when the hole lies between its wanted place and where it is.
      if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
      places[hole] = places[at] ?? 0;
      hole = at;
    }
    places[hole] = 0;
  }
}
