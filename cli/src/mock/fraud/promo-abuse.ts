import type { Script } from '../agenda.js';
import type { Episode } from '../episode.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type World } from '../world.js';
import { signUp } from '../shop/account.js';
import { browse } from '../shop/browse.js';
import { honestChecks } from '../shop/payment.js';
import { homeCountry, ipIn } from '../shop/places.js';
import { makeAddress, makeCard, makeDevice, makeUserId } from '../shop/population.js';
import { openVisit } from '../shop/visit.js';
import { buyAs } from './buy-as.js';

/**
 * One person makes account after account to use the coupon for first orders again. All from one line and to one address;
 * half of them clear their cookies each time, so that the device looks new. The cards are their own: two, or prepaid ones.
 */
export const promoAbuse: Episode = {
  payments: (random) => random.int(7, 14),
  play: abuse,
};

function* abuse(world: World, payments: number): Script {
  const { random } = world;
  const country = homeCountry(random);
  const place = { country, ip: ipIn(random, country) };
  const clearing = random.chance(0.5);
  const prepaid = random.chance(0.5);
  const own = [makeCard(random, country.code), makeCard(random, country.code)];
  const shipTo = makeAddress(random, country.code);
  const first = makeDevice(random);
  const pauseMs = random.between(20 * MINUTE_MS, 5 * HOUR_MS);
  for (let count = 0; count < payments; count++) {
    // Cleared cookies make a new visitor of the same device.
    const { anonymousId } = makeDevice(random);
    const device = clearing ? { ...first, anonymousId } : first;
    const visit = openVisit(world, { device, place, fraud: 'promo_abuse' });
    visit.emit({ $case: 'sessionStarted', value: { landingPath: '/' } });
    yield 5 * SECOND_MS;
    yield* signUp(visit, makeUserId(random));
    const seen = yield* browse(visit, random.int(1, 3));
    yield* buyAs(visit, {
      ...{ items: seen.slice(-2), shipTo, billTo: shipTo, declined: 0.05, firstOrder: true },
      card: prepaid ? makeCard(random, country.code) : random.pick(own),
      ...{ pace: 0.6, checks: honestChecks(random) },
    });
    yield Math.min(DAY_MS, random.exponential(pauseMs));
  }
}
