import type { World } from '../world.js';
import { SECOND_MS } from '../world.js';
import { logIn } from './account.js';
import { browse, type Doing } from './browse.js';
import type { Device, Visitor } from './population.js';
import { openVisit } from './visit.js';

/** A customer looks around at home, logged in: mostly with the password just now, else from before. */
export function* visitAtHome(
  world: World,
  visitor: Visitor & { readonly userId: string },
  device: Device,
): Doing<void> {
  const { random } = world;
  const { userId, home: place, tastes } = visitor;
  const visit = openVisit(world, { device, place, tastes, userId });
  visit.emit({ $case: 'sessionStarted', value: { landingPath: '/' } });
  yield 3 * SECOND_MS;
  if (random.chance(0.85)) {
    yield* logIn(visit, userId, !visitor.knownOn.has(device.anonymousId));
    visitor.knownOn.add(device.anonymousId);
  }
  yield* browse(visit, random.int(1, 4));
}
