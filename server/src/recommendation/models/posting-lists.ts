import { grown } from './grown.js';
import { offsetOf, SegmentPool, segmentClass, segmentWords } from './segment-pool.js';

/** Most sessions listed for an item: the newest ones. */
export const POSTINGS_MAX = 5_000;
const FIRST_SIZE = 256;
/** Sessions are numbered modulo 2^32; the distance from the oldest held one orders them. */
const ageIn = (number: number, oldest: number): number => (number - oldest) >>> 0;

/** Sessions of each item by age, the newest 5,000 at most: `words[from]` (oldest) to `words[to - 1]` (newest). */
export class PostingLists {
  /** Of the list that `locate` found last. */
  words: Uint32Array = new Uint32Array(0);
  from = 0;
  to = 0;
  #pool = new SegmentPool();
  #addresses = new Uint32Array(FIRST_SIZE);
  /** 1 + the class of an item's segment; 0: it has none. */
  #classes = new Uint8Array(FIRST_SIZE);
  /** Where the list starts in its segment: the oldest leave from the front. */
  #starts = new Uint16Array(FIRST_SIZE);
  #lengths = new Uint16Array(FIRST_SIZE);
  readonly #max: number;

  /** `max`: most sessions of an item, 1 to 5,000. */
  constructor(max: number) {
    this.#max = max;
  }

  get bytes(): number {
    return this.#pool.bytes + this.#addresses.length * 9;
  }

  /** Points `words`, `from` and `to` at the list of an item. Valid until the next change. */
  locate(item: number): void {
    const length = this.#lengths[item] ?? 0;
    if (length === 0) {
      this.from = this.to = 0;
      return;
    }
    const address = this.#addresses[item] ?? 0;
    this.words = this.#pool.page(address);
    this.from = offsetOf(address) + (this.#starts[item] ?? 0);
    this.to = this.from + length;
  }

  /** Lists a session under an item; `oldest`: number of the oldest held session. Past the bound the oldest one leaves. */
  add(item: number, session: number, oldest: number): void {
    const age = ageIn(session, oldest);
    this.#growTable(item);
    const length = this.#lengths[item] ?? 0;
    if (length >= this.#max) {
      this.locate(item);
      if (age < ageIn(this.words[this.from] ?? 0, oldest)) return;
      this.#dropFirst(item);
    }
    this.#makeRoom(item);
    const address = this.#addresses[item] ?? 0;
    const words = this.#pool.page(address);
    const from = offsetOf(address) + (this.#starts[item] ?? 0);
    const to = from + (this.#lengths[item] ?? 0);
    // A session that grows may be older than the newest ones: nearly always by a few places.
    let at = to;
    while (at > from && ageIn(words[at - 1] ?? 0, oldest) > age) at--;
    words.copyWithin(at + 1, at, to);
    words[at] = session;
    this.#lengths[item] = to - from + 1;
  }

  /** Takes a session off the list of an item, if it is there. */
  remove(item: number, session: number, oldest: number): void {
    this.locate(item);
    const { words, from, to } = this;
    const age = ageIn(session, oldest);
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ageIn(words[middle] ?? 0, oldest) < age) low = middle + 1;
      else high = middle;
    }
    if (low === to || words[low] !== session) return;
    if (low === from) {
      this.#dropFirst(item);
    } else {
      words.copyWithin(low, low + 1, to);
      this.#lengths[item] = to - from - 1;
    }
    this.#shrink(item);
  }

  /** Moves all lists together when more than half of the memory is free. */
  compact(): void {
    const before = this.#pool;
    this.#pool = new SegmentPool();
    for (const [item, length] of this.#lengths.entries()) {
      if (length === 0) continue;
      const from = this.#addresses[item] ?? 0;
      const start = offsetOf(from) + (this.#starts[item] ?? 0);
      this.#place(item, before.page(from).subarray(start, start + length));
    }
  }

  get freeShare(): number {
    return this.#pool.freeShare;
  }

  /** Puts a list into a new segment. */
  #place(item: number, list: Uint32Array): void {
    const sizeClass = segmentClass(list.length);
    const address = this.#pool.allocate(sizeClass);
    this.#pool.page(address).set(list, offsetOf(address));
    this.#addresses[item] = address;
    this.#classes[item] = sizeClass + 1;
    this.#starts[item] = 0;
  }

  #dropFirst(item: number): void {
    this.#starts[item] = (this.#starts[item] ?? 0) + 1;
    this.#lengths[item] = (this.#lengths[item] ?? 0) - 1;
  }

  /** Frees what a list no longer needs: all of an empty one, three quarters of one that fills no more than a quarter. */
  #shrink(item: number): void {
    const length = this.#lengths[item] ?? 0;
    const sizeClass = (this.#classes[item] ?? 0) - 1;
    if (length > segmentWords(sizeClass) / 4) return;
    const address = this.#addresses[item] ?? 0;
    const start = offsetOf(address) + (this.#starts[item] ?? 0);
    if (length > 0) this.#place(item, this.#pool.page(address).subarray(start, start + length));
    else this.#classes[item] = 0;
    this.#pool.release(address, sizeClass);
  }

  /** Makes sure that one more word fits behind the list. */
  #makeRoom(item: number): void {
    const sizeClass = (this.#classes[item] ?? 0) - 1;
    if (sizeClass < 0) {
      this.#place(item, new Uint32Array(1));
      return;
    }
    const length = this.#lengths[item] ?? 0;
    const start = this.#starts[item] ?? 0;
    const room = segmentWords(sizeClass);
    if (start + length < room) return;
    const address = this.#addresses[item] ?? 0;
    const page = this.#pool.page(address);
    const at = offsetOf(address);
    if (start > room / 4) {
      page.copyWithin(at, at + start, at + start + length);
      this.#starts[item] = 0;
      return;
    }
    const next = this.#pool.allocate(sizeClass + 1);
    this.#pool.page(next).set(page.subarray(at + start, at + start + length), offsetOf(next));
    this.#pool.release(address, sizeClass);
    this.#addresses[item] = next;
    this.#classes[item] = sizeClass + 2;
    this.#starts[item] = 0;
  }

  #growTable(item: number): void {
    if (item < this.#lengths.length) return;
    const size = Math.max(item + 1, this.#lengths.length * 2);
    this.#addresses = grown(this.#addresses, size);
    this.#classes = grown(this.#classes, size);
    this.#starts = grown(this.#starts, size);
    this.#lengths = grown(this.#lengths, size);
  }
}
