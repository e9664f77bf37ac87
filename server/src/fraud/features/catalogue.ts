import type {
  EntityKind,
  FeatureDeclaration,
  Mark,
  SetName,
  Tally,
  FeatureType,
  FeatureValue,
} from './declaration.js';
import type { WindowName } from './windows.js';

const DAY_MS = 86_400_000;

const WINDOW_WORDS: Readonly<Record<WindowName, string>> = {
  '5m': '5 minutes',
  '1h': 'an hour',
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
};

const KIND_WORDS: Readonly<Record<EntityKind, string>> = {
  user: 'user',
  card: 'card',
  device: 'device',
  ip: 'IP address',
  address: 'shipping address',
};

function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** Counters of one tally: one feature per kind and window. */
function counts(tally: Tally, wanted: Partial<Record<EntityKind, readonly WindowName[]>>) {
  return perWindow(wanted, (kind, window) => ({
    name: `${tally}_per_${kind}_${window}`,
    unit: words(tally),
    description: `${words(tally)} of the ${KIND_WORDS[kind]} within ${WINDOW_WORDS[window]}`,
    source: { from: 'count', kind, tally, window },
  }));
}

/** Distinct values of one set: one feature per kind and window. */
function distincts(set: SetName, wanted: Partial<Record<EntityKind, readonly WindowName[]>>) {
  return perWindow(wanted, (kind, window) => ({
    name: `${set}_per_${kind}_${window}`,
    unit: words(set),
    description: `distinct ${words(set)} of the ${KIND_WORDS[kind]} within ${WINDOW_WORDS[window]}, 25 stands for more`,
    source: { from: 'distinct', kind, set, window },
  }));
}

function amounts(wanted: Partial<Record<EntityKind, readonly WindowName[]>>) {
  return perWindow(wanted, (kind, window) => ({
    name: `amount_per_${kind}_${window}`,
    unit: 'currency units',
    description: `amount tried by the ${KIND_WORDS[kind]} within ${WINDOW_WORDS[window]} in this payment's currency`,
    source: { from: 'amount', kind, window },
  }));
}

function perWindow(
  wanted: Partial<Record<EntityKind, readonly WindowName[]>>,
  made: (
    kind: EntityKind,
    window: WindowName,
  ) => Pick<FeatureDeclaration, 'name' | 'unit' | 'description' | 'source'>,
): FeatureDeclaration[] {
  return (Object.keys(wanted) as EntityKind[]).flatMap((kind) =>
    (wanted[kind] ?? []).map((window) => ({
      type: 'double' as const,
      default: 0,
      ...made(kind, window),
    })),
  );
}

function since(name: string, kind: EntityKind, how: { mark: Mark; unit: 'days' | 'seconds' }) {
  const { mark, unit } = how;
  return {
    name,
    type: 'double',
    unit,
    description: `${unit} from ${words(mark)} of the ${KIND_WORDS[kind]} to the payment`,
    default: SINCE_DEFAULTS[mark]?.[unit] ?? 0,
    source: { from: 'since', kind, mark, unitMs: unit === 'days' ? DAY_MS : 1_000 },
  } as const satisfies FeatureDeclaration;
}

/** Ages are 0 for what was never seen; times since an event are 31 days when it is not known. */
const SINCE_DEFAULTS: Partial<Record<Mark, Partial<Record<'days' | 'seconds', number>>>> = {
  password_reset: { seconds: 2_678_400 },
  address_changed: { seconds: 2_678_400 },
};

function streak(kind: EntityKind): FeatureDeclaration {
  return {
    name: `decline_streak_per_${kind}`,
    type: 'double',
    unit: 'declines',
    description: `declines of the ${KIND_WORDS[kind]} since its newest authorisation, 25 stands for more`,
    default: 0,
    source: { from: 'streak', kind },
  };
}

function own(
  from: 'payment' | 'derived',
  name: string,
  more: { type: FeatureType; default: FeatureValue; description: string; unit?: string },
): FeatureDeclaration {
  return { name, unit: '', source: { from }, ...more };
}

const flag = (from: 'payment' | 'derived', name: string, description: string) =>
  own(from, name, { type: 'bool', default: false, description });
const text = (name: string, description: string) =>
  own('payment', name, { type: 'string', default: '', description });

const PAYMENT: readonly FeatureDeclaration[] = [
  own('payment', 'amount', {
    type: 'double',
    default: 0,
    unit: 'currency units',
    description: 'amount of the payment',
  }),
  text('currency', 'currency of the payment, ISO 4217'),
  text('method', 'how it is paid, such as card'),
  text('country', 'country the visitor is in, ISO 3166-1 alpha-2'),
  text('card_country', 'country of issue of the card'),
  text('shipping_country', 'country the goods go to'),
  text('billing_country', 'country the bill goes to'),
  text('card_bin', 'first digits of the card'),
  flag('payment', 'cvc_mismatch', 'the security code was wrong'),
  flag('payment', 'avs_mismatch', 'the billing address was not the card holder’s'),
  flag('payment', 'signed_in', 'the payment names a user'),
];

const VELOCITY: readonly FeatureDeclaration[] = [
  ...counts('payments', {
    user: ['24h', '30d'],
    card: ['24h'],
    device: ['5m', '24h'],
    ip: ['5m', '1h'],
    address: ['24h'],
  }),
  ...counts('small_payments', { device: ['5m'], ip: ['5m'] }),
  ...counts('declines', { user: ['24h'], card: ['24h'], device: ['1h'], ip: ['1h'] }),
  ...counts('failed_logins', { user: ['1h'], device: ['1h'], ip: ['1h'] }),
  ...counts('sign_ups', { device: ['24h'], ip: ['24h'] }),
  ...counts('coupons', { user: ['24h'], device: ['24h', '7d'] }),
  ...counts('coupon_orders', { user: ['30d'], device: ['30d'], address: ['30d'] }),
  ...counts('refunds', { user: ['30d'] }),
  ...counts('frauds', { user: ['30d'], card: ['30d'], device: ['30d'], address: ['30d'] }),
  streak('user'),
  streak('card'),
  streak('device'),
  streak('ip'),
];

const FAN_OUT: readonly FeatureDeclaration[] = [
  ...distincts('cards', {
    user: ['24h'],
    device: ['1h', '24h'],
    ip: ['1h'],
    address: ['30d'],
  }),
  ...distincts('users', { card: ['30d'], device: ['24h', '30d'], ip: ['24h'], address: ['30d'] }),
  ...distincts('devices', { user: ['24h'], card: ['24h'] }),
  ...distincts('countries', { user: ['1h', '24h'] }),
  ...distincts('viewed_items', { device: ['24h'] }),
];

const AGE: readonly FeatureDeclaration[] = [
  since('user_age_days', 'user', { mark: 'first_seen', unit: 'days' }),
  since('card_age_days', 'card', { mark: 'first_seen', unit: 'days' }),
  since('device_age_days', 'device', { mark: 'first_seen', unit: 'days' }),
  since('address_age_days', 'address', { mark: 'first_seen', unit: 'days' }),
  since('seconds_since_password_reset', 'user', { mark: 'password_reset', unit: 'seconds' }),
  since('seconds_since_address_change', 'user', { mark: 'address_changed', unit: 'seconds' }),
];

const AMOUNT: readonly FeatureDeclaration[] = [
  ...amounts({ user: ['24h'], card: ['24h'] }),
  own('derived', 'amount_to_user_mean_30d', {
    type: 'double',
    default: 1,
    unit: 'times',
    description: 'amount as a multiple of the mean of the user’s earlier payments within 30 days',
  }),
];

const DERIVED: readonly FeatureDeclaration[] = [
  flag('derived', 'first_payment', 'the user never had a payment authorised before'),
  flag('derived', 'new_device', 'the user is older than a day and the device new to the user'),
  flag('derived', 'new_card', 'the user is older than a day and the card new to the user'),
  flag('derived', 'new_address', 'the user is older than a day and the address new to the user'),
  own('derived', 'speed_km_per_h', {
    type: 'double',
    default: 0,
    unit: 'km/h',
    description:
      'fastest journey, between the middles of countries, from where the user was within 24 hours',
  }),
  flag('derived', 'login_country_mismatch', 'the newest login came from another country'),
  flag('derived', 'login_device_mismatch', 'the newest login was on another device'),
  flag('derived', 'card_country_mismatch', 'the card is from another country than the visitor'),
  flag(
    'derived',
    'shipping_country_mismatch',
    'the goods go to another country than the card’s, or the visitor’s without a card',
  ),
  own('derived', 'seconds_since_login', {
    type: 'double',
    default: 2_678_400,
    unit: 'seconds',
    description: 'seconds from the user’s newest login to the payment',
  }),
  own('derived', 'seconds_from_first_view', {
    type: 'double',
    default: 86_400,
    unit: 'seconds',
    description: 'seconds from the first product view of the device within 24 hours to the payment',
  }),
  own('derived', 'unviewed_items', {
    type: 'double',
    default: 0,
    unit: 'items',
    description: 'items of the newest checkout that the device never viewed before',
  }),
  flag('derived', 'coupon_on_first_order', 'a coupon is used by a user who never paid before'),
];

/**
 * Every feature, in the order in which decisions list them. What is declared here is what the fold keeps: a new
 * window of a tally costs nothing else but this line.
 */
export const FEATURES: readonly FeatureDeclaration[] = [
  ...PAYMENT,
  ...VELOCITY,
  ...FAN_OUT,
  ...AGE,
  ...AMOUNT,
  ...DERIVED,
];
