import type { Episode, Rate } from '../episode.js';
import { HOUR_MS, MINUTE_MS } from '../world.js';
import { visitAtHome } from '../shop/at-home.js';
import { farCountry, ipIn, otherCountry } from '../shop/places.js';
import { makeDevice } from '../shop/population.js';
import { session } from '../shop/session.js';

/**
 * Somebody at home turns on a tunnel (VPN) in the middle of shopping: the same device is in another part of the world
 * minutes later, and buys.
 */
const tunnel: Episode = {
  payments: () => 1,
  play: function* (world) {
    const { random, population } = world;
    const visitor = population.customer();
    const device = random.pick(visitor.devices);
    yield* visitAtHome(world, visitor, device);
    yield random.between(MINUTE_MS, 20 * MINUTE_MS);
    const country = farCountry(random, visitor.home.country);
    const place = { country, ip: ipIn(random, country) };
    yield* session(world, visitor, { device, place, buys: true });
  },
};

/** Somebody travels: hours after a visit at home the own phone buys from another country. */
const journey: Episode = {
  payments: () => 1,
  play: function* (world) {
    const { random, population } = world;
    const visitor = population.customer();
    const device = random.pick(visitor.devices);
    yield* visitAtHome(world, visitor, device);
    yield random.between(4 * HOUR_MS, 20 * HOUR_MS);
    const country = otherCountry(random, visitor.home.country);
    const place = { country, ip: ipIn(random, country) };
    yield* session(world, visitor, { device, place, buys: true });
  },
};

/** A family or a shared flat: two or three people on one tablet and one line, each with a first order and its coupon. */
const family: Episode = {
  payments: (random) => random.int(2, 3),
  play: function* (world, payments) {
    const { random, population } = world;
    const device = makeDevice(random);
    const host = population.newcomer();
    for (let count = 0; count < payments; count++) {
      const member = count === 0 ? host : population.newcomer(host);
      const place = host.home;
      yield* session(world, member, { device, place, buys: true, coupon: true });
      yield random.exponential(8 * HOUR_MS);
    }
  },
};

/** A public computer: strangers log in and buy one after the other, each with an own card and address. */
const publicComputer: Episode = {
  payments: (random) => random.int(3, 6),
  play: function* (world, payments) {
    const { random, population } = world;
    const device = makeDevice(random);
    const { home: place } = population.customer();
    for (let count = 0; count < payments; count++) {
      yield* session(world, population.customer(), { device, place, buys: true });
      yield random.exponential(5 * HOUR_MS);
    }
  },
};

/** Somebody with a new phone on the way: a new device and a new line, and something dear. */
const newPhone: Episode = {
  payments: () => 1,
  play: function* (world) {
    const { random, population } = world;
    const visitor = population.customer();
    const { country } = visitor.home;
    const device = makeDevice(random);
    if (visitor.devices.length < 3) visitor.devices.push(device);
    const place = { country, ip: ipIn(random, country) };
    yield* session(world, visitor, { device, place, buys: true });
  },
};

/**
 * Honest customers who look a bit like each kind of fraud, as shares of all payments. More of it lies in ordinary visits:
 * gifts to other addresses, retries with another card, forgotten passwords, new cards, households that share a device.
 */
export const LOOKALIKES: readonly Rate[] = [
  { episode: tunnel, share: 0.0003 },
  { episode: journey, share: 0.006 },
  { episode: family, share: 0.0012 },
  { episode: publicComputer, share: 0.0006 },
  { episode: newPhone, share: 0.006 },
];
