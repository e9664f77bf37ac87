import { createHash } from 'node:crypto';
import type { LogRecord } from '../ports/event-log.js';
import { eventIdText, EVENT_ID_BYTES, readEventId } from './event-id.js';
import { takeId } from './restore-duplicates.js';
import { WireError } from './wire.js';

/** Tag and length of a field `event_id` with a UUID. */
const EVENT_ID_HEAD = Uint8Array.from([0x0a, EVENT_ID_BYTES]);

/** An event as it will be published again. */
export interface RepairedEvent {
  readonly bytes: Uint8Array;
  readonly eventId: string;
}

/**
 * Gives a dead letter's event an id: its own when that is valid, else one made from the dead letter's position, so that
 * repairing twice gives the same id. The bytes stay as they are; a made id is added behind them, where it counts.
 */
export function withEventId(
  event: Uint8Array,
  { partition, record }: { readonly partition: number; readonly record: LogRecord },
): RepairedEvent {
  const words = new Uint32Array(4);
  if (hasId(event, words)) return { bytes: event, eventId: eventIdText(words, 0) };
  const eventId = derivedId(partition, record);
  const bytes = Buffer.concat([event, EVENT_ID_HEAD, Buffer.from(eventId, 'latin1')]);
  return { bytes, eventId };
}

function hasId(event: Uint8Array, words: Uint32Array): boolean {
  try {
    return takeId(event, { words, wordAt: 0 });
  } catch (error) {
    // Not even the outermost fields can be read: publishing will say so.
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}

/** A UUIDv7 whose time is when the dead letter was made and whose random part is a hash of its position. */
function derivedId(partition: number, { offset, appendMs }: LogRecord): string {
  const hash = createHash('sha256')
    .update(`dead-letter/${partition}/${offset}/${appendMs}`)
    .digest();
  const time = BigInt(appendMs).toString(16).padStart(12, '0');
  const random = hash.toString('hex');
  const variant = '89ab'[(hash[10] ?? 0) & 3] ?? '8';
  const id = [
    time.slice(0, 8),
    time.slice(8, 12),
    `7${random.slice(0, 3)}`,
    `${variant}${random.slice(3, 6)}`,
    random.slice(24, 36),
  ].join('-');
  const valid = readEventId(Buffer.from(id), 0, { words: new Uint32Array(4), wordAt: 0 });
  if (!valid) throw new RangeError(`derived event id ${id} is none`);
  return id;
}
