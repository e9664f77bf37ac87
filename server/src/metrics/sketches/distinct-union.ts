import { decodeDistinct } from './distinct-codec.js';
import { estimateDistinct, raise, REGISTERS } from './registers.js';

/** Most entries that a union keeps as they are: merged small shares stay exact up to here. */
const ENTRIES_MAX = 4_096;

/**
 * Merges the distinct counts of shares or windows. Exact while every part is small (at most 256 ids each and 4,096
 * together), else an estimate with a standard error of 2.3 %.
 */
export class DistinctUnion {
  #entries: Set<number> | undefined = new Set();
  readonly #registers = new Uint8Array(REGISTERS);

  /** Adds an encoded distinct count. Throws RangeError when the bytes are not one. */
  add(bytes: Uint8Array): void {
    const content = decodeDistinct(bytes);
    if (content.kind === 'entries') {
      for (let i = 0; i < content.entries.length; i++) this.#insert(content.entries[i] ?? 0);
    } else {
      this.#raiseAll(content.registers);
    }
  }

  /** Adds everything that another union holds. */
  addUnion(other: DistinctUnion): void {
    if (other.#entries !== undefined) for (const entry of other.#entries) this.#insert(entry);
    else this.#raiseAll(other.#registers);
  }

  /** Distinct ids, rounded to a whole number. */
  count(): number {
    if (this.#entries !== undefined) return this.#entries.size;
    return Math.round(estimateDistinct(this.#registers));
  }

  #insert(entry: number): void {
    if (this.#entries === undefined) {
      raise(this.#registers, entry);
      return;
    }
    this.#entries.add(entry);
    if (this.#entries.size > ENTRIES_MAX) this.#toRegisters();
  }

  #raiseAll(registers: Uint8Array): void {
    this.#toRegisters();
    const own = this.#registers;
    for (let i = 0; i < REGISTERS; i++) {
      const rank = registers[i] ?? 0;
      if (rank > (own[i] ?? 0)) own[i] = rank;
    }
  }

  #toRegisters(): void {
    for (const entry of this.#entries ?? []) raise(this.#registers, entry);
    this.#entries = undefined;
  }
}
