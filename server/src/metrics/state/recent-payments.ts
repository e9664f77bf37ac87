import { ByteReader, ByteWriter } from '../bytes.js';

/** Payments remembered per partition. */
const PAYMENTS_MAX = 4_096;
const VERSION = 1;

/** Name of the chunk that holds them. */
export const RECENT_CHUNK = 'recent-payments';

/** The newest payments about which a decision was counted, oldest first. */
export class RecentPayments {
  readonly #ids = new Set<string>();
  #changed = false;

  has(paymentId: string): boolean {
    return this.#ids.has(paymentId);
  }

  /** Remembers a payment, and forgets the oldest beyond the bound. */
  add(paymentId: string): void {
    this.#ids.add(paymentId);
    this.#changed = true;
    if (this.#ids.size <= PAYMENTS_MAX) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  ids(): Iterable<string> {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Whether something changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }
}

/** Writes the chunk. */
export function encodeRecent(recent: RecentPayments): Uint8Array {
  const writer = new ByteWriter(recent.size * 24 + 16);
  writer.byte(VERSION);
  writer.varint(recent.size);
  for (const id of recent.ids()) writer.text(id);
  return writer.finish();
}

/** Reads what `encodeRecent` wrote. Throws RangeError for other bytes. */
export function decodeRecent(bytes: Uint8Array): RecentPayments {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`a chunk has version ${version}, not ${VERSION}`);
  const recent = new RecentPayments();
  for (let left = reader.count(PAYMENTS_MAX); left > 0; left--) recent.add(reader.text());
  recent.takeChanged();
  return recent;
}
