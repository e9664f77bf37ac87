import { CheckResult } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import type { Random } from '../random.js';
import { SECOND_MS } from '../world.js';
import { moneyOf } from './amount.js';
import { lineItems, type Order } from './basket.js';
import type { Doing } from './browse.js';
import type { Card, HomeAddress } from './population.js';
import type { Visit } from './visit.js';

/** How somebody pays. */
export interface Payer {
  /** Undefined for those who pay without a card. */
  readonly card: Card | undefined;
  /** Such as `card`, `wallet` or `invoice`. */
  readonly method: string;
  readonly shipTo: HomeAddress;
  readonly billTo: HomeAddress;
  /** How likely the issuer refuses, 0 to 1. */
  readonly declined: number;
  readonly cvcResult?: CheckResult;
  readonly avsResult?: CheckResult;
}

/** How a payment went. */
export interface Payment {
  readonly paymentId: string;
  readonly authorised: boolean;
  /** It was tried before the start: nobody saw it, and nothing comes of it. */
  readonly unseen: boolean;
  /** Simulated time of the attempt. */
  readonly atMs: number;
}

/** What issuers say, the commonest first. */
const DECLINE_CODES = [
  'insufficient_funds',
  'insufficient_funds',
  'insufficient_funds',
  'do_not_honour',
  'do_not_honour',
  'expired_card',
];

/** Checks that an honest card passes nearly always. */
export function honestChecks(random: Random): Pick<Payer, 'cvcResult' | 'avsResult'> {
  const way = random.next();
  return {
    cvcResult: random.chance(0.97) ? CheckResult.MATCH : CheckResult.MISMATCH,
    avsResult:
      way < 0.82 ? CheckResult.MATCH : way < 0.97 ? CheckResult.NOT_CHECKED : CheckResult.MISMATCH,
  };
}

/** Tries to pay the order once; a payment that is authorised completes it. */
export function* pay(visit: Visit, order: Order, payer: Payer): Doing<Payment> {
  const { world } = visit;
  const { random, settings } = world;
  const paymentId = world.newId('pay');
  const { orderId } = order;
  const amount = moneyOf(settings.currency, order.totalCents);
  const { card, method, cvcResult, avsResult } = payer;
  const atMs = world.nowMs();
  visit.emit({
    $case: 'paymentAttempted',
    value: {
      paymentId,
      orderId,
      amount,
      method,
      shippingAddress: payer.shipTo,
      billingAddress: payer.billTo,
      ...(card && { card: { ...card, cvcResult, avsResult } }),
    },
  });
  // What follows would begin in the middle for whoever listens from the start on.
  if (atMs < 0) return { paymentId, authorised: false, unseen: true, atMs };
  yield random.logNormal(1.4 * SECOND_MS, 0.5);
  const authorised = !random.chance(payer.declined);
  if (!authorised) {
    const declineCode =
      cvcResult === CheckResult.MISMATCH ? 'incorrect_cvc' : random.pick(DECLINE_CODES);
    visit.emit({ $case: 'paymentDeclined', value: { paymentId, orderId, amount, declineCode } });
    return { paymentId, authorised, unseen: false, atMs };
  }
  const authorisationCode = random.hex(6);
  visit.emit({
    $case: 'paymentAuthorised',
    value: { paymentId, orderId, amount, authorisationCode },
  });
  yield SECOND_MS / 2;
  complete(visit, order);
  return { paymentId, authorised, unseen: false, atMs };
}

function complete(visit: Visit, order: Order): void {
  const { world } = visit;
  const { currency } = world.settings;
  const { orderId, cartId, coupon } = order;
  visit.emit({
    $case: 'orderCompleted',
    value: {
      orderId,
      cartId,
      lines: lineItems(world, order.lines),
      total: moneyOf(currency, order.totalCents),
      shipping: moneyOf(currency, order.shippingCents),
      ...(coupon !== undefined && {
        couponCode: coupon,
        discount: moneyOf(currency, order.discountCents),
      }),
    },
  });
}
