import type { Script } from '../agenda.js';
import type { Episode } from '../episode.js';
import { MINUTE_MS, SECOND_MS, type World } from '../world.js';
import { logIn } from '../shop/account.js';
import { visitAtHome } from '../shop/at-home.js';
import { browse } from '../shop/browse.js';
import { honestChecks } from '../shop/payment.js';
import { farCountry, ipIn } from '../shop/places.js';
import { makeAddress, makeDevice, replaceCard } from '../shop/population.js';
import { openVisit } from '../shop/visit.js';
import { buyAs } from './buy-as.js';

/**
 * A customer is in the shop at home, and within the hour the same account buys from another part of the world: with a
 * stolen session (the same device, as far as the shop can tell) or with the right password on a new device. What is
 * bought was looked at and costs what others spend.
 */
export const impossibleTravel: Episode = {
  payments: (random) => (random.chance(0.4) ? 2 : 1),
  play: travel,
};

function* travel(world: World, payments: number): Script {
  const { random, population } = world;
  const victim = population.customer();
  const { userId, home } = victim;
  const [first = makeDevice(random)] = victim.devices;
  yield* visitAtHome(world, victim, first);
  yield random.between(4 * MINUTE_MS, 40 * MINUTE_MS);
  const country = farCountry(random, home.country);
  const place = { country, ip: ipIn(random, country) };
  const stolen = random.chance(0.4);
  const device = stolen ? first : makeDevice(random);
  const visit = openVisit(world, { device, place, fraud: 'impossible_travel' });
  visit.emit({ $case: 'sessionStarted', value: { landingPath: '/' } });
  yield 3 * SECOND_MS;
  if (stolen) visit.become(userId);
  else yield* logIn(visit, userId, true);
  const shipTo = random.chance(0.6) ? makeAddress(random, country.code) : victim.address;
  for (let count = 0; count < payments; count++) {
    const seen = yield* browse(visit, random.int(2, 5));
    const [card] = victim.cards;
    if (card === undefined) return;
    yield* buyAs(visit, {
      ...{ items: seen.slice(-2), card, shipTo, billTo: victim.address, declined: 0.12 },
      ...{ pace: 0.7, checks: honestChecks(random) },
    });
    yield random.logNormal(3 * MINUTE_MS, 0.5);
  }
  replaceCard(random, victim);
}
