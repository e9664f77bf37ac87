import type { WindowName } from './windows.js';

/** What features are kept for. A device is an `anonymous_id`; cards and addresses are fingerprints. */
export const ENTITY_KINDS = ['user', 'card', 'device', 'ip', 'address'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** What is counted per entity. */
export const TALLIES = [
  'payments',
  'small_payments',
  'declines',
  'failed_logins',
  'sign_ups',
  'coupons',
  'coupon_orders',
  'refunds',
  'frauds',
] as const;
export type Tally = (typeof TALLIES)[number];

/** Sets of distinct values per entity, each exact up to 25. */
export const SETS = [
  'users',
  'cards',
  'devices',
  'addresses',
  'countries',
  'viewed_items',
  'checkout_items',
] as const;
export type SetName = (typeof SETS)[number];

/** Instants kept per entity; shares merge by `min` (the first time) or `max` (the last time). */
export const MARKS = [
  { name: 'first_seen', merge: 'min' },
  { name: 'last_seen', merge: 'max' },
  { name: 'first_authorised', merge: 'min' },
  { name: 'last_authorised', merge: 'max' },
  { name: 'password_reset', merge: 'max' },
  { name: 'address_changed', merge: 'max' },
] as const;
export type Mark = (typeof MARKS)[number]['name'];

/** A value of a feature: what rules see. Whole numbers are doubles too: CEL keeps int and double apart. */
export type FeatureValue = number | boolean | string;
export type FeatureType = 'double' | 'bool' | 'string';

/** Where a feature's value comes from. */
export type FeatureSource =
  | {
      readonly from: 'count';
      readonly kind: EntityKind;
      readonly tally: Tally;
      readonly window: WindowName;
    }
  | {
      readonly from: 'distinct';
      readonly kind: EntityKind;
      readonly set: SetName;
      readonly window: WindowName;
    }
  /** Sum of the payments' amounts in the currency of this payment. */
  | { readonly from: 'amount'; readonly kind: EntityKind; readonly window: WindowName }
  /** Time from a mark to the payment, in `unitMs`, at most the default. */
  | {
      readonly from: 'since';
      readonly kind: EntityKind;
      readonly mark: Mark;
      readonly unitMs: number;
    }
  /** Declines since the newest authorisation, exact up to 25. */
  | { readonly from: 'streak'; readonly kind: EntityKind }
  /** A field of the payment itself. */
  | { readonly from: 'payment' }
  /** Computed by a function of its own, found by the feature's name. */
  | { readonly from: 'derived' };

/** A feature: declared once, used by the stream, by rules, in decisions and in documentation. */
export interface FeatureDeclaration {
  /** Lower snake case; a variable in rules. */
  readonly name: string;
  readonly type: FeatureType;
  /** Unit in words; empty for texts and booleans. */
  readonly unit: string;
  /** What an operator reads, without a full stop. */
  readonly description: string;
  /** The value when nothing is known. */
  readonly default: FeatureValue;
  readonly source: FeatureSource;
}

/** Payments below this amount, in units of their currency, are small: what card testers try. */
export const SMALL_PAYMENT_UNITS = 5;
