import type { Random } from '../random.js';
import { samplerOf } from '../sampler.js';

/** A country from which people visit the shop. */
export interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  readonly locale: string;
  /** Share of the customers, in per cent. */
  readonly share: number;
  /** Second part of its IP addresses; the first is 10, so that no address is anybody's. */
  readonly network: number;
  /** People far apart cannot be the same: countries of one region are near each other. */
  readonly region: 'europe' | 'america' | 'asia' | 'africa' | 'oceania';
}

const country = (
  code: string,
  locale: string,
  [share, network, region]: readonly [number, number, Country['region']],
): Country => ({ code, locale, share, network, region });

export const COUNTRIES: readonly Country[] = [
  country('DE', 'de-DE', [38, 10, 'europe']),
  country('AT', 'de-AT', [9, 20, 'europe']),
  country('CH', 'de-CH', [6, 30, 'europe']),
  country('FR', 'fr-FR', [11, 40, 'europe']),
  country('NL', 'nl-NL', [7, 50, 'europe']),
  country('IT', 'it-IT', [6, 60, 'europe']),
  country('ES', 'es-ES', [5, 70, 'europe']),
  country('PL', 'pl-PL', [5, 80, 'europe']),
  country('SE', 'sv-SE', [3, 90, 'europe']),
  country('GB', 'en-GB', [4, 100, 'europe']),
  country('US', 'en-US', [3, 110, 'america']),
  country('CA', 'en-CA', [1, 120, 'america']),
  country('BR', 'pt-BR', [0.5, 130, 'america']),
  country('MX', 'es-MX', [0.3, 140, 'america']),
  country('NG', 'en-NG', [0.2, 150, 'africa']),
  country('ZA', 'en-ZA', [0.2, 160, 'africa']),
  country('IN', 'en-IN', [0.3, 170, 'asia']),
  country('SG', 'en-SG', [0.2, 180, 'asia']),
  country('VN', 'vi-VN', [0.1, 190, 'asia']),
  country('AU', 'en-AU', [0.2, 200, 'oceania']),
];

const byShare = samplerOf(COUNTRIES, ({ share }) => share);

/** Where a customer lives. */
export const homeCountry = (random: Random): Country => byShare(random);

/** A country in another part of the world. */
export function farCountry(random: Random, from: Country): Country {
  return random.pick(COUNTRIES.filter(({ region }) => region !== from.region));
}

/** Another country, near or far, as likely as customers live there. */
export function otherCountry(random: Random, from: Country): Country {
  for (;;) {
    const drawn = byShare(random);
    if (drawn !== from) return drawn;
  }
}

/** An address in the country's network: what a router at home, an office or a phone has. */
export function ipIn(random: Random, { network }: Country): string {
  return `10.${network + random.int(0, 7)}.${random.int(0, 255)}.${random.int(1, 254)}`;
}
