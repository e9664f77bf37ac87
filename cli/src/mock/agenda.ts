/**
 * What somebody does, step by step: a generator that yields how long it waits, in simulated milliseconds, before it goes
 * on. It ends when there is nothing left to do.
 */
export type Script = Generator<number, void, undefined>;

interface Entry {
  readonly atMs: number;
  /** Settles ties: who came first goes first. */
  readonly order: number;
  readonly script: Script;
}

const before = (a: Entry, b: Entry): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Scripts by the simulated time at which they go on: a binary heap. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #orders = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(atMs: number, script: Script): void {
    const heap = this.#heap;
    const entry = { atMs, order: this.#orders++, script };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the earliest one; undefined when nobody has anything to do. */
  pop(): { readonly atMs: number; readonly script: Script } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      const below = heap[child];
      if (below === undefined || !before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
  }
}
