/** The kinds of fraud that happen in the mock shop. */
export const FRAUD_TYPES = [
  'card_testing',
  'account_takeover',
  'impossible_travel',
  'device_ring',
  'promo_abuse',
] as const;

/** One kind of fraud. */
export type FraudType = (typeof FRAUD_TYPES)[number];

/** Everything that decides which events the mock shop sends: the same settings give the same bytes. */
export interface MockSettings {
  /** Whole number that all chance comes from. Default 1. */
  readonly seed: number;
  /** When the first event may happen, milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** Events in a second of the events' own times, on average over a week, above 0. Default 50. */
  readonly eventsPerSecond: number;
  /**
   * Simulated seconds in a second of the events' own times, 1 or more. Default 1. At 60 a visit of five minutes takes five
   * seconds and a label that comes after twelve days comes after five hours.
   */
  readonly speed: number;
  /** Visitors that the shop knows at a time, 100 to 1,000,000; some leave and are replaced. Default 5,000. */
  readonly visitors: number;
  /** Products in the catalogue, 50 to 100,000. Default 600. */
  readonly items: number;
  /** Share of visits that want to buy, 0 to 1. Default 0.08. */
  readonly conversion: number;
  /** Share of payments that are fraud of each type, 0 to 0.2 each. Default 0.0015 each, so 0.75 % of all payments. */
  readonly fraud: Readonly<Record<FraudType, number>>;
  /** Whether hours and weekdays differ. Default true. */
  readonly seasonal: boolean;
  /**
   * Simulated milliseconds that pass unseen before the start, so that visits are under way when it begins, 0 or more.
   * Default 300,000 (5 minutes).
   */
  readonly warmUpMs: number;
  /** ISO 4217 code of all amounts. Default EUR. */
  readonly currency: string;
}

export const MOCK_DEFAULTS: Omit<MockSettings, 'startMs'> = {
  seed: 1,
  eventsPerSecond: 50,
  speed: 1,
  visitors: 5_000,
  items: 600,
  conversion: 0.08,
  fraud: fraudRates(0.0015),
  seasonal: true,
  warmUpMs: 300_000,
  currency: 'EUR',
};

/** The same share of payments for each fraud type. */
export function fraudRates(share: number): Readonly<Record<FraudType, number>> {
  return {
    card_testing: share,
    account_takeover: share,
    impossible_travel: share,
    device_ring: share,
    promo_abuse: share,
  };
}
