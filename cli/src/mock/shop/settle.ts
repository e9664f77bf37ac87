import { SECOND_MS } from '../world.js';
import { afterSale } from './after-sale.js';
import type { Order } from './basket.js';
import type { Doing } from './browse.js';
import { honestChecks, pay, type Payer } from './payment.js';
import { otherCountry } from './places.js';
import { makeAddress, makeCard, replaceCard } from './population.js';
import type { Card, HomeAddress, Visitor } from './population.js';
import type { Visit } from './visit.js';

const DECLINED = 0.045;
/** After a decline for the same card: mostly the money is still not there. */
const DECLINED_AGAIN = 0.55;
const ATTEMPTS_MAX = 4;
const GIFTS = 0.035;
const NEW_CARDS = 0.015;
const MOVES = 0.004;
const GIFTS_ABROAD = 0.3;

interface Due {
  readonly order: Order;
  readonly paymentMethod: string;
}

/** Pays the way honest people do: with the usual card, again or with another one after a decline, or not at all. */
export function* settle(visit: Visit, visitor: Visitor, due: Due): Doing<void> {
  const { world } = visit;
  const { random } = world;
  const { order, paymentMethod: method } = due;
  const shipTo = shippingAddress(visit, visitor);
  let card = method === 'card' ? cardOf(visit, visitor) : undefined;
  let declined = card === undefined ? DECLINED / 4 : DECLINED;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const payer: Payer = {
      ...{ card, method, shipTo, billTo: visitor.address, declined },
      ...honestChecks(random),
    };
    const payment = yield* pay(visit, order, payer);
    if (payment.unseen) return;
    if (payment.authorised) {
      visitor.orders++;
      afterSale(world, visit.who(), { order, payment });
      return;
    }
    if (random.chance(0.25)) return;
    yield random.logNormal(25 * SECOND_MS, 0.6);
    const another = card !== undefined && random.chance(0.6);
    if (another) card = otherCard(visit, visitor, card);
    declined = another ? DECLINED : DECLINED_AGAIN;
  }
}

/** Home, unless it is a gift, or somebody moved. */
function shippingAddress({ world: { random } }: Visit, visitor: Visitor): HomeAddress {
  const { code } = visitor.home.country;
  if (random.chance(MOVES)) visitor.address = makeAddress(random, code);
  if (!random.chance(GIFTS)) return visitor.address;
  const abroad = random.chance(GIFTS_ABROAD);
  return makeAddress(random, abroad ? otherCountry(random, visitor.home.country).code : code);
}

function cardOf({ world: { random } }: Visit, visitor: Visitor): Card | undefined {
  const { cards } = visitor;
  if (random.chance(NEW_CARDS)) replaceCard(random, visitor);
  return cards[random.chance(0.85) ? 0 : cards.length - 1];
}

function otherCard({ world: { random } }: Visit, visitor: Visitor, used: Card | undefined): Card {
  const { cards, home } = visitor;
  const found = cards.find((card) => card !== used);
  if (found !== undefined) return found;
  const card = makeCard(random, home.country.code);
  if (cards.length < 3) cards.push(card);
  return card;
}
