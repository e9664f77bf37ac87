import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { Money } from '@bytebasket/proto/gen/google/type/money';
import { channelCode, COUNTRY_UNKNOWN, countryCode, deviceCode } from '../dimensions.js';
import { distinctEntry } from '../sketches/hash.js';

/**
 * What metrics look into: payloads by their field number in Event; every other payload counts as an event only. Below 0
 * stands what is no payload of its own: a label that says fraud, and the fraud decisions by what they ask for.
 */
export const PAYLOAD = {
  other: 0,
  pageViewed: 20,
  productsSearched: 22,
  productViewed: 28,
  productAdded: 40,
  productRemoved: 41,
  wishlistProductAddedToCart: 50,
  checkoutStarted: 60,
  orderCompleted: 64,
  orderRefunded: 66,
  orderCancelled: 67,
  paymentAttempted: 80,
  paymentAuthorised: 81,
  paymentDeclined: 82,
  recommendationShown: 110,
  recommendationClicked: 111,
  productUpdated: 120,
  fraudReported: -1,
  decisionAllowed: -2,
  decisionChallenged: -3,
  decisionReviewed: -4,
  decisionBlocked: -5,
} as const;

/** An exact amount. */
export interface Amount {
  readonly currency: string;
  /** Billionths of the currency's unit. */
  readonly nanos: bigint;
}

/** A line of an order. */
export interface LineView {
  readonly productId: string;
  readonly categoryId: string;
  readonly quantity: number;
  readonly total: Amount | undefined;
}

/** What metrics need of an event. One shape for all payloads, so that the fold stays fast. */
export interface EventView {
  /** One of PAYLOAD. */
  readonly payload: number;
  /** Milliseconds since the Unix epoch. */
  readonly occurMs: number;
  /** Codes of `dimensions.ts`. */
  readonly country: number;
  readonly device: number;
  readonly channel: number;
  /** Entry of the anonymous id in distinct counts; 0 without one. */
  readonly visitor: number;
  /** Entry of the session id; 0 without one. */
  readonly session: number;
  /** Product and category of a product event, else empty. */
  readonly productId: string;
  readonly categoryId: string;
  /** Normalised search term of a search, else empty. */
  readonly term: string;
  /** Total of an order or refund. */
  readonly total: Amount | undefined;
  /** Lines of an order, else empty. */
  readonly lines: readonly LineView[];
}

type Payload = NonNullable<Event['payload']>;
type Details = Pick<EventView, 'productId' | 'categoryId' | 'term' | 'total' | 'lines'>;

const NO_DETAILS: Details = {
  productId: '',
  categoryId: '',
  term: '',
  total: undefined,
  lines: [],
};

/** How search terms are counted: without spaces around them, in lower case. */
export function normalisedTerm(query: string): string {
  return query.trim().toLowerCase();
}

/**
 * The view of a decoded event: what the lean decoder must agree with.
 * Throws RangeError when occur_time is absent, which ingest never lets through.
 */
export function eventView(event: Event): EventView {
  if (event.occurTime === undefined) throw new RangeError('occur_time is absent: it is required');
  const country = event.context?.country ?? '';
  const details = event.payload === undefined ? NO_DETAILS : detailsOf(event.payload);
  return {
    payload: payloadNumber(event.payload),
    occurMs: event.occurTime.getTime(),
    country:
      country.length === 2
        ? countryCode(country.charCodeAt(0), country.charCodeAt(1))
        : COUNTRY_UNKNOWN,
    device: deviceCode(event.context?.device?.type ?? 0),
    channel: channelCode(event.context?.channel ?? 0),
    visitor: entryOfText(event.anonymousId),
    session: entryOfText(event.sessionId),
    productId: details.productId,
    categoryId: details.categoryId,
    term: details.term,
    total: details.total,
    lines: details.lines,
  };
}

function payloadNumber(payload: Payload | undefined): number {
  if (payload === undefined) return PAYLOAD.other;
  if (payload.$case === 'labelReported') {
    return payload.value.verdict === LabelVerdict.FRAUD ? PAYLOAD.fraudReported : PAYLOAD.other;
  }
  const numbers: Readonly<Record<string, number>> = PAYLOAD;
  return numbers[payload.$case] ?? PAYLOAD.other;
}

function detailsOf(payload: Payload): Details {
  switch (payload.$case) {
    case 'productsSearched':
      return { ...NO_DETAILS, term: normalisedTerm(payload.value.query) };
    case 'productViewed':
    case 'productAdded':
    case 'productRemoved':
    case 'wishlistProductAddedToCart': {
      const product = payload.value.product;
      const productId = product?.productId ?? '';
      return { ...NO_DETAILS, productId, categoryId: product?.categoryId ?? '' };
    }
    case 'orderCompleted': {
      const lines = payload.value.lines.map(lineView);
      return { ...NO_DETAILS, total: amountOf(payload.value.total), lines };
    }
    case 'orderRefunded':
      return { ...NO_DETAILS, total: amountOf(payload.value.total) };
    default:
      return NO_DETAILS;
  }
}

function lineView(line: LineItem): LineView {
  return {
    productId: line.product?.productId ?? '',
    categoryId: line.product?.categoryId ?? '',
    quantity: line.quantity,
    total: amountOf(line.total),
  };
}

function amountOf(money: Money | undefined): Amount | undefined {
  if (money === undefined) return undefined;
  const nanos = money.units * 1_000_000_000n + BigInt(money.nanos);
  return { currency: money.currencyCode, nanos };
}

function entryOfText(id: string): number {
  if (id === '') return 0;
  const bytes = Buffer.from(id, 'utf8');
  return distinctEntry(bytes, 0, bytes.length);
}
