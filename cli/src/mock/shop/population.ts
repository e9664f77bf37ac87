import { DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { Random } from '../random.js';
import { TASTES } from './catalogue.js';
import { homeCountry, ipIn, type Country } from './places.js';

/** A device as the shop sees it. */
export interface Device {
  readonly anonymousId: string;
  readonly fingerprint: string;
  readonly type: DeviceType;
  readonly os: string;
  readonly browser: string;
}

/** A payment card as the shop sees it. */
export interface Card {
  readonly fingerprint: string;
  readonly bin: string;
  readonly country: string;
}

/** Where goods go. */
export interface HomeAddress {
  readonly fingerprint: string;
  readonly country: string;
  readonly postalCode: string;
}

/** Where somebody is on line. */
export interface Place {
  readonly country: Country;
  readonly ip: string;
}

/** Somebody who visits the shop, again and again. */
export interface Visitor {
  readonly id: string;
  readonly home: Place;
  readonly tastes: readonly [first: number, second: number];
  /** 1 or 2; the second one may be added later. */
  readonly devices: Device[];
  /** 1 or 2; empty for those who never pay by card. */
  readonly cards: Card[];
  address: HomeAddress;
  /** The account, once made. */
  userId: string | undefined;
  /** Those who live together. */
  readonly household: { size: number };
  /** How likely the next visit buys, against the average. */
  readonly eagerness: number;
  orders: number;
  /** Devices on which the account is known already. */
  readonly knownOn: Set<string>;
}

const DESKTOPS: readonly (readonly [os: string, browser: string])[] = [
  ['Windows 11', 'Chrome 131'],
  ['Windows 11', 'Edge 131'],
  ['macOS 15', 'Safari 18'],
  ['Ubuntu 24.04', 'Firefox 132'],
];
const PHONES: typeof DESKTOPS = [
  ['Android 15', 'Chrome 131'],
  ['Android 14', 'Samsung Internet 26'],
  ['iOS 18', 'Safari 18'],
];

const BIN_DIGITS = 6;

export function makeDevice(random: Random, type?: DeviceType): Device {
  const kind = type ?? (random.chance(0.58) ? DeviceType.MOBILE : DeviceType.DESKTOP);
  const [os, browser] = random.pick(kind === DeviceType.MOBILE ? PHONES : DESKTOPS);
  return {
    anonymousId: `d-${random.hex(16)}`,
    fingerprint: `fp-${random.hex(16)}`,
    type: kind,
    os,
    browser,
  };
}

export function makeCard(random: Random, country: string): Card {
  let bin = random.pick(['4', '5']);
  while (bin.length < BIN_DIGITS) bin += String(random.int(0, 9));
  return { fingerprint: `card-${random.hex(16)}`, bin, country };
}

/** The bank sends a new card: the old one was stolen or expired. */
export function replaceCard(random: Random, { cards, home }: Visitor): void {
  if (cards.length > 0) cards[0] = makeCard(random, home.country.code);
}

export function makeAddress(random: Random, country: string): HomeAddress {
  const postalCode = String(random.int(10_000, 99_999));
  return { fingerprint: `addr-${random.hex(16)}`, country, postalCode };
}

export const makeUserId = (random: Random): string => `u-${random.hex(12)}`;

/** Share of visitors who live with one who is there already, and share the line and the address, some also a device. */
const HOUSEHOLD = 0.18;
const HOUSEHOLD_DEVICE = 0.35;
const HOUSEHOLD_SIZE_MAX = 4;
const OFFICE_LINES = 20;

/**
 * The people who know the shop. As many as the settings say at any time: those who leave are replaced, so new customers
 * come all the time and memory stays bounded.
 */
export class Population {
  readonly #random: Random;
  readonly #visitors: Visitor[] = [];
  /** Lines that many share: offices, schools. */
  readonly #offices: readonly Place[];

  constructor(random: Random, size: number) {
    this.#random = random;
    this.#offices = Array.from({ length: OFFICE_LINES }, () => {
      const country = homeCountry(random);
      return { country, ip: ipIn(random, country) };
    });
    for (let count = 0; count < size; count++) this.#visitors.push(this.#make(false));
  }

  /** Somebody who was here before, or may have been. */
  known(): Visitor {
    return this.#random.pick(this.#visitors);
  }

  /** Somebody with an account and an order behind them. Falls back to anybody when nobody is found soon. */
  customer(): Visitor & { userId: string } {
    for (let tries = 0; ; tries++) {
      const visitor = this.known();
      if (tries > 200) visitor.userId ??= makeUserId(this.#random);
      if (hasAccount(visitor) && (visitor.cards.length > 0 || tries > 200)) return visitor;
    }
  }

  /** Somebody who comes for the first time, in place of one who leaves; `mate`: somebody they live with. */
  newcomer(mate?: Visitor): Visitor {
    const visitor = this.#make(true, mate);
    this.#visitors[this.#random.int(0, this.#visitors.length - 1)] = visitor;
    return visitor;
  }

  #make(fresh: boolean, livesWith?: Visitor): Visitor {
    const random = this.#random;
    const shares = this.#visitors.length > 0 && random.chance(HOUSEHOLD);
    const mate = livesWith ?? (shares ? this.#mate() : undefined);
    const household = mate?.household ?? { size: 0 };
    household.size++;
    const home = mate?.home ?? this.#line();
    const shared = mate?.devices[0];
    const sharing = shared !== undefined && random.chance(HOUSEHOLD_DEVICE);
    const devices = [sharing ? shared : makeDevice(random)];
    if (!fresh && random.chance(0.35)) devices.push(makeDevice(random));
    const cards = random.chance(0.8) ? [makeCard(random, home.country.code)] : [];
    if (cards.length > 0 && random.chance(0.2)) cards.push(makeCard(random, home.country.code));
    const userId = random.chance(fresh ? 0 : 0.65) ? makeUserId(random) : undefined;
    const known = userId === undefined ? [] : devices.map(({ anonymousId }) => anonymousId);
    return {
      id: random.hex(12),
      home,
      household,
      tastes: [random.int(0, TASTES - 1), random.int(0, TASTES - 1)],
      devices,
      cards,
      address: mate?.address ?? makeAddress(random, home.country.code),
      userId,
      eagerness: random.logNormal(0.8, 0.7),
      orders: fresh ? 0 : random.int(0, 6),
      knownOn: new Set(known),
    };
  }

  /** Somebody with room for one more; undefined when the first one who is asked has none. */
  #mate(): Visitor | undefined {
    const asked = this.known();
    return asked.household.size < HOUSEHOLD_SIZE_MAX ? asked : undefined;
  }

  #line(): Place {
    const random = this.#random;
    if (random.chance(0.04)) return random.pick(this.#offices);
    const country = homeCountry(random);
    return { country, ip: ipIn(random, country) };
  }
}

function hasAccount(visitor: Visitor): visitor is Visitor & { userId: string } {
  return visitor.userId !== undefined;
}
