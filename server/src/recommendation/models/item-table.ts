import assert from 'node:assert';
import { grown } from './grown.js';
import { tieHash } from './text-hash.js';

const FIRST_SIZE = 256;

/**
 * Items by number: numbers are dense, from 0, and used again once no session names the item. Counts in how many held
 * sessions an item occurs; the item is forgotten when that falls to 0.
 */
export class ItemTable {
  readonly #ids = new Map<string, number>();
  readonly #names: (string | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #max: number;
  #sessions = new Uint32Array(FIRST_SIZE);
  #ties = new Uint32Array(FIRST_SIZE);

  /** `max`: most items held at a time. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Items held. */
  get size(): number {
    return this.#ids.size;
  }

  /** One more than the highest number ever given. */
  get limit(): number {
    return this.#names.length;
  }

  get full(): boolean {
    return this.#ids.size >= this.#max;
  }

  /** In how many held sessions each item occurs, by number. */
  get sessions(): Uint32Array {
    return this.#sessions;
  }

  /** The tie hash of each item, by number. */
  get ties(): Uint32Array {
    return this.#ties;
  }

  /** The number of an item, or undefined. */
  find(item: string): number | undefined {
    return this.#ids.get(item);
  }

  /** The name of an item that is held. */
  name(id: number): string {
    const name = this.#names[id];
    assert(name !== undefined, `no item has the number ${id}`);
    return name;
  }

  /** The name, or undefined for a number that is free. */
  nameAt(id: number): string | undefined {
    return this.#names[id];
  }

  /** The number of an item, a new one when it is not held; the table must not be full then. */
  intern(item: string): number {
    const known = this.#ids.get(item);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#names.length;
    this.put(id, item);
    return id;
  }

  /** Gives a free number to an item that is not held: what a restart does. */
  put(id: number, item: string): void {
    assert(!this.full, `the table holds its ${this.#max} items already`);
    if (id >= this.#sessions.length) {
      const size = Math.max(id + 1, this.#sessions.length * 2);
      this.#sessions = grown(this.#sessions, size);
      this.#ties = grown(this.#ties, size);
    }
    // Numbers in between are free until something takes them.
    while (this.#names.length < id) this.#free.push(this.#names.push(undefined) - 1);
    this.#names[id] = item;
    this.#ids.set(item, id);
    this.#sessions[id] = 0;
    this.#ties[id] = tieHash(item);
  }

  /** One more session has the item. */
  enter(id: number): void {
    this.#sessions[id] = (this.#sessions[id] ?? 0) + 1;
  }

  /** One session fewer has the item; returns whether it was the last, which frees the number. */
  leave(id: number): boolean {
    const left = (this.#sessions[id] ?? 0) - 1;
    this.#sessions[id] = left;
    if (left > 0) return false;
    this.#ids.delete(this.name(id));
    this.#names[id] = undefined;
    this.#free.push(id);
    return true;
  }
}
