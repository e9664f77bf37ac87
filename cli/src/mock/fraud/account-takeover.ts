import type { Script } from '../agenda.js';
import type { Episode } from '../episode.js';
import { MINUTE_MS, SECOND_MS, type World } from '../world.js';
import { changeAddress, failToLogIn, logIn, resetPassword } from '../shop/account.js';
import { homeCountry, ipIn, otherCountry } from '../shop/places.js';
import { makeAddress, makeCard, makeDevice, replaceCard } from '../shop/population.js';
import { openVisit } from '../shop/visit.js';
import { buyAs, stolenChecks } from './buy-as.js';
import { honestChecks } from '../shop/payment.js';

/**
 * Somebody gets into a customer's account: wrong passwords, a login from a device and a line that the account never had,
 * often a new password and a new address, and soon the dearest things of the shop, bought without looking at them. Some
 * have the right password from a leak and fail only once or not at all.
 */
export const accountTakeover: Episode = {
  payments: (random) => (random.chance(0.3) ? 2 : 1),
  play: takeOver,
};

function* takeOver(world: World, payments: number): Script {
  const { random, catalogue, population } = world;
  const victim = population.customer();
  const { userId } = victim;
  const abroad = random.chance(0.7);
  const country = abroad ? otherCountry(random, victim.home.country) : homeCountry(random);
  const place = { country, ip: ipIn(random, country) };
  const device = makeDevice(random);
  const visit = openVisit(world, { device, place, fraud: 'account_takeover' });
  visit.emit({ $case: 'sessionStarted', value: { landingPath: '/login' } });
  yield 3 * SECOND_MS;
  const leaked = random.chance(0.3);
  yield* failToLogIn(visit, userId, leaked ? random.int(0, 1) : random.int(3, 9));
  if (!leaked && random.chance(0.8)) yield* resetPassword(visit, userId);
  yield* logIn(visit, userId, true);
  const drop = makeAddress(random, country.code);
  const changed = random.chance(0.8);
  if (changed) yield* changeAddress(visit, drop);
  yield random.logNormal(MINUTE_MS, 0.7);
  const saved = random.chance(0.6) ? victim.cards[0] : undefined;
  for (let count = 0; count < payments; count++) {
    const items = Array.from({ length: random.int(1, 3) }, () => catalogue.expensive(random));
    yield* buyAs(visit, {
      ...{ items, shipTo: changed ? drop : victim.address, billTo: victim.address },
      card: saved ?? makeCard(random, homeCountry(random).code),
      ...{ declined: saved === undefined ? 0.4 : 0.15, pace: 0.4 },
      checks: saved === undefined ? stolenChecks(random, 0.6) : honestChecks(random),
    });
    yield random.logNormal(2 * MINUTE_MS, 0.6);
  }
  if (saved !== undefined) replaceCard(random, victim);
}
