import { FEATURES } from './catalogue.js';
import { countryDistanceKm } from './countries.js';
import { entryOf } from './count-payment.js';
import type { EntityKind, FeatureValue, SetName } from './declaration.js';
import type { Entity } from './entity.js';
import type { PaymentFacts } from './payment-facts.js';
import { countryNumber, countryText } from './text-hash.js';

type Entities = Partial<Readonly<Record<EntityKind, Entity>>>;
type Reader = (facts: PaymentFacts, entities: Entities) => FeatureValue;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A login counts for mismatches this long. */
const LOGIN_FRESH_MS = DAY_MS;

/** Fields of the payment, by feature name. */
export const PAYMENT_FIELDS: Readonly<Record<string, Reader>> = {
  amount: (facts) => facts.amountMicros / 1_000_000,
  currency: (facts) => facts.currency,
  method: (facts) => facts.method,
  country: (facts) => facts.country,
  card_country: (facts) => facts.cardCountry,
  shipping_country: (facts) => facts.shippingCountry,
  billing_country: (facts) => facts.billingCountry,
  card_bin: (facts) => facts.cardBin,
  cvc_mismatch: (facts) => facts.cvcMismatch,
  avs_mismatch: (facts) => facts.avsMismatch,
  signed_in: (facts) => facts.userId !== '',
};

/** Features with a rule of their own, by feature name. The entities have the payment counted already. */
export const DERIVED: Readonly<Record<string, Reader>> = {
  amount_to_user_mean_30d: amountToMean,
  first_payment: (_, { user }) => user !== undefined && user.markOf('first_authorised') === 0,
  new_device: (facts, { user }) => isNew(facts, user, ['devices', facts.deviceId]),
  new_card: (facts, { user }) => isNew(facts, user, ['cards', facts.cardId]),
  new_address: (facts, { user }) => isNew(facts, user, ['addresses', facts.addressId]),
  speed_km_per_h: speed,
  login_country_mismatch: (facts, { user }) =>
    loginDiffers(facts, user, ['country', countryNumber(facts.country)]),
  login_device_mismatch: (facts, { user }) =>
    loginDiffers(facts, user, ['device', entryOf(facts.deviceId)]),
  card_country_mismatch: ({ cardCountry, country }) => differ(cardCountry, country),
  shipping_country_mismatch: ({ shippingCountry, cardCountry, country }) =>
    differ(shippingCountry, cardCountry === '' ? country : cardCountry),
  seconds_since_login: ({ atMs }, { user }) => {
    const login = user?.login;
    if (login === undefined) return defaultOf('seconds_since_login');
    return Math.min(Math.max(0, atMs - login.atMs) / 1_000, defaultOf('seconds_since_login'));
  },
  seconds_from_first_view: secondsFromFirstView,
  unviewed_items: unviewedItems,
  coupon_on_first_order: (facts, { user, device }) => {
    if (user !== undefined && user.markOf('first_authorised') !== 0) return false;
    return [user, device].some((entity) => hasCoupon(entity, facts.atMs));
  },
};

const DEFAULTS: ReadonlyMap<string, FeatureValue> = new Map(
  FEATURES.map((feature) => [feature.name, feature.default]),
);

function defaultOf(name: string): number {
  return Number(DEFAULTS.get(name));
}

function differ(a: string, b: string): boolean {
  return a !== '' && b !== '' && a !== b;
}

function amountToMean({ atMs, currency, amountMicros }: PaymentFacts, { user }: Entities): number {
  const amounts = user?.amounts.get(currency);
  if (amounts === undefined) return defaultOf('amount_to_user_mean_30d');
  const earlier = amounts.meanCount.total(atMs) - 1;
  const sum = amounts.meanSum.total(atMs) - amountMicros;
  return earlier < 1 || sum <= 0
    ? defaultOf('amount_to_user_mean_30d')
    : (amountMicros * earlier) / sum;
}

/** Whether the user was known for a day, but met this device, card or address less than a day ago. */
function isNew(
  { atMs }: PaymentFacts,
  user: Entity | undefined,
  [set, id]: readonly [set: SetName, id: string],
): boolean {
  const firstSeenMs = user?.markOf('first_seen') ?? 0;
  if (user === undefined || id === '' || firstSeenMs === 0 || firstSeenMs > atMs - DAY_MS) {
    return false;
  }
  const metMs = user.setOf(set)?.firstSeenMs(entryOf(id)) ?? atMs;
  return metMs > atMs - DAY_MS;
}

/** The fastest journey from another country in which the user was within 24 hours; a minute is the shortest time. */
function speed({ atMs, country }: PaymentFacts, { user }: Entities): number {
  let fastest = 0;
  user?.setOf('countries')?.each((number, _, lastSecond) => {
    const passedMs = atMs - lastSecond * 1_000;
    if (passedMs < 0 || passedMs > DAY_MS) return;
    const km = countryDistanceKm(countryText(number), country);
    fastest = Math.max(fastest, (km * HOUR_MS) / Math.max(passedMs, 60_000));
  });
  return Math.round(fastest);
}

function loginDiffers(
  { atMs }: PaymentFacts,
  user: Entity | undefined,
  [what, here]: readonly [what: 'country' | 'device', here: number],
): boolean {
  const login = user?.login;
  if (login === undefined || Math.abs(atMs - login.atMs) > LOGIN_FRESH_MS) return false;
  return here !== 0 && login[what] !== 0 && login[what] !== here;
}

function secondsFromFirstView({ atMs }: PaymentFacts, { device }: Entities): number {
  const most = defaultOf('seconds_from_first_view');
  const until = Math.floor(atMs / 1_000);
  let seconds = -1;
  device?.setOf('viewed_items')?.each((_, first, last) => {
    if (last > until - most && first <= until) seconds = Math.max(seconds, until - first);
  });
  return seconds === -1 ? most : Math.min(seconds, most);
}

/** Items of the newest checkout, at most a day old, that the device did not view. */
function unviewedItems({ atMs }: PaymentFacts, { device }: Entities): number {
  const until = Math.floor(atMs / 1_000);
  const viewed = device?.setOf('viewed_items');
  const checkout = device?.setOf('checkout_items');
  let newest = 0;
  checkout?.each((_, first, last) => {
    if (first <= until && last > newest) newest = last;
  });
  if (newest <= until - DAY_MS / 1_000) return 0;
  let unviewed = 0;
  checkout?.each((item, _, last) => {
    if (last === newest && viewed?.firstSeenMs(item) === undefined) unviewed += 1;
  });
  return unviewed;
}

/** A coupon within 24 hours; an order of the user with one counts for longer, for the user never paid. */
function hasCoupon(entity: Entity | undefined, atMs: number): boolean {
  if (entity === undefined) return false;
  const { series, layout } = entity;
  return layout.series.some(
    ({ tally, rule }, place) =>
      ((tally === 'coupons' && rule.lengthMs === DAY_MS) ||
        (tally === 'coupon_orders' && entity.kind === 'user')) &&
      (series[place]?.total(atMs) ?? 0) > 0,
  );
}
