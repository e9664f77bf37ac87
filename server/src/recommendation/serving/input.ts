import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { Availability } from '@bytebasket/proto/gen/bytebasket/event/v1/catalogue';
import type { LineItem, Product } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { TOPICS } from '../../ports/topics.js';
import { payloadField } from './payload-field.js';

/** The topics that the read model follows, in the order in which records of one millisecond are taken. */
export const SERVING_TOPICS: readonly string[] = [
  TOPICS.userActivity,
  TOPICS.transactions,
  TOPICS.fraudDecisions,
];

/** Who did something. Empty texts are unknown. */
export interface Actor {
  readonly anonymousId: string;
  readonly userId: string;
  readonly sessionId: string;
}

export interface ProductRef {
  readonly itemId: string;
  /** Empty when unknown. */
  readonly categoryId: string;
}

/** What a visitor did with one product. */
export type Signal = 'click' | 'view' | 'wish' | 'cart' | 'uncart';

export interface ProductSignal {
  readonly kind: 'signal';
  readonly signal: Signal;
  readonly actor: Actor;
  readonly product: ProductRef;
  readonly occurMs: number;
}

/** The whole cart as it was shown. */
export interface CartShown {
  readonly kind: 'cart';
  readonly actor: Actor;
  readonly items: readonly string[];
}

export interface OrderPlaced {
  readonly kind: 'order';
  readonly actor: Actor;
  readonly orderId: string;
  readonly products: readonly ProductRef[];
  readonly occurMs: number;
}

export interface Identified {
  readonly kind: 'identified';
  readonly actor: Actor;
}

/** Absent fields leave what was known. */
export interface ProductFacts {
  readonly kind: 'product';
  readonly product: ProductRef;
  readonly available: boolean | undefined;
  readonly recommendable: boolean | undefined;
}

/** What was decided about a payment. */
export interface Decided {
  readonly kind: 'decision';
  readonly decisionId: string;
  readonly paymentId: string;
  readonly action: DecisionAction;
  readonly actor: Actor;
}

export interface AlertActed {
  readonly kind: 'alert';
  readonly alertId: string;
  readonly expectedVersion: number;
  readonly state: AlertState;
}

/** What one record means for the read model. */
export type ServingInput =
  ProductSignal | CartShown | OrderPlaced | Identified | ProductFacts | Decided | AlertActed;

/** Field numbers in Event of the payloads that say something about products or persons. */
const WANTED_PAYLOADS: ReadonlySet<number> = new Set([27, 28, 40, 41, 42, 48, 50, 64, 95, 120]);

/**
 * Reads a record of one of SERVING_TOPICS; undefined when it says nothing about recommendations. Throws when the bytes are
 * not what the topic holds.
 */
export function readInput(topic: string, value: Uint8Array): ServingInput | undefined {
  if (topic === TOPICS.fraudDecisions) return fraudInput(FraudRecord.decode(value));
  // Most bytes are in events that do not count here: only the field numbers of those are read.
  if (!WANTED_PAYLOADS.has(payloadField(value))) return undefined;
  return eventInput(Event.decode(value));
}

function eventInput(event: Event): ServingInput | undefined {
  const actor = {
    anonymousId: event.anonymousId,
    userId: event.userId,
    sessionId: event.sessionId,
  };
  const occurMs = event.occurTime?.getTime() ?? 0;
  const { payload } = event;
  const signal = (kind: Signal, product: Product | undefined): ProductSignal | undefined =>
    product === undefined
      ? undefined
      : { kind: 'signal', signal: kind, actor, product: refOf(product), occurMs };
  switch (payload?.$case) {
    case 'productClicked':
      return signal('click', payload.value.product);
    case 'productViewed':
      return signal('view', payload.value.product);
    case 'productAddedToWishlist':
      return signal('wish', payload.value.product);
    case 'productAdded':
    case 'wishlistProductAddedToCart':
      return signal('cart', payload.value.product);
    case 'productRemoved':
      return signal('uncart', payload.value.product);
    case 'cartViewed':
      return { kind: 'cart', actor, items: refsOf(payload.value.lines).map((one) => one.itemId) };
    case 'orderCompleted': {
      const { orderId, lines } = payload.value;
      return { kind: 'order', actor, orderId, products: refsOf(lines), occurMs };
    }
    case 'userIdentified':
      return { kind: 'identified', actor };
    case 'productUpdated': {
      const { product, availability, recommendable } = payload.value;
      if (product === undefined) return undefined;
      const available = availabilityOf(availability);
      return { kind: 'product', product: refOf(product), available, recommendable };
    }
    default:
      return undefined;
  }
}

function availabilityOf(availability: Availability): boolean | undefined {
  if (availability === Availability.IN_STOCK) return true;
  if (availability === Availability.OUT_OF_STOCK) return false;
  return availability === Availability.DISCONTINUED ? false : undefined;
}

function refOf(product: Product): ProductRef {
  return { itemId: product.productId, categoryId: product.categoryId };
}

function refsOf(lines: readonly LineItem[]): ProductRef[] {
  const refs = lines.flatMap(({ product }) => (product === undefined ? [] : [refOf(product)]));
  return [...new Map(refs.map((ref) => [ref.itemId, ref])).values()];
}

function fraudInput({ record }: FraudRecord): ServingInput | undefined {
  switch (record?.$case) {
    case 'decision': {
      const { decisionId, paymentId, action, anonymousId, userId, sessionId } = record.value;
      const actor = { anonymousId, userId, sessionId };
      return { kind: 'decision', decisionId, paymentId, action, actor };
    }
    case 'alertAction': {
      const { alertId, expectedVersion, state } = record.value;
      return { kind: 'alert', alertId, expectedVersion: Number(expectedVersion), state };
    }
    default:
      return undefined;
  }
}
