/** Bounds of a RecentLog. */
export interface RecentLogBounds {
  /** Entries that a segment takes before the next one begins, 1 or more. */
  readonly segmentEntries: number;
  /** Segments that are kept, 2 or more; the oldest one goes as a whole. */
  readonly segmentsMax: number;
}

interface Segment {
  readonly number: number;
  readonly entries: Map<string, Uint8Array>;
}

const LENGTH_BYTES = 4;

/**
 * The newest entries that were put, by key: at least (segmentsMax - 1) x segmentEntries of them. Written in segments, so
 * that a snapshot writes what is new only; which entries are held depends on the puts alone, not on snapshots.
 */
export class RecentLog {
  readonly #prefix: string;
  readonly #bounds: RecentLogBounds;
  /** Oldest first; never empty. */
  #segments: Segment[];
  #changed = new Set<number>();
  #removed = new Set<number>();

  /** `prefix` names its chunks among those of the fold; `chunks` may hold others'. */
  constructor(
    prefix: string,
    bounds: RecentLogBounds,
    chunks: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    this.#prefix = `${prefix}-`;
    this.#bounds = bounds;
    this.#segments = [...chunks]
      .filter(([name]) => name.startsWith(this.#prefix))
      .map(([name, bytes]) => ({
        number: Number(name.slice(this.#prefix.length)),
        entries: decodeEntries(bytes),
      }))
      .sort((a, b) => a.number - b.number);
    if (this.#segments.length === 0) this.#segments = [{ number: 0, entries: new Map() }];
  }

  get(key: string): Uint8Array | undefined {
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const value = this.#segments[index]?.entries.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Makes `key` the newest entry. The bytes must not change afterwards. */
  put(key: string, value: Uint8Array): void {
    const newest = this.#newest();
    newest.entries.set(key, value);
    this.#changed.add(newest.number);
  }

  /** Segments changed since the last call as chunks; undefined: gone. */
  changedChunks(): Map<string, Uint8Array | undefined> {
    const chunks = new Map<string, Uint8Array | undefined>();
    for (const number of this.#removed) chunks.set(`${this.#prefix}${number}`, undefined);
    for (const { number, entries } of this.#segments) {
      if (this.#changed.has(number)) {
        chunks.set(`${this.#prefix}${number}`, encodeEntries(entries));
      }
    }
    this.#removed = new Set();
    this.#changed = new Set();
    return chunks;
  }

  /** The segment that takes the next entry. */
  #newest(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.entries.size < this.#bounds.segmentEntries) return last;
    const next = { number: (last?.number ?? -1) + 1, entries: new Map<string, Uint8Array>() };
    this.#segments.push(next);
    while (this.#segments.length > this.#bounds.segmentsMax) {
      const oldest = this.#segments.shift();
      if (oldest !== undefined) this.#removed.add(oldest.number);
    }
    return next;
  }
}

function encodeEntries(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [key, value] of entries) {
    const text = Buffer.from(key, 'utf8');
    const lengths = Buffer.alloc(2 * LENGTH_BYTES);
    lengths.writeUInt32LE(text.length, 0);
    lengths.writeUInt32LE(value.length, LENGTH_BYTES);
    parts.push(lengths, text, value);
  }
  return Buffer.concat(parts);
}

function decodeEntries(chunk: Uint8Array): Map<string, Uint8Array> {
  // A copy of its own: the entries are views of it.
  const bytes = Buffer.from(chunk);
  const entries = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const keyAt = at + 2 * LENGTH_BYTES;
    const valueAt = keyAt + bytes.readUInt32LE(at);
    const end = valueAt + bytes.readUInt32LE(at + LENGTH_BYTES);
    if (end > bytes.length) throw new RangeError(`the entry at ${at} of a chunk is cut`);
    entries.set(bytes.toString('utf8', keyAt, valueAt), bytes.subarray(valueAt, end));
    at = end;
  }
  return entries;
}
