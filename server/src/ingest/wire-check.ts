import { isUtf8 } from 'node:buffer';
import { EVENT_ID_BYTES, readEventId, type EventIdPlace } from './event-id.js';
import { CAPTURE, KIND, type FieldCheck, type MessageCheck } from './wire-check-table.js';
import { LENGTH } from './wire.js';
import { eventCheck } from './wire-rules.js';

/** An event to be checked; its id goes to `words` from `wordAt`. */
export interface WireEvent {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly words: Uint32Array;
  readonly wordAt: number;
  /** Milliseconds since the Unix epoch that the event may not lie after. */
  readonly latestMs: number;
}

const MONEY_UNITS_MAX = 1_000_000_000;
const NANOS_MAX = 999_999_999;
const CURRENCY_CODE = 0x0a;
const UNITS = 0x10;
const NANOS = 0x18;
const SECONDS = 0x08;
const TIMESTAMP_NANOS = 0x10;
/** Returned instead of the position behind what was checked: it did not pass. */
const FAILED = -1;

/**
 * Says yes to events that are surely valid, straight from their bytes, several times faster than decoding them. It knows
 * the rules from the contract's descriptors. No means only that it does not know: unknown fields, repeated single fields,
 * rules between fields, rare numbers, and of course invalid events are left to the decoder and the generated validation,
 * which also says what is wrong. A test holds the two together: what passes here passes there, with the same id and key.
 */
export class WireCheck {
  readonly #event: MessageCheck;
  #bytes: Uint8Array = new Uint8Array(0);
  #id: EventIdPlace = { words: new Uint32Array(4), wordAt: 0 };
  #latestMs = 0;
  /** The number that `#varint` read last. */
  #number = 0;
  #anonymousFrom = 0;
  #anonymousTo = 0;
  #userFrom = 0;
  #userTo = 0;
  /** Of the event that passed last: index into `INPUT_TOPICS`. */
  topic = -1;

  constructor(event: MessageCheck = eventCheck()) {
    this.#event = event;
  }

  /** Where the key of the event that passed last begins: user_id, else anonymous_id. */
  get keyFrom(): number {
    return this.#userTo > this.#userFrom ? this.#userFrom : this.#anonymousFrom;
  }

  /** Where it ends. */
  get keyTo(): number {
    return this.#userTo > this.#userFrom ? this.#userTo : this.#anonymousTo;
  }

  /** Whether the event is surely valid. */
  passes(event: WireEvent): boolean {
    this.#bytes = event.bytes;
    this.#id = event;
    this.#latestMs = event.latestMs;
    this.#userFrom = this.#userTo = 0;
    this.topic = -1;
    return this.#message(this.#event, event.from, event.to) === event.to && this.topic >= 0;
  }

  // Positions are handed on as numbers and not kept in a field: this is the hottest loop of the gateway.

  /** Checks a message; returns `end`, or FAILED. */
  #message(message: MessageCheck, from: number, end: number): number {
    if (!message.supported) return FAILED;
    const bytes = this.#bytes;
    const { fields } = message;
    let at = from;
    let seen = 0;
    let repeated = 0;
    while (at < end) {
      let tag = bytes[at++] ?? 0;
      if (tag > 0x7f) {
        const high = bytes[at++] ?? 0x80;
        if (high > 0x7f) return FAILED;
        tag = (tag & 0x7f) | (high << 7);
      }
      const field = fields[tag >>> 3];
      if (field?.tag !== tag) return FAILED;
      if (field.repeated) repeated += 1;
      else if ((seen & field.bit) !== 0) return FAILED;
      seen |= field.bit;
      if ((tag & 7) !== LENGTH) {
        at = this.#plain(field, at, end);
        if (at === FAILED) return FAILED;
        continue;
      }
      let length = bytes[at++] ?? 0x80;
      if (length > 0x7f) {
        const high = bytes[at++] ?? 0x80;
        if (high > 0x7f) return FAILED;
        length = (length & 0x7f) | (high << 7);
      }
      const to = at + length;
      if (to > end) return FAILED;
      if (field.kind === KIND.packedInts) {
        const count = this.#packed(at, to);
        if (count === FAILED) return FAILED;
        repeated += count - 1;
      } else if (!this.#delimited(field, at, to)) return FAILED;
      at = to;
    }
    const whole = at === end && (seen & message.required) === message.required;
    return whole && repeated <= message.repeatedMax ? end : FAILED;
  }

  /** A field without a length in front; returns the position behind it. */
  #plain(field: FieldCheck, from: number, end: number): number {
    const { kind, min, max, ignoreZero } = field;
    let at = from;
    let value: number;
    if (kind === KIND.int) {
      at = this.#varint(from, end);
      value = this.#number;
    } else if (kind === KIND.double) {
      at += 8;
      if (at > end) return FAILED;
      const { buffer, byteOffset } = this.#bytes;
      value = new DataView(buffer, byteOffset + from, 8).getFloat64(0, true);
    } else {
      // A boolean; everything else is unsupported.
      if (kind !== KIND.bool || at >= end || (this.#bytes[at] ?? 2) > 1) return FAILED;
      return at + 1;
    }
    return (value >= min && value <= max) || (value === 0 && ignoreZero) ? at : FAILED;
  }

  /** What lies between a length and the field's end. */
  #delimited(field: FieldCheck, from: number, to: number): boolean {
    switch (field.kind) {
      case KIND.letters:
        if (field.capture !== CAPTURE.nothing) this.#capture(field.capture, from, to);
        return this.#letters(field, from, to);
      case KIND.text:
        return this.#text(field, from, to);
      case KIND.message:
        if (field.topic >= 0) this.topic = field.topic;
        return field.message !== undefined && this.#message(field.message, from, to) === to;
      case KIND.eventId:
        return to - from === EVENT_ID_BYTES && readEventId(this.#bytes, from, this.#id);
      case KIND.timestamp:
        return this.#timestamp(field, from, to);
      case KIND.money:
        return this.#money(field, from, to);
      default:
        return false;
    }
  }

  #capture(capture: number, from: number, to: number): void {
    if (capture === CAPTURE.userId) {
      this.#userFrom = from;
      this.#userTo = to;
    } else if (capture === CAPTURE.anonymousId) {
      this.#anonymousFrom = from;
      this.#anonymousTo = to;
    }
  }

  /** Whether every byte is one of the field's letters and there are as many as allowed. */
  #letters({ letters, min, max, ignoreZero }: FieldCheck, from: number, to: number): boolean {
    const bytes = this.#bytes;
    const length = to - from;
    if (length < min || length > max) return length === 0 && ignoreZero;
    for (let at = from; at < to; at++) if (letters[bytes[at] ?? 0] !== 1) return false;
    return true;
  }

  /** Whether the bytes are UTF-8 of as many characters (code points) as allowed. */
  #text({ min, max, ignoreZero }: FieldCheck, from: number, to: number): boolean {
    const bytes = this.#bytes;
    let high = 0;
    for (let at = from; at < to; at++) high |= bytes[at] ?? 0;
    let length = to - from;
    if (high > 0x7f) {
      if (!isUtf8(bytes.subarray(from, to))) return false;
      for (let at = from; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) === 0x80) length -= 1;
    }
    if (length < min) return length === 0 && ignoreZero;
    return length <= max;
  }

  #timestamp({ min, max, capture }: FieldCheck, from: number, to: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    let seconds = 0;
    let nanos = 0;
    if (at < to && bytes[at] === SECONDS) {
      at = this.#varint(at + 1, to);
      seconds = this.#number;
    }
    if (at !== FAILED && at < to && bytes[at] === TIMESTAMP_NANOS) {
      at = this.#varint(at + 1, to);
      nanos = this.#number;
    }
    if (at !== to || nanos > NANOS_MAX || seconds < min || seconds > max) return false;
    return capture !== CAPTURE.occurTime || seconds * 1000 + nanos / 1e6 <= this.#latestMs;
  }

  /** An amount within the bounds of `money.non_negative`, or of `money.positive` when `min` is 1. */
  #money({ min }: FieldCheck, from: number, to: number): boolean {
    const bytes = this.#bytes;
    if (to - from < 5 || bytes[from] !== CURRENCY_CODE || bytes[from + 1] !== 3) return false;
    for (let at = from + 2; at < from + 5; at++) if (!isCapital(bytes[at])) return false;
    let at = from + 5;
    let units = 0;
    let nanos = 0;
    if (at < to && bytes[at] === UNITS) {
      at = this.#varint(at + 1, to);
      units = this.#number;
    }
    if (at !== FAILED && at < to && bytes[at] === NANOS) {
      at = this.#varint(at + 1, to);
      nanos = this.#number;
    }
    return at === to && units <= MONEY_UNITS_MAX && nanos <= NANOS_MAX && units + nanos >= min;
  }

  /** Counts a packed list of whole numbers from 0 to 2^31 - 1; FAILED when it is another one. */
  #packed(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; count++) {
      at = this.#varint(at, to);
      if (at === FAILED || this.#number > 0x7fffffff) return FAILED;
    }
    return count;
  }

  /**
   * Reads a whole number from 0 to 2^49 - 1 of at most 7 bytes into `#number`; returns the position behind it, FAILED when it
   * is another one: truncated, negative or larger.
   */
  #varint(from: number, end: number): number {
    const bytes = this.#bytes;
    let at = from;
    let value = 0;
    let scale = 1;
    while (at < end && at - from < 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#number = value;
        return at;
      }
      scale *= 128;
    }
    this.#number = FAILED;
    return FAILED;
  }
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}
