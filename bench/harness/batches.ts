import { randomUUID } from 'node:crypto';
import { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { PublishRequest } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { mulberry32 } from '../../tests/support/random.js';

const COUNTRIES = ['DE', 'FR', 'GB', 'US', 'AT', 'NL', 'PL', 'ES'];
const DEVICES = [DeviceType.DESKTOP, DeviceType.MOBILE, DeviceType.TABLET];
const CHANNELS = [Channel.DIRECT, Channel.PAID_SEARCH, Channel.SOCIAL, Channel.EMAIL];
const VISITORS = 20_000;
const PRODUCTS = 5_000;
const TEMPLATES = 2_000;

function pick<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new RangeError('nothing to pick from');
  return chosen;
}

/** A payload in the mix of a shop: mostly product views, some carts, few orders. */
function payload(random: () => number): NonNullable<Event['payload']> {
  const item = Math.floor(PRODUCTS * random() ** 2);
  const product = { productId: `p${item}`, categoryId: `c${item % 200}`, name: `Product ${item}` };
  const dice = random();
  const of = (value: unknown) => value as NonNullable<Event['payload']>;
  if (dice < 0.6) return of({ $case: 'productViewed', value: { product } });
  if (dice < 0.75) return of({ $case: 'pageViewed', value: { category: 'home' } });
  if (dice < 0.85) return of({ $case: 'productsSearched', value: { query: `term ${item % 500}` } });
  if (dice < 0.95) return of({ $case: 'productAdded', value: { product, quantity: 1 } });
  if (dice < 0.98) return of({ $case: 'checkoutStarted', value: { checkoutId: `k${item}` } });
  const price = { currencyCode: 'EUR', units: BigInt(5 + (item % 90)), nanos: 990_000_000 };
  const lines = [{ product, quantity: 1, unitPrice: price, total: price }];
  return of({ $case: 'orderCompleted', value: { orderId: `o${item}`, lines, total: price } });
}

/** Encoded events of 162 to 244 bytes for the most part; ids are written in place per use. */
function templates(seed: number, nowMs: number): Uint8Array[] {
  const random = mulberry32(seed);
  return Array.from({ length: TEMPLATES }, () => {
    const visitor = Math.floor(VISITORS * random());
    return Event.encode(
      Event.fromPartial({
        eventId: '00000000-0000-7000-8000-000000000000',
        anonymousId: `visitor-${visitor}`,
        sessionId: `session-${visitor}`,
        occurTime: new Date(nowMs),
        context: {
          country: pick(random, COUNTRIES),
          device: { type: pick(random, DEVICES), os: 'Linux' },
          channel: pick(random, CHANNELS),
          page: { path: `/p/${visitor % 1000}` },
        },
        payload: payload(random),
      }),
    ).finish();
  });
}

/** An encoded `Publish` of one cart removal now, with a fresh random id. */
export function probeRequest(): Buffer {
  const id = randomUUID();
  const time = Date.now().toString(16).padStart(12, '0');
  const event = Event.fromPartial({
    eventId: `${time.slice(0, 8)}-${time.slice(8)}-7${id.slice(15)}`,
    anonymousId: `probe-${id.slice(0, 8)}`,
    occurTime: new Date(),
    payload: { $case: 'productRemoved', value: { product: { productId: 'p1' }, quantity: 1 } },
  });
  return Buffer.from(
    PublishRequest.encode(PublishRequest.fromPartial({ events: [event] })).finish(),
  );
}

const EVENT_ID_AT = 2;
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const REFRESH_MS = 1_000;

/** Builds encoded requests of ready-made events with fresh ids; costs far less than encoding them. */
export class BatchMaker {
  readonly #seed: number;
  #templates: Uint8Array[] = [];
  #madeMs = 0;
  #next = 0;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed & 0xffff;
  }

  /** Encoded request whose repeated events are field `field` (1 Publish, 2 PublishStream), with `head` in front. */
  request(events: number, field: 1 | 2, head: Uint8Array = new Uint8Array(0)): Buffer {
    const now = Date.now();
    if (now - this.#madeMs > REFRESH_MS) {
      this.#templates = templates(this.#seed, now);
      this.#madeMs = now;
    }
    const chosen = Array.from({ length: events }, () => {
      this.#next = (this.#next + 1) % TEMPLATES;
      return this.#templates[this.#next] ?? new Uint8Array(0);
    });
    const bytes = chosen.reduce((sum, event) => sum + event.length + 3, head.length);
    const out = Buffer.allocUnsafe(bytes);
    out.set(head, 0);
    let at = head.length;
    for (const event of chosen) {
      out[at++] = (field << 3) | 2;
      if (event.length > 127) out[at++] = (event.length & 0x7f) | 0x80;
      out[at++] = event.length > 127 ? event.length >> 7 : event.length;
      out.set(event, at);
      this.#writeId(out, at + EVENT_ID_AT, now);
      at += event.length;
    }
    return out.subarray(0, at);
  }

  /** UUIDv7: 48 bits of time, the maker's seed, a counter. */
  #writeId(out: Buffer, at: number, now: number): void {
    this.#count++;
    hex(out, { last: at + 7, digits: 8 }, Math.floor(now / 65_536));
    hex(out, { last: at + 12, digits: 4 }, now & 0xffff);
    hex(out, { last: at + 17, digits: 3 }, this.#seed & 0xfff);
    hex(out, { last: at + 22, digits: 1 }, (this.#seed >> 12) & 0xf);
    hex(out, { last: at + 35, digits: 12 }, this.#count);
  }
}

/** Writes hexadecimal digits that end at `last`. */
function hex(out: Buffer, place: { last: number; digits: number }, value: number): void {
  let rest = value;
  for (let i = 0; i < place.digits; i++) {
    out[place.last - i] = HEX[rest % 16] ?? 0;
    rest = Math.floor(rest / 16);
  }
}
