import { ByteReader } from '../bytes.js';
import { TOP_CAPACITY } from './top-counter.js';

/** A value with its count: never below the true one, above it by at most `errorMax`. */
export interface RankedValue {
  readonly value: string;
  readonly count: number;
  readonly errorMax: number;
}

interface Share {
  readonly listed: ReadonlyMap<string, { readonly count: number; readonly error: number }>;
  /** The most that an unlisted value may have: the smallest count of a full share, else 0. */
  readonly unlistedMax: number;
}

/**
 * Merges the top lists of shares. A value that a share does not list may have had up to the share's smallest count
 * there: that much is added to the value's count and to its error, so the bounds hold for every merged value.
 */
export class TopUnion {
  readonly #shares: Share[] = [];
  #total = 0;

  /** Adds an encoded TopCounter. Throws RangeError when the bytes are not one. */
  add(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    this.#total += reader.varint();
    const size = reader.count(TOP_CAPACITY);
    const listed = new Map<string, { count: number; error: number }>();
    let smallest = Number.POSITIVE_INFINITY;
    for (let left = size; left > 0; left--) {
      const value = reader.text();
      const count = reader.varint();
      listed.set(value, { count, error: reader.varint() });
      smallest = Math.min(smallest, count);
    }
    this.#shares.push({ listed, unlistedMax: size === TOP_CAPACITY ? smallest : 0 });
  }

  /** Weight of everything counted, exact. */
  get total(): number {
    return this.#total;
  }

  /** The first `entriesMax` values by count, equal ones by value. */
  ranked(entriesMax: number): readonly RankedValue[] {
    const values = new Set(this.#shares.flatMap((share) => [...share.listed.keys()]));
    const ranked = [...values].map((value) => this.#rankedValue(value));
    ranked.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    return ranked.slice(0, entriesMax);
  }

  #rankedValue(value: string): RankedValue {
    let count = 0;
    let errorMax = 0;
    for (const share of this.#shares) {
      const entry = share.listed.get(value);
      count += entry?.count ?? share.unlistedMax;
      errorMax += entry?.error ?? share.unlistedMax;
    }
    return { value, count, errorMax };
  }
}
