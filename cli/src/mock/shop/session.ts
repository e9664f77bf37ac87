import type { Script } from '../agenda.js';
import { MINUTE_MS, SECOND_MS, type World } from '../world.js';
import { failToLogIn, logIn, resetPassword, signUp } from './account.js';
import { browse, recommended, type Doing } from './browse.js';
import type { Item } from './catalogue.js';
import { checkOut, fillCart } from './checkout.js';
import { makeDevice, makeUserId, type Device, type Place, type Visitor } from './population.js';
import { settle } from './settle.js';
import { openVisit, type Visit } from './visit.js';

/** What is unusual about a visit; by default nothing is. */
export interface Manner {
  readonly device?: Device;
  readonly place?: Place;
  /** True: surely buys; false: surely does not. Default by chance. */
  readonly buys?: boolean;
  /** Uses the coupon for first orders whether or not it is one. */
  readonly coupon?: boolean;
}

const FORGETFUL = 0.02;
const NEW_DEVICE = 0.012;
const LOGGED_IN = 0.55;
const SIGNS_UP = 0.6;
const USES_COUPON = 0.4;
const REORDERS = 0.05;
/** Mean of the visitors' eagerness, so that `conversion` is what it says. */
const EAGERNESS_MEAN = 0.8 * Math.exp(0.7 ** 2 / 2);

/** One visit of somebody honest, from the first page to the payment or away. */
export function* session(world: World, visitor: Visitor, manner: Manner = {}): Script {
  const { random, settings } = world;
  const buys =
    manner.buys ?? random.chance((settings.conversion * visitor.eagerness) / EAGERNESS_MEAN);
  const device = manner.device ?? deviceOf(world, visitor);
  const place = manner.place ?? visitor.home;
  const visit = openVisit(world, { device, place, tastes: visitor.tastes });
  yield* arrive(visit, visitor, buys);
  const seen = yield* browse(visit, buys ? 2 + Math.round(random.exponential(4)) : looks(world));
  if (!buys) {
    const last = seen.at(-1);
    if (last !== undefined && random.chance(0.1)) yield* fillCart(visit, [last]);
    return;
  }
  yield* buy(visit, visitor, { seen, coupon: manner.coupon });
}

/** Pages that somebody looks at who does not buy; many leave at once. */
function looks({ random }: World): number {
  return random.chance(0.3) ? random.int(0, 1) : 1 + Math.round(random.exponential(4));
}

/** One of the visitor's devices; now and then a new one. */
function deviceOf({ random }: World, { devices }: Visitor): Device {
  if (devices.length < 3 && random.chance(NEW_DEVICE)) {
    const bought = makeDevice(random);
    devices.push(bought);
    return bought;
  }
  return random.pick(devices);
}

function* arrive(visit: Visit, visitor: Visitor, buys: boolean): Doing<void> {
  const { random } = visit.world;
  const { userId, knownOn } = visitor;
  const landing = random.chance(0.5) ? '/' : '/products';
  visit.emit({ $case: 'sessionStarted', value: { landingPath: landing } });
  if (landing === '/') visit.emit({ $case: 'pageViewed', value: { category: 'home' } });
  yield random.logNormal(4 * SECOND_MS, 0.8);
  if (userId !== undefined && (random.chance(LOGGED_IN) || (buys && random.chance(0.8)))) {
    const fresh = !knownOn.has(visit.device.anonymousId);
    if (random.chance(FORGETFUL)) {
      yield* failToLogIn(visit, userId, random.int(1, 4));
      if (random.chance(0.6)) yield* resetPassword(visit, userId);
    }
    yield* logIn(visit, userId, fresh);
    knownOn.add(visit.device.anonymousId);
  }
  if (landing === '/' && random.chance(0.5)) yield* recommended(visit);
}

interface Purchase {
  readonly seen: readonly Item[];
  readonly coupon: boolean | undefined;
}

/** Buys some of what was looked at; some people order again what they had before, without looking. */
function* buy(visit: Visit, visitor: Visitor, { seen, coupon }: Purchase): Doing<void> {
  const { world } = visit;
  const { random, catalogue } = world;
  const last = seen.at(-1);
  const wanted = seen.filter((item) => item === last || random.chance(0.2)).slice(-5);
  if (random.chance(REORDERS)) wanted.push(catalogue.ofTaste(visitor.tastes[0])(random));
  const cart = yield* fillCart(visit, wanted);
  if (visit.userId() === '' && visitor.userId === undefined && random.chance(SIGNS_UP)) {
    yield random.between(5 * SECOND_MS, MINUTE_MS);
    const userId = makeUserId(random);
    visitor.userId = userId;
    visitor.knownOn.add(visit.device.anonymousId);
    yield* signUp(visit, userId);
  }
  const firstOrder = coupon ?? (visitor.orders === 0 && random.chance(USES_COUPON));
  const byCard = visitor.cards.length > 0 && random.chance(0.9);
  const paymentMethod = byCard ? 'card' : random.pick(['wallet', 'wallet', 'invoice']);
  const order = yield* checkOut(visit, cart, { firstOrder, paymentMethod });
  yield* settle(visit, visitor, { order, paymentMethod });
}
