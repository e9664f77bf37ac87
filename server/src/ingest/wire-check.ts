import { isUtf8 } from 'node:buffer';
import { EVENT_ID_BYTES, readEventId } from './event-id.js';
import { CAPTURE, KIND, type FieldCheck, type MessageCheck } from './wire-check-table.js';
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
/** What `#varint` gives for a number that it does not read: truncated, negative or above 2^49. */
const UNREAD = -1;

/**
 * Says yes to events that are surely valid, straight from their bytes, several times faster than decoding them. It knows
 * the rules from the contract's descriptors. No means only that it does not know: unknown fields, repeated single fields,
 * rules between fields, rare numbers, and of course invalid events are left to the decoder and the generated validation,
 * which also says what is wrong. A test holds the two together: what passes here passes there, with the same id and key.
 */
export class WireCheck {
  readonly #event: MessageCheck;
  #bytes: Uint8Array = new Uint8Array(0);
  #input: WireEvent | undefined;
  #at = 0;
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
    this.#input = event;
    this.#at = event.from;
    this.#userFrom = this.#userTo = 0;
    this.topic = -1;
    const passed = this.#message(this.#event, event.to);
    this.#input = undefined;
    return passed && this.topic >= 0;
  }

  /** Checks a message from `#at` to `end`. */
  #message(message: MessageCheck, end: number): boolean {
    if (!message.supported) return false;
    const bytes = this.#bytes;
    const { fields } = message;
    let seen = 0;
    let repeated = 0;
    while (this.#at < end) {
      let tag = bytes[this.#at++] ?? 0;
      if (tag > 0x7f) {
        const high = bytes[this.#at++] ?? 0x80;
        if (high > 0x7f) return false;
        tag = (tag & 0x7f) | (high << 7);
      }
      const field = fields[tag >>> 3];
      if (field?.tag !== tag) return false;
      if (field.repeated) repeated += 1;
      else if ((seen & field.bit) !== 0) return false;
      seen |= field.bit;
      if (field.kind === KIND.packedInts) {
        const count = this.#packed(end);
        if (count < 0) return false;
        repeated += count - 1;
      } else if (!this.#value(field, end)) return false;
    }
    return (
      this.#at === end &&
      (seen & message.required) === message.required &&
      repeated <= message.repeatedMax
    );
  }

  #value(field: FieldCheck, end: number): boolean {
    switch (field.kind) {
      case KIND.int:
        return this.#int(field, end);
      case KIND.bool:
        return (this.#bytes[this.#at++] ?? 2) <= 1 && this.#at <= end;
      case KIND.double:
        return this.#double(field, end);
      case KIND.unsupported:
        return false;
      default:
        return this.#delimited(field, end);
    }
  }

  #int({ min, max, ignoreZero }: FieldCheck, end: number): boolean {
    const value = this.#varint(end);
    return (value >= min && value <= max) || (value === 0 && ignoreZero);
  }

  #double({ min, max, ignoreZero }: FieldCheck, end: number): boolean {
    const from = this.#at;
    this.#at += 8;
    if (this.#at > end) return false;
    const { buffer, byteOffset } = this.#bytes;
    const value = new DataView(buffer, byteOffset + from, 8).getFloat64(0, true);
    return (value >= min && value <= max) || (value === 0 && ignoreZero);
  }

  /** A field with a length in front. */
  #delimited(field: FieldCheck, end: number): boolean {
    const bytes = this.#bytes;
    let length = bytes[this.#at++] ?? 0x80;
    if (length > 0x7f) {
      const high = bytes[this.#at++] ?? 0x80;
      if (high > 0x7f) return false;
      length = (length & 0x7f) | (high << 7);
    }
    const from = this.#at;
    const to = from + length;
    if (to > end) return false;
    if (field.kind === KIND.letters) {
      this.#at = to;
      if (field.capture !== CAPTURE.nothing) this.#capture(field.capture, from, to);
      return isLetters(bytes, from, { to, field });
    }
    if (field.kind === KIND.text) {
      this.#at = to;
      return isText(bytes, from, { to, field });
    }
    if (field.kind === KIND.message) {
      if (field.topic >= 0) this.topic = field.topic;
      return field.message !== undefined && this.#message(field.message, to);
    }
    if (field.kind === KIND.eventId) return this.#eventId(to);
    return field.kind === KIND.timestamp ? this.#timestamp(field, to) : this.#money(field, to);
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

  #eventId(to: number): boolean {
    const from = this.#at;
    this.#at = to;
    if (to - from !== EVENT_ID_BYTES || this.#input === undefined) return false;
    return readEventId(this.#bytes, from, this.#input);
  }

  #timestamp({ min, max, capture }: FieldCheck, to: number): boolean {
    const bytes = this.#bytes;
    let seconds = 0;
    let nanos = 0;
    if (this.#at < to && bytes[this.#at] === SECONDS) {
      this.#at += 1;
      seconds = this.#varint(to);
    }
    if (this.#at < to && bytes[this.#at] === TIMESTAMP_NANOS) {
      this.#at += 1;
      nanos = this.#varint(to);
    }
    if (this.#at !== to || nanos < 0 || nanos > NANOS_MAX || seconds < min || seconds > max) {
      return false;
    }
    if (capture !== CAPTURE.occurTime) return true;
    return seconds * 1000 + nanos / 1e6 <= (this.#input?.latestMs ?? 0);
  }

  /** An amount within the bounds of `money.non_negative`, or `money.positive` when `min` is 1. */
  #money({ min }: FieldCheck, to: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (to - at < 5 || bytes[at] !== CURRENCY_CODE || bytes[at + 1] !== 3) return false;
    if (!isCapital(bytes[at + 2]) || !isCapital(bytes[at + 3]) || !isCapital(bytes[at + 4])) {
      return false;
    }
    this.#at = at + 5;
    let units = 0;
    let nanos = 0;
    if (this.#at < to && bytes[this.#at] === UNITS) {
      this.#at += 1;
      units = this.#varint(to);
    }
    if (this.#at < to && bytes[this.#at] === NANOS) {
      this.#at += 1;
      nanos = this.#varint(to);
    }
    if (this.#at !== to || units < 0 || nanos < 0) return false;
    return units <= MONEY_UNITS_MAX && nanos <= NANOS_MAX && units + nanos >= min;
  }

  /** Moves over a packed list of whole numbers from 0 to 2^31 - 1; returns how many, or -1. */
  #packed(end: number): number {
    const length = this.#varint(end);
    const to = this.#at + length;
    if (length < 0 || to > end) return -1;
    let count = 0;
    while (this.#at < to) {
      const value = this.#varint(to);
      if (value < 0 || value > 0x7fffffff) return -1;
      count += 1;
    }
    return count;
  }

  /** Reads a whole number from 0 to 2^49 - 1 of at most 7 bytes; UNREAD when it is another one. */
  #varint(end: number): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      if (this.#at >= end) return UNREAD;
      const byte = bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return UNREAD;
  }
}

interface TextRange {
  readonly to: number;
  readonly field: FieldCheck;
}

/** Whether every byte is one of the field's letters and there are as many as allowed. */
function isLetters(bytes: Uint8Array, from: number, { to, field }: TextRange): boolean {
  const { letters, min, max, ignoreZero } = field;
  const length = to - from;
  if (length < min || length > max) return length === 0 && ignoreZero;
  for (let at = from; at < to; at++) if (letters[bytes[at] ?? 0] !== 1) return false;
  return true;
}

/** Whether the bytes are UTF-8 of as many characters (code points) as allowed. */
function isText(bytes: Uint8Array, from: number, { to, field }: TextRange): boolean {
  let high = 0;
  for (let at = from; at < to; at++) high |= bytes[at] ?? 0;
  let length = to - from;
  if (high > 0x7f) {
    if (!isUtf8(bytes.subarray(from, to))) return false;
    for (let at = from; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) === 0x80) length -= 1;
  }
  if (length < field.min) return length === 0 && field.ignoreZero;
  return length <= field.max;
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}
