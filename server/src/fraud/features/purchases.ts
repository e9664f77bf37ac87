import { ByteSink, type ByteSource } from './bytes.js';
import { ENTITY_KINDS, type EntityKind } from './declaration.js';
import { entityIds, type PaymentFacts } from './payment-facts.js';
import { type Recent, RecencyMap } from './recency-map.js';
import { textHash } from './text-hash.js';

/** Parts of a snapshot that payments and orders are spread over. */
export const PURCHASE_BUCKETS = 64;

type PaymentIds = Readonly<Record<EntityKind, string>>;

interface KeptPayment extends Recent {
  readonly ids: PaymentIds;
}

/** An order that a coupon or a payment was seen of. */
interface KeptOrder extends Recent {
  paymentId: string;
  coupon: boolean;
  /** Its coupon counts once. */
  counted: boolean;
}

/**
 * The newest payments and orders of one partition: a decline, an authorisation or a label names only the payment, and a
 * coupon only the order.
 */
export class Purchases {
  readonly #payments: RecencyMap<KeptPayment>;
  readonly #orders: RecencyMap<KeptOrder>;
  #changed = new Set<number>();

  /** `max`: payments, and orders, that are remembered. */
  constructor(max: number) {
    this.#payments = new RecencyMap(max);
    this.#orders = new RecencyMap(max);
  }

  has(paymentId: string): boolean {
    return this.#payments.peek(paymentId) !== undefined;
  }

  /** Who took part in a payment; undefined when it is not remembered. */
  payment(paymentId: string): PaymentIds | undefined {
    return this.#payments.peek(paymentId)?.ids;
  }

  /** Remembers a payment that was tried. Returns whether its order has a coupon that was not counted. */
  remember(facts: PaymentFacts): boolean {
    const bucket = bucketOf(facts.paymentId);
    this.#changed.add(bucket);
    const known = this.#payments.peek(facts.paymentId);
    if (known !== undefined) {
      this.#payments.renew(known);
      return false;
    }
    const gone = this.#payments.add({
      id: facts.paymentId,
      bucket,
      touched: 0,
      ids: entityIds(facts),
    });
    if (gone !== undefined) this.#changed.add(gone.bucket);
    if (facts.orderId === '') return false;
    const order = this.#order(facts.orderId);
    order.paymentId = facts.paymentId;
    return order.coupon && !order.counted;
  }

  /** Notes that an order has a coupon. Returns who paid it, if that is known and the coupon was not counted before. */
  couponUsed(orderId: string): PaymentIds | undefined {
    const order = this.#order(orderId);
    order.coupon = true;
    const payment = this.payment(order.paymentId);
    if (payment === undefined || order.counted) return undefined;
    order.counted = true;
    return payment;
  }

  /** The buckets that changed since the last call, with what is in them now. */
  takeChanged(): ReadonlyMap<number, Uint8Array> {
    const changed = this.#changed;
    this.#changed = new Set();
    const sink = new ByteSink(4_096);
    const chunks = new Map<number, Uint8Array>();
    for (const bucket of changed) {
      this.#write(sink, bucket);
      chunks.set(bucket, sink.take());
    }
    return chunks;
  }

  /** Fills an empty memory from the chunks of a snapshot. */
  restore(chunks: readonly ByteSource[]): void {
    const payments: KeptPayment[] = [];
    const orders: KeptOrder[] = [];
    for (const source of chunks) {
      while (!source.atEnd) {
        const type = source.number();
        const id = source.text();
        const kept = { id, bucket: bucketOf(id), touched: source.number() };
        if (type === 1) payments.push({ ...kept, ids: readIds(source) });
        else if (type === 2) {
          const paymentId = source.text();
          const flags = source.number();
          orders.push({ ...kept, paymentId, coupon: (flags & 1) !== 0, counted: flags > 1 });
        } else throw new RangeError(`a chunk of purchases holds an entry of type ${type}`);
      }
    }
    this.#payments.restore(payments);
    this.#orders.restore(orders);
  }

  #write(sink: ByteSink, bucket: number): void {
    for (const payment of this.#payments.inBucket(bucket)) {
      sink.number(1);
      sink.text(payment.id);
      sink.number(payment.touched);
      for (const kind of ENTITY_KINDS) sink.text(payment.ids[kind]);
    }
    for (const order of this.#orders.inBucket(bucket)) {
      sink.number(2);
      sink.text(order.id);
      sink.number(order.touched);
      sink.text(order.paymentId);
      sink.number((order.coupon ? 1 : 0) + (order.counted ? 2 : 0));
    }
  }

  #order(orderId: string): KeptOrder {
    const bucket = bucketOf(orderId);
    this.#changed.add(bucket);
    const known = this.#orders.peek(orderId);
    if (known !== undefined) {
      this.#orders.renew(known);
      return known;
    }
    const made = { id: orderId, bucket, touched: 0, paymentId: '', coupon: false, counted: false };
    const gone = this.#orders.add(made);
    if (gone !== undefined) this.#changed.add(gone.bucket);
    return made;
  }
}

function readIds(source: ByteSource): PaymentIds {
  const ids: Partial<Record<EntityKind, string>> = {};
  for (const kind of ENTITY_KINDS) ids[kind] = source.text();
  return ids as Record<EntityKind, string>;
}

function bucketOf(id: string): number {
  return textHash(id) % PURCHASE_BUCKETS;
}
