import { PAYLOADS } from '@bytebasket/proto/options';
import { asciiHash } from './text-hash.js';

const BYTES = 2;
/** Stands for a byte past the end: looks like a varint that goes on. */
const NOT_A_BYTE = 0xff;

/** Field numbers of Event and of what a product view says of it. */
const ANONYMOUS_ID = 2;
const OCCUR_TIME = 5;
const PAYLOAD_FIRST = 20;
const PRODUCT_VIEWED = PAYLOADS.productViewed.fieldNumber;

/** Payloads that change features, besides product views. */
const COUNTED_NAMES = [
  'productAdded',
  'cartViewed',
  'couponApplied',
  'wishlistProductAddedToCart',
  'checkoutStarted',
  'orderCompleted',
  'orderRefunded',
  'paymentAttempted',
  'paymentAuthorised',
  'paymentDeclined',
  'userSignedUp',
  'userLoggedIn',
  'loginFailed',
  'passwordReset',
  'addressChanged',
  'userIdentified',
  'labelReported',
] as const;
const COUNTED: ReadonlySet<number> = new Set(
  COUNTED_NAMES.map((name) => PAYLOADS[name].fieldNumber),
);

/** What an event is to features: nothing, a view that was read on the way, or something to decode. */
export type Scanned = 'nothing' | 'view' | 'decode';

/**
 * Looks at an event's bytes without decoding them: most events change no feature, and a product view needs three of its
 * fields. Whatever is out of the ordinary is to be decoded, which then throws or not.
 */
export class EventScan {
  /** Of the view last scanned. */
  deviceId = '';
  /** Entry of the product in sets; 0 without one. */
  item = 0;
  occurMs = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #plain = true;

  scan(bytes: Uint8Array): Scanned {
    this.#bytes = bytes;
    this.#at = 0;
    this.#plain = true;
    let payload = 0;
    let payloadAt = 0;
    let deviceAt = 0;
    let timeAt = 0;
    while (this.#at < bytes.length) {
      const tag = this.#varint();
      if ((tag & 7) !== BYTES) return 'decode';
      const field = tag >>> 3;
      const at = this.#at;
      const length = this.#varint();
      this.#at += length;
      if (!this.#isPlain() || this.#at > bytes.length) return 'decode';
      if (field === ANONYMOUS_ID) deviceAt = at;
      else if (field === OCCUR_TIME) timeAt = at;
      else if (field >= PAYLOAD_FIRST) {
        if (payload !== 0) return 'decode';
        payload = field;
        payloadAt = at;
      }
    }
    if (COUNTED.has(payload)) return 'decode';
    if (payload !== PRODUCT_VIEWED) return 'nothing';
    if (deviceAt === 0 || timeAt === 0) return 'decode';
    return this.#readView(deviceAt, timeAt, payloadAt) ? 'view' : 'decode';
  }

  #isPlain(): boolean {
    return this.#plain;
  }

  #readView(deviceAt: number, timeAt: number, payloadAt: number): boolean {
    this.deviceId = this.#asciiAt(deviceAt);
    this.#readTime(timeAt);
    this.item = 0;
    const end = this.#enter(payloadAt);
    while (this.#at < end && this.#plain) {
      const tag = this.#varint();
      if ((tag & 7) !== BYTES) return false;
      const at = this.#at;
      const length = this.#varint();
      if (tag >>> 3 === 1) this.#readProduct(at);
      this.#at = at + sizeOf(length) + length;
    }
    return this.#plain && this.#at === end && this.deviceId !== '';
  }

  /** Timestamp: seconds 1, nanos 2. */
  #readTime(at: number): void {
    const end = this.#enter(at);
    let seconds = 0;
    let nanos = 0;
    while (this.#at < end && this.#plain) {
      const tag = this.#varint();
      if (tag === 8) seconds = this.#varint();
      else if (tag === 16) nanos = this.#varint();
      else this.#plain = false;
    }
    if (this.#at !== end) this.#plain = false;
    this.occurMs = Math.trunc(seconds * 1_000 + nanos / 1_000_000);
  }

  /** Product: product_id 1. The last one of several counts, as in every decoder. */
  #readProduct(at: number): void {
    const end = this.#enter(at);
    while (this.#at < end && this.#plain) {
      const tag = this.#varint();
      if ((tag & 7) !== BYTES) this.#plain = false;
      const length = this.#varint();
      const from = this.#at;
      this.#at += length;
      if (tag >>> 3 === 1) this.#readItem(from, from + length);
    }
    if (this.#at !== end) this.#plain = false;
  }

  #readItem(start: number, end: number): void {
    for (let at = start; at < end; at++) if ((this.#bytes[at] ?? 0) > 0x7f) this.#plain = false;
    this.item = end === start ? 0 : asciiHash(this.#bytes, start, end);
  }

  /** Begins to read the field whose length stands at `at`; returns its end. */
  #enter(at: number): number {
    this.#at = at;
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) this.#plain = false;
    return this.#plain ? end : 0;
  }

  #asciiAt(at: number): string {
    const end = this.#enter(at);
    const { buffer, byteOffset } = this.#bytes;
    for (let i = this.#at; i < end; i++) if ((this.#bytes[i] ?? 0) > 0x7f) this.#plain = false;
    const length = Math.max(0, end - this.#at);
    return Buffer.from(buffer, byteOffset + this.#at, length).toString('latin1');
  }

  /** A whole number of up to 6 bytes; a longer one is not plain. */
  #varint(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#at++] ?? NOT_A_BYTE;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 0x80; scale < 2 ** 42; scale *= 0x80) {
      const byte = bytes[this.#at++] ?? NOT_A_BYTE;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.#plain = false;
    return 0;
  }
}

function sizeOf(length: number): number {
  let size = 1;
  for (let left = length; left >= 0x80; left = Math.floor(left / 0x80)) size += 1;
  return size;
}
