/**
 * The columns that the fold keeps. Each is written from one topic only, so the share of a topic partition is the only
 * writer of its cells.
 */

/** Counters, in the order of `Counts`. `…_events` and `late_…` stand for the topic that writes them. */
export const COUNT_COLUMNS = [
  'activity_events',
  'late_activity_events',
  'page_views',
  'product_views',
  'searches',
  'cart_adds',
  'cart_removes',
  'checkouts',
  'recommendations_shown',
  'recommendations_clicked',
  'transaction_events',
  'late_transaction_events',
  'orders',
  'items_sold',
  'refunds',
  'orders_cancelled',
  'payment_attempts',
  'payments_authorised',
  'payments_declined',
  'fraud_reports',
  'decisions',
  'late_decisions',
  'decisions_allowed',
  'decisions_challenged',
  'decisions_reviewed',
  'decisions_blocked',
] as const;

export type CountColumn = (typeof COUNT_COLUMNS)[number];

/** Index of a counter by its column. */
export const COUNT: Readonly<Record<CountColumn, number>> = indexed(COUNT_COLUMNS);

/** Distinct counts. Visitors and sessions come from user activity: refunds and labels are no visits. */
export const SKETCHES = [
  'visitors',
  'sessions',
  'view_sessions',
  'cart_sessions',
  'checkout_sessions',
  'order_sessions',
] as const;

export type SketchName = (typeof SKETCHES)[number];

/** Index of a distinct count by its name. */
export const SKETCH: Readonly<Record<SketchName, number>> = indexed(SKETCHES);

/** Lists of frequent values, kept for the whole shop. */
export const TOPS = [
  'products_viewed',
  'categories_viewed',
  'search_terms',
  'products_sold',
] as const;

export type TopName = (typeof TOPS)[number];

/** Index of a list by its name. */
export const TOP: Readonly<Record<TopName, number>> = indexed(TOPS);

/** Columns of the amounts of one currency. */
export const AMOUNT_COLUMNS = ['revenue_nanos', 'refunded_nanos', 'orders'] as const;

export type AmountColumn = (typeof AMOUNT_COLUMNS)[number];

/** Most currencies of one row; later ones are summed up as `XXX`, ISO 4217 for "no currency". */
export const CURRENCIES_MAX = 64;
export const CURRENCY_OTHER = 'XXX';

function indexed<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  const index: Partial<Record<Name, number>> = {};
  names.forEach((name, position) => {
    index[name] = position;
  });
  return index as Record<Name, number>;
}
