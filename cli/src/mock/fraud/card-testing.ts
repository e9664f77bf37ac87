import { DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { Script } from '../agenda.js';
import type { Episode } from '../episode.js';
import { HOUR_MS, SECOND_MS, type World } from '../world.js';
import { COUNTRIES, homeCountry, ipIn } from '../shop/places.js';
import { makeAddress, makeCard, makeDevice } from '../shop/population.js';
import { view } from '../shop/browse.js';
import { openVisit } from '../shop/visit.js';
import { buyAs, stolenChecks } from './buy-as.js';

/**
 * Somebody tries stolen card numbers with small payments to see which ones work: many cards in a short time from one
 * line, most of them declined. Half of them clear their cookies between payments, so only the line stays the same; some
 * take their time.
 */
export const cardTesting: Episode = {
  payments: (random) => random.int(10, 26),
  play: testCards,
};

function* testCards(world: World, payments: number): Script {
  const { random, catalogue } = world;
  const country = random.chance(0.5) ? homeCountry(random) : random.pick(COUNTRIES);
  const place = { country, ip: ipIn(random, country) };
  const clearing = random.chance(0.5);
  const gapMs = random.chance(0.3) ? 150 * SECOND_MS : 12 * SECOND_MS;
  const bait = catalogue.cheap(random);
  const shipTo = makeAddress(random, country.code);
  let device = makeDevice(random, DeviceType.DESKTOP);
  let visit = openVisit(world, { device, place, fraud: 'card_testing' });
  yield* view(visit, bait);
  for (let count = 0; count < payments; count++) {
    if (clearing && count > 0 && random.chance(0.6)) {
      device = makeDevice(random, DeviceType.DESKTOP);
      visit = openVisit(world, { device, place, fraud: 'card_testing' });
    }
    const card = makeCard(random, random.pick(COUNTRIES).code);
    yield* buyAs(visit, {
      items: [random.chance(0.8) ? bait : catalogue.cheap(random)],
      ...{ card, shipTo, billTo: shipTo, declined: 0.75, pace: 0.1 },
      checks: stolenChecks(random, 0.4),
    });
    yield Math.min(HOUR_MS / 4, random.logNormal(gapMs, 0.6));
  }
}
