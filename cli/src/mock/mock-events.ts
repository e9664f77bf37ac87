import type { Script } from './agenda.js';
import { Episodes } from './episode.js';
import { fraudRates } from './fraud/fraud-episodes.js';
import { LOOKALIKES } from './lookalikes/lookalikes.js';
import { seasonAt } from './season.js';
import type { MockSettings } from './settings.js';
import { stock } from './shop/stock.js';
import { session } from './shop/session.js';
import { Simulation } from './simulation.js';
import { SECOND_MS, type MockRecord } from './world.js';

/** Share of the visits by people who come for the first time. */
const NEWCOMERS = 0.1;

/**
 * What a visit brings, as measured: pages, and more for one that buys. It is believed as much as so many real visits: those
 * that are over first are the short ones, so they tell the truth only once they are many.
 */
const EVENTS_PER_VISIT = 12.4;
const EVENTS_PER_SALE = 19;
const GUESSED_VISITS = 3_000;

/**
 * The events of a simulated shop, in the order of their times, without end. A pure function of the settings: the same ones
 * give the same events, ids and times included, on every machine. Each event keeps to the contract.
 */
export function* mockEvents(settings: MockSettings): Generator<MockRecord, void, undefined> {
  const simulation = new Simulation(settings);
  const { world } = simulation;
  const episodes = new Episodes(world, [...fraudRates(settings), ...LOOKALIKES]);
  world.spawn(stock(world), -world.nowMs());
  world.spawn(arrivals(simulation));
  let counted = 0;
  for (;;) {
    const emitted = simulation.step();
    if (emitted === undefined) return;
    for (; counted < simulation.payments; counted++) episodes.paid();
    yield* emitted;
  }
}

/**
 * Lets visitors come so that the events keep to their rate: how many events a visit brings is learnt from those so far.
 */
function* arrivals(simulation: Simulation): Script {
  const { world } = simulation;
  const { random, population, settings } = world;
  const guessed = GUESSED_VISITS * (EVENTS_PER_VISIT + EVENTS_PER_SALE * settings.conversion);
  const perSimulatedMs = settings.eventsPerSecond / (settings.speed * SECOND_MS);
  let underWay = 0;
  const counted = function* (visit: Script): Script {
    underWay++;
    yield* visit;
    underWay--;
  };
  for (let visits = 0; ; visits++) {
    // Those under way are half over, on average.
    const over = visits - underWay / 2 + GUESSED_VISITS;
    const perVisit = (simulation.happened + guessed) / over;
    const simulatedAt = settings.startMs + world.nowMs();
    const season = settings.seasonal ? seasonAt(simulatedAt) : 1;
    yield random.exponential(perVisit / (perSimulatedMs * season));
    const visitor = random.chance(NEWCOMERS) ? population.newcomer() : population.known();
    world.spawn(counted(session(world, visitor)));
  }
}
