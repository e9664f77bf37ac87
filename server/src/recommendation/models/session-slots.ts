import { grown } from './grown.js';
import { KeyTable } from './key-table.js';
import { offsetOf, SegmentPool, segmentClass } from './segment-pool.js';
import { textHash } from './text-hash.js';

const FIRST_SIZE = 1_024;

/** The two halves of the hash of a session's key. */
export interface SessionHash {
  readonly high: number;
  readonly low: number;
}

export function sessionHash(key: string | number): SessionHash {
  const text = String(key);
  return { high: textHash(text, 0x2c1b3c6d), low: textHash(text, 0x297a2d39) };
}

/**
 * The clicks of sessions in a ring by age. A session has a number that counts up (modulo 2^32); its slot is the number
 * modulo the length of the arrays, a power of two that grows with what is held.
 */
export class SessionSlots {
  /** Number of the oldest session held. */
  oldest = 0;
  /** Numbers in use from the oldest on, those of removed sessions included. */
  span = 0;
  /** Distinct items by slot; 0 for a session without clicks. */
  distinct = new Uint8Array(FIRST_SIZE);
  /** Clicks by slot. */
  lengths = new Uint8Array(FIRST_SIZE);
  /** Where the clicks of a slot lie in the pool. */
  addresses = new Uint32Array(FIRST_SIZE);
  #removed = new Uint8Array(FIRST_SIZE);
  #high = new Uint32Array(FIRST_SIZE);
  #low = new Uint32Array(FIRST_SIZE);
  #keys = new KeyTable(this.#high, this.#low);
  pool = new SegmentPool();

  /** Length of the arrays - 1: `number & mask` is the slot of a session. */
  get mask(): number {
    return this.distinct.length - 1;
  }

  get bytes(): number {
    return this.pool.bytes + this.distinct.length * 15 + this.#keys.bytes;
  }

  /** The number of the session with a key, or undefined. */
  find({ high, low }: SessionHash): number | undefined {
    const slot = this.#keys.find(high, low);
    if (slot < 0) return undefined;
    return (this.oldest + ((slot - this.oldest) & this.mask)) >>> 0;
  }

  hash(session: number): SessionHash {
    const slot = session & this.mask;
    return { high: this.#high[slot] ?? 0, low: this.#low[slot] ?? 0 };
  }

  removed(session: number): boolean {
    return this.#removed[session & this.mask] === 1;
  }

  markRemoved(session: number): void {
    this.#removed[session & this.mask] = 1;
  }

  /** Gives the next number to a session without clicks. */
  open(hash: SessionHash): number {
    if (this.span > this.mask) this.#grow();
    const session = (this.oldest + this.span) >>> 0;
    const slot = session & this.mask;
    this.span++;
    this.lengths[slot] = this.distinct[slot] = this.#removed[slot] = 0;
    this.#high[slot] = hash.high;
    this.#low[slot] = hash.low;
    this.#keys.add(slot);
    return session;
  }

  /** Forgets the oldest session, whose clicks must have been taken out. */
  closeOldest(): void {
    this.#keys.remove(this.oldest & this.mask);
    this.oldest = (this.oldest + 1) >>> 0;
    this.span--;
  }

  /** Adds a click (the number of an item) behind the others. */
  push(session: number, item: number): void {
    const slot = session & this.mask;
    const length = this.lengths[slot] ?? 0;
    const address = this.addresses[slot] ?? 0;
    const sizeClass = segmentClass(length + 1);
    if (length === 0 || sizeClass !== segmentClass(length)) {
      const next = this.pool.allocate(sizeClass);
      if (length > 0) {
        this.pool.copy(address, next, length);
        this.pool.release(address, segmentClass(length));
      }
      this.addresses[slot] = next;
    }
    const at = this.addresses[slot] ?? 0;
    this.pool.page(at)[offsetOf(at) + length] = item;
    this.lengths[slot] = length + 1;
  }

  /** The clicks of a session, oldest first: a view, valid until the next change. */
  clicks(session: number): Uint32Array {
    const slot = session & this.mask;
    const length = this.lengths[slot] ?? 0;
    if (length === 0) return new Uint32Array(0);
    const address = this.addresses[slot] ?? 0;
    const start = offsetOf(address);
    return this.pool.page(address).subarray(start, start + length);
  }

  /** Puts a click behind the others of a session that is full: its first click leaves. */
  rotate(session: number, item: number): void {
    const clicks = this.clicks(session);
    clicks.copyWithin(0, 1);
    clicks[clicks.length - 1] = item;
  }

  /** Frees the clicks of a session. */
  takeAll(session: number): void {
    const slot = session & this.mask;
    const length = this.lengths[slot] ?? 0;
    if (length > 0) this.pool.release(this.addresses[slot] ?? 0, segmentClass(length));
    this.lengths[slot] = this.distinct[slot] = 0;
  }

  /** Moves all clicks together when more than half of the memory is free. */
  compact(): void {
    const before = this.pool;
    this.pool = new SegmentPool();
    for (let age = 0; age < this.span; age++) {
      const slot = (this.oldest + age) & this.mask;
      const length = this.lengths[slot] ?? 0;
      if (length === 0) continue;
      const from = this.addresses[slot] ?? 0;
      const to = this.pool.allocate(segmentClass(length));
      const start = offsetOf(from);
      this.pool.page(to).set(before.page(from).subarray(start, start + length), offsetOf(to));
      this.addresses[slot] = to;
    }
  }

  #grow(): void {
    const size = this.distinct.length * 2;
    this.distinct = this.#moved(this.distinct, size);
    this.lengths = this.#moved(this.lengths, size);
    this.addresses = this.#moved(this.addresses, size);
    this.#removed = this.#moved(this.#removed, size);
    this.#high = this.#moved(this.#high, size);
    this.#low = this.#moved(this.#low, size);
    this.#keys = new KeyTable(this.#high, this.#low);
    for (let age = 0; age < this.span; age++) this.#keys.add((this.oldest + age) & (size - 1));
  }

  /** A longer array in which every session has its slot of the new length. */
  #moved<T extends Uint8Array | Uint32Array>(array: T, size: number): T {
    const next = grown(array, size);
    for (let age = 0; age < this.span; age++) {
      const session = this.oldest + age;
      next[session & (size - 1)] = array[session & (array.length - 1)] ?? 0;
    }
    return next;
  }
}
