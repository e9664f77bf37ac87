import { decodeDistinct, encodeDistinct } from './distinct-codec.js';
import { raise, REGISTERS } from './registers.js';

/** Most entries that are kept as they are; one more turns them into registers. */
export const ENTRIES_MAX = 256;
const SLOTS_FIRST = 8;
const LOAD_MAX = 0.75;

/**
 * A distinct count under way: a set of up to 256 hash entries, then a HyperLogLog of 2,048 registers (2 KiB). What it
 * holds depends on the ids added only, not on their order.
 */
export class DistinctCount {
  /** Open addressing; 0 is a free slot. Undefined once there are registers. */
  #slots: Int32Array | undefined = new Int32Array(SLOTS_FIRST);
  #entries = 0;
  #registers: Uint8Array | undefined;

  /** Restores what `encode` wrote. Throws RangeError for other bytes. */
  static decode(bytes: Uint8Array): DistinctCount {
    const count = new DistinctCount();
    const content = decodeDistinct(bytes);
    if (content.kind === 'registers') {
      count.#slots = undefined;
      count.#registers = content.registers;
    } else {
      for (let i = 0; i < content.entries.length; i++) count.add(content.entries[i] ?? 0);
    }
    return count;
  }

  /** Adds the entry of an id (`distinctEntry`). Returns whether anything changed. */
  add(entry: number): boolean {
    const registers = this.#registers;
    return registers === undefined ? this.#insert(entry) : raise(registers, entry);
  }

  /** The same bytes for the same ids, whatever their order. */
  encode(): Uint8Array {
    if (this.#registers !== undefined) {
      return encodeDistinct({ kind: 'registers', registers: this.#registers });
    }
    return encodeDistinct({ kind: 'entries', entries: this.#listed() });
  }

  #insert(entry: number): boolean {
    const slots = this.#slots ?? new Int32Array(SLOTS_FIRST);
    const mask = slots.length - 1;
    let at = (entry >>> 8) & mask;
    for (let found = slots[at] ?? 0; found !== 0; found = slots[at] ?? 0) {
      if (found === entry) return false;
      at = (at + 1) & mask;
    }
    if (this.#entries === ENTRIES_MAX) return this.#toRegisters(entry);
    slots[at] = entry;
    this.#entries += 1;
    if (this.#entries > slots.length * LOAD_MAX) this.#grow(slots);
    return true;
  }

  #grow(slots: Int32Array): void {
    const larger = new Int32Array(slots.length * 2);
    const mask = larger.length - 1;
    for (const entry of slots) {
      if (entry === 0) continue;
      let at = (entry >>> 8) & mask;
      while ((larger[at] ?? 0) !== 0) at = (at + 1) & mask;
      larger[at] = entry;
    }
    this.#slots = larger;
  }

  #toRegisters(last: number): boolean {
    const registers = new Uint8Array(REGISTERS);
    for (const entry of this.#listed()) raise(registers, entry);
    raise(registers, last);
    this.#slots = undefined;
    this.#registers = registers;
    return true;
  }

  #listed(): Int32Array {
    return (this.#slots ?? new Int32Array(0)).filter((entry) => entry !== 0);
  }
}
