import { randomFillSync } from 'node:crypto';

/** Makes event ids: UUIDv7 text, each greater than the one before. */
export type EventIdSource = () => string;

/** Where an id source takes time and chance from. */
export interface EventIdOptions {
  /** Milliseconds since the Unix epoch; default the machine's clock. */
  readonly nowMs?: () => number;
  /** Fills bytes with chance; default the system's cryptographic source. */
  readonly fill?: (bytes: Uint8Array) => void;
}

const POOL_BYTES = 4096;
/** Chance per id: 2 bytes to start the counter, 8 for the tail. */
const ID_BYTES = 10;
/** `rand_a` counts within a millisecond; it starts in the lower half, so at least 2,048 ids fit. */
const COUNTER_MAX = 0xfff;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/**
 * Makes a source of UUIDv7 (RFC 9562 §5.7; counter in `rand_a`, §6.2 method 1). Ids of one source ascend strictly, also
 * when the clock stands or steps back: then the last millisecond is counted on, and a full counter borrows the next
 * one. 62 bits of chance keep sources apart.
 */
export function createEventIds(options: EventIdOptions = {}): EventIdSource {
  const nowMs = options.nowMs ?? Date.now;
  const fill =
    options.fill ??
    ((bytes: Uint8Array): void => {
      randomFillSync(bytes);
    });
  const pool = new Uint8Array(POOL_BYTES - (POOL_BYTES % ID_BYTES));
  let at = pool.length;
  let lastMs = -1;
  let counter = 0;
  let prefix = '';

  const byte = (index: number): number => pool[index] ?? 0;
  const hex = (index: number): string => HEX[byte(index)] ?? '';

  return () => {
    if (at >= pool.length) {
      fill(pool);
      at = 0;
    }
    const now = nowMs();
    counter += 1;
    if (now > lastMs || counter > COUNTER_MAX) {
      lastMs = now > lastMs ? now : lastMs + 1;
      counter = ((byte(at) & 0x07) << 8) | byte(at + 1);
      const time = lastMs.toString(16).padStart(12, '0');
      prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    }
    const from = at + 2;
    at += ID_BYTES;
    const variant = HEX[(byte(from) & 0x3f) | 0x80] ?? '';
    const count = counter.toString(16).padStart(3, '0');
    return (
      `${prefix}${count}-${variant}${hex(from + 1)}-` +
      hex(from + 2) +
      hex(from + 3) +
      hex(from + 4) +
      hex(from + 5) +
      hex(from + 6) +
      hex(from + 7)
    );
  };
}
