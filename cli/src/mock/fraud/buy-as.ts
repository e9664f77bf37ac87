import { CheckResult } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import type { Random } from '../random.js';
import type { Doing } from '../shop/browse.js';
import type { Item } from '../shop/catalogue.js';
import { checkOut, fillCart, type CheckoutOptions } from '../shop/checkout.js';
import { fraudLabel } from '../shop/labels.js';
import { pay, type Payer, type Payment } from '../shop/payment.js';
import type { Card, HomeAddress } from '../shop/population.js';
import type { Visit } from '../shop/visit.js';

export interface FraudPurchase extends Omit<CheckoutOptions, 'paymentMethod'> {
  readonly items: readonly Item[];
  readonly card: Card;
  readonly shipTo: HomeAddress;
  readonly billTo: HomeAddress;
  /** How likely the issuer refuses, 0 to 1. */
  readonly declined: number;
  readonly checks: Pick<Payer, 'cvcResult' | 'avsResult'>;
}

/** A fraudster's way through cart and checkout with one payment, which is labelled later. */
export function* buyAs(visit: Visit, purchase: FraudPurchase): Doing<Payment> {
  const { world } = visit;
  const { items, checks, ...rest } = purchase;
  const cart = yield* fillCart(visit, items);
  const order = yield* checkOut(visit, cart, { ...rest, paymentMethod: 'card' });
  const payment = yield* pay(visit, order, { ...rest, ...checks, method: 'card' });
  if (!payment.unseen) world.spawn(fraudLabel(world, visit.who(), payment));
  return payment;
}

/** Checks that a stolen card number fails often: the thief guesses the code, and lives elsewhere. */
export function stolenChecks(random: Random, known: number): FraudPurchase['checks'] {
  return {
    cvcResult: random.chance(known) ? CheckResult.MATCH : CheckResult.MISMATCH,
    avsResult: random.chance(known / 2) ? CheckResult.MATCH : CheckResult.MISMATCH,
  };
}
