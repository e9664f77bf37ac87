import assert from 'node:assert';

const PAGE_BITS = 16;
const PAGE_WORDS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_WORDS - 1;
const NONE = 0xffffffff;
/** Classes 0 to 13: segments of 1 to 8,192 words. */
const CLASSES = 14;

/** The class of the smallest segment that holds `words` (1 to 8,192) words. */
export function segmentClass(words: number): number {
  return words <= 1 ? 0 : 32 - Math.clz32(words - 1);
}

/** How many words a segment of a class holds. */
export function segmentWords(sizeClass: number): number {
  return 1 << sizeClass;
}

/**
 * Many short lists of 32-bit words in pages of 256 KiB: a list costs no object, and growth copies that list only. Segments
 * have sizes of powers of two; a released one is used again for its size. An address is a page and an offset in one
 * number; a segment never crosses pages. At most 2^32 words.
 */
export class SegmentPool {
  readonly #pages: Uint32Array[] = [];
  /** First free segment of each class; its first word is the address of the next. */
  readonly #free = new Uint32Array(CLASSES).fill(NONE);
  #nextWord = 0;
  #freeWords = 0;

  /** Memory held, bytes. */
  get bytes(): number {
    return this.#pages.length * PAGE_WORDS * 4;
  }

  /** Share of the words handed out so far that are free again, 0 to 1. */
  get freeShare(): number {
    return this.#nextWord === 0 ? 0 : this.#freeWords / this.#nextWord;
  }

  /** The page of an address; the segment starts at `offsetOf(address)`. */
  page(address: number): Uint32Array {
    const page = this.#pages[address >>> PAGE_BITS];
    assert(page !== undefined, `no page for the address ${address}`);
    return page;
  }

  /** A segment whose words may hold anything. */
  allocate(sizeClass: number): number {
    const free = this.#free[sizeClass] ?? NONE;
    if (free !== NONE) {
      this.#free[sizeClass] = this.page(free)[offsetOf(free)] ?? NONE;
      this.#freeWords -= segmentWords(sizeClass);
      return free;
    }
    const words = segmentWords(sizeClass);
    const left = this.#pages.length * PAGE_WORDS - this.#nextWord;
    if (left < words) this.#addPage(left);
    const address = this.#nextWord;
    this.#nextWord += words;
    return address;
  }

  release(address: number, sizeClass: number): void {
    this.page(address)[offsetOf(address)] = this.#free[sizeClass] ?? NONE;
    this.#free[sizeClass] = address;
    this.#freeWords += segmentWords(sizeClass);
  }

  /** Copies `words` words between two segments. */
  copy(from: number, to: number, words: number): void {
    const start = offsetOf(from);
    this.page(to).set(this.page(from).subarray(start, start + words), offsetOf(to));
  }

  /** What is left of the last page becomes free segments, so nothing is lost. */
  #addPage(left: number): void {
    assert(this.#pages.length < PAGE_WORDS, 'the pool holds 2^32 words: lower the bounds');
    let rest = left;
    while (rest > 0) {
      const sizeClass = Math.min(CLASSES - 1, 31 - Math.clz32(rest));
      const address = this.#nextWord;
      this.#nextWord += segmentWords(sizeClass);
      this.release(address, sizeClass);
      rest -= segmentWords(sizeClass);
    }
    this.#pages.push(new Uint32Array(PAGE_WORDS));
  }
}

/** Where a segment starts in its page. */
export function offsetOf(address: number): number {
  return address & PAGE_MASK;
}
