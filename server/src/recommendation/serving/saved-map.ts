/** Bytes of entries in one chunk, about; one entry is far smaller than the half of it. */
const CHUNK_CHARS = 128 * 1024;
/** Entries beyond twice the live ones that the chunks may hold before all are written anew. */
const SPARE_ENTRIES = 1_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** An entry as saved; null for one that is gone. */
type SavedEntry<V> = readonly [key: string, value: V | null];

/**
 * A bounded map that forgets what was put longest ago, and saves itself as a journal: a save writes what changed since the
 * last one as new chunks, and everything anew once the journal holds twice too much. Values are JSON: change one by `put`.
 * Reading changes nothing, so what is asked of the map has no influence on what it forgets.
 */
export class SavedMap<V> {
  readonly #max: number;
  readonly #prefix: string;
  readonly #entries = new Map<string, V>();
  /** Keys that changed since the last save, in the order of their changes. */
  readonly #changed = new Set<string>();
  readonly #chunks = new Set<string>();
  #savedEntries = 0;
  #nextChunk = 0;

  /** `prefix`: starts the names of its chunks, such as `visitors/`. `max`: entries held at most, 1 or more. */
  constructor(prefix: string, max: number) {
    this.#prefix = prefix;
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** Adds or replaces an entry, which becomes the newest. Returns what had to go for it. */
  put(key: string, value: V): readonly [key: string, value: V] | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#mark(key);
    if (this.#entries.size <= this.#max) return undefined;
    for (const oldest of this.#entries) {
      this.delete(oldest[0]);
      return oldest;
    }
    return undefined;
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#mark(key);
  }

  /** Chunks that are new since the last call (or since `load`), by name; undefined means that one is gone. */
  changedChunks(): Map<string, Uint8Array | undefined> {
    const chunks = new Map<string, Uint8Array | undefined>();
    if (this.#changed.size === 0) return chunks;
    const all = this.#savedEntries + this.#changed.size > 2 * this.size + SPARE_ENTRIES;
    if (all) {
      for (const name of this.#chunks) chunks.set(name, undefined);
      this.#chunks.clear();
      this.#savedEntries = 0;
    }
    for (const text of this.#texts(all ? this.#entries.keys() : this.#changed)) {
      const name = `${this.#prefix}${this.#nextChunk}`;
      this.#nextChunk += 1;
      this.#chunks.add(name);
      chunks.set(name, encoder.encode(text));
    }
    this.#changed.clear();
    return chunks;
  }

  /** Fills the empty map from its chunks; others are left alone. Throws when one is not what this map wrote. */
  load(chunks: ReadonlyMap<string, Uint8Array>): void {
    const own = [...chunks.keys()]
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => ({ name, number: Number(name.slice(this.#prefix.length)) }))
      .sort((a, b) => a.number - b.number);
    for (const { name, number } of own) {
      const entries = JSON.parse(decoder.decode(chunks.get(name))) as readonly SavedEntry<V>[];
      for (const [key, value] of entries) {
        this.#entries.delete(key);
        if (value !== null) this.#entries.set(key, value);
      }
      this.#savedEntries += entries.length;
      this.#chunks.add(name);
      this.#nextChunk = number + 1;
    }
  }

  #mark(key: string): void {
    this.#changed.delete(key);
    this.#changed.add(key);
  }

  *#texts(keys: Iterable<string>): Generator<string> {
    let parts: string[] = [];
    let chars = 0;
    for (const key of keys) {
      const part = JSON.stringify([key, this.#entries.get(key) ?? null]);
      parts.push(part);
      chars += part.length;
      this.#savedEntries += 1;
      if (chars < CHUNK_CHARS) continue;
      yield `[${parts.join(',')}]`;
      parts = [];
      chars = 0;
    }
    if (parts.length > 0) yield `[${parts.join(',')}]`;
  }
}
