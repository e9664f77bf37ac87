import { ByteReader, ByteWriter } from '../bytes.js';

/** Values that one share counts at a time. A count is too high by at most N / 256, N the weight of everything counted. */
export const TOP_CAPACITY = 256;
const SLOTS_FIRST = 16;

/**
 * The most frequent values of a stream: Space-Saving (Metwally, Agrawal, El Abbadi: Efficient computation of frequent
 * and top-k elements in data streams, 2005) with weights. While there is room every value has its own slot; then a new
 * value takes the slot with the smallest count, of equal ones the first, and that count becomes its possible error.
 * So a count is never too low, too high by at most its error, and an unlisted value had at most the smallest count.
 */
export class TopCounter {
  readonly #slotOf = new Map<string, number>();
  readonly #values: string[] = [];
  #counts = new Float64Array(SLOTS_FIRST);
  #errors = new Float64Array(SLOTS_FIRST);
  /** Slots as a binary heap, smallest (count, slot) first; kept once all slots are taken. */
  readonly #heap = new Uint16Array(TOP_CAPACITY);
  readonly #placeOf = new Uint16Array(TOP_CAPACITY);
  #total = 0;

  /** Restores what `encode` wrote; goes on exactly as the original would. Throws RangeError for other bytes. */
  static decode(bytes: Uint8Array): TopCounter {
    const reader = new ByteReader(bytes);
    const counter = new TopCounter();
    const total = reader.varint();
    for (let left = reader.count(TOP_CAPACITY); left > 0; left--) {
      const value = reader.text();
      const count = reader.varint();
      counter.#append(value, count, reader.varint());
    }
    counter.#total = total;
    return counter;
  }

  /** Counts a value. `weight`: 1 or more. */
  add(value: string, weight: number): void {
    this.#total += weight;
    const slot = this.#slotOf.get(value);
    if (slot === undefined) {
      if (this.#values.length < TOP_CAPACITY) this.#append(value, weight, 0);
      else this.#replaceSmallest(value, weight);
      return;
    }
    this.#counts[slot] = (this.#counts[slot] ?? 0) + weight;
    if (this.#values.length === TOP_CAPACITY) this.#sink(this.#placeOf[slot] ?? 0);
  }

  /** The total, then every slot in order: value, count, error. Canonical. */
  encode(): Uint8Array {
    const writer = new ByteWriter(16 + this.#values.length * 24);
    writer.varint(this.#total);
    writer.varint(this.#values.length);
    this.#values.forEach((value, slot) => {
      writer.text(value);
      writer.varint(this.#counts[slot] ?? 0);
      writer.varint(this.#errors[slot] ?? 0);
    });
    return writer.finish();
  }

  #append(value: string, count: number, error: number): void {
    const slot = this.#values.length;
    if (slot === this.#counts.length) {
      this.#counts = doubled(this.#counts);
      this.#errors = doubled(this.#errors);
    }
    this.#values.push(value);
    this.#slotOf.set(value, slot);
    this.#counts[slot] = count;
    this.#errors[slot] = error;
    if (this.#values.length === TOP_CAPACITY) this.#buildHeap();
  }

  #replaceSmallest(value: string, weight: number): void {
    const slot = this.#heap[0] ?? 0;
    const smallest = this.#counts[slot] ?? 0;
    this.#slotOf.delete(this.#values[slot] ?? '');
    this.#slotOf.set(value, slot);
    this.#values[slot] = value;
    this.#errors[slot] = smallest;
    this.#counts[slot] = smallest + weight;
    this.#sink(0);
  }

  #buildHeap(): void {
    for (let slot = 0; slot < TOP_CAPACITY; slot++) this.#put(slot, slot);
    for (let place = TOP_CAPACITY >> 1; place >= 0; place--) this.#sink(place);
  }

  /** Moves the slot at a place down until both below are larger. */
  #sink(start: number): void {
    const slot = this.#heap[start] ?? 0;
    let place = start;
    for (;;) {
      let below = place * 2 + 1;
      if (below >= TOP_CAPACITY) break;
      const right = below + 1;
      if (right < TOP_CAPACITY && this.#before(this.#heap[right] ?? 0, this.#heap[below] ?? 0)) {
        below = right;
      }
      const candidate = this.#heap[below] ?? 0;
      if (!this.#before(candidate, slot)) break;
      this.#put(place, candidate);
      place = below;
    }
    this.#put(place, slot);
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#counts[a] ?? 0) - (this.#counts[b] ?? 0);
    return difference < 0 || (difference === 0 && a < b);
  }

  #put(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#placeOf[slot] = place;
  }
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
