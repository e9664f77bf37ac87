import type { Script } from '../agenda.js';
import type { Episode } from '../episode.js';
import { DAY_MS, HOUR_MS, SECOND_MS, type World } from '../world.js';
import { signUp } from '../shop/account.js';
import { browse } from '../shop/browse.js';
import { homeCountry, ipIn } from '../shop/places.js';
import { makeAddress, makeCard, makeDevice, makeUserId } from '../shop/population.js';
import { openVisit } from '../shop/visit.js';
import { buyAs, stolenChecks } from './buy-as.js';

/**
 * One device, many accounts and as many stolen cards; the goods go to one address, some to a second one. It takes days,
 * each account looks and buys like a customer, and the line changes.
 */
export const deviceRing: Episode = {
  payments: (random) => random.int(7, 14),
  play: ring,
};

function* ring(world: World, payments: number): Script {
  const { random, catalogue } = world;
  const country = homeCountry(random);
  const lines = [ipIn(random, country), ipIn(random, country), ipIn(random, country)];
  const device = makeDevice(random);
  const drops = [makeAddress(random, country.code), makeAddress(random, country.code)] as const;
  const pauseMs = random.between(HOUR_MS, 10 * HOUR_MS);
  for (let count = 0; count < payments; count++) {
    const place = { country, ip: random.pick(lines) };
    const visit = openVisit(world, { device, place, fraud: 'device_ring' });
    visit.emit({ $case: 'sessionStarted', value: { landingPath: '/' } });
    yield 5 * SECOND_MS;
    yield* signUp(visit, makeUserId(random));
    const seen = yield* browse(visit, random.int(1, 4));
    const shipTo = random.chance(0.8) ? drops[0] : drops[1];
    const items = [...seen.slice(-1), ...(random.chance(0.6) ? [catalogue.expensive(random)] : [])];
    const card = makeCard(random, random.chance(0.6) ? country.code : homeCountry(random).code);
    yield* buyAs(visit, {
      ...{ items, card, shipTo, billTo: makeAddress(random, card.country) },
      ...{ declined: 0.25, checks: stolenChecks(random, 0.75) },
    });
    yield Math.min(2 * DAY_MS, random.exponential(pauseMs));
  }
}
