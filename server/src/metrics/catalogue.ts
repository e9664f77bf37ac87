import { Dimension, MetricKind } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type { AmountColumn, CountColumn, SketchName, TopName } from './columns.js';
import type { TableKind } from './tables.js';

/** How a metric's value comes from the merged columns of one window and dimension value. */
export type Computation =
  /** The sum of counters. */
  | { readonly from: 'counts'; readonly sum: readonly CountColumn[] }
  /** A sum of counters per another sum of counters. No value while the latter is 0. */
  | {
      readonly from: 'ratio';
      readonly parts: readonly CountColumn[];
      readonly of: readonly CountColumn[];
    }
  /** An exact sum per currency. */
  | { readonly from: 'amounts'; readonly sum: Exclude<AmountColumn, 'orders'> }
  /** The same divided by the number of orders of the currency, rounded half up to a billionth of the unit. */
  | { readonly from: 'average'; readonly sum: Exclude<AmountColumn, 'orders'> }
  /** Distinct ids. */
  | { readonly from: 'distinct'; readonly sketch: SketchName }
  /** Distinct ids in a span that ends with the window, or with the present in the current one. */
  | { readonly from: 'rolling'; readonly sketch: SketchName; readonly spanMs: number }
  /** Distinct sessions per step. */
  | { readonly from: 'funnel'; readonly steps: readonly SketchName[] }
  /** 1 - sessions that reached the end / sessions that began, 0 to 1. No value while none began. */
  | { readonly from: 'abandonment'; readonly began: SketchName; readonly reached: SketchName }
  /** The most frequent values. */
  | { readonly from: 'tops'; readonly list: TopName };

/** A metric as clients see it and as it is computed. */
export interface MetricDefinition {
  readonly name: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly unit: string;
  /** Besides the whole shop. */
  readonly dimensions: readonly Dimension[];
  readonly approximate: boolean;
  readonly errorBound: string;
  readonly computation: Computation;
}

/** Table kind that a computation reads. */
export const TABLE_OF: Readonly<Record<Computation['from'], TableKind>> = {
  counts: 'counts',
  ratio: 'counts',
  amounts: 'amounts',
  average: 'amounts',
  distinct: 'distinct',
  rolling: 'distinct',
  funnel: 'distinct',
  abandonment: 'distinct',
  tops: 'tops',
};

/** What `visitors_now` looks back. */
export const VISITORS_NOW_SPAN_MS = 5 * 60_000;

const CONTEXT: readonly Dimension[] = [Dimension.COUNTRY, Dimension.DEVICE, Dimension.CHANNEL];
const WITH_CATEGORY: readonly Dimension[] = [...CONTEXT, Dimension.CATEGORY];

const DISTINCT_ERROR =
  'Exact while each of the log’s partitions has at most 256 ids in the window; beyond, a standard error of 2.3 % ' +
  '(HyperLogLog with 2,048 registers).';
const TOP_ERROR =
  'count is never below the true count and above it by at most error_max, which is at most total / 256 (Space-Saving).';

type Shape = Pick<MetricDefinition, 'kind' | 'unit' | 'dimensions' | 'approximate' | 'errorBound'>;

const EXACT = { approximate: false, errorBound: '' };
const EVENTS: Shape = { kind: MetricKind.COUNT, unit: 'events', dimensions: CONTEXT, ...EXACT };
const MONEY: Shape = { kind: MetricKind.MONEY, unit: 'currency', dimensions: CONTEXT, ...EXACT };
const RATIO: Shape = { kind: MetricKind.RATIO, unit: '1', dimensions: CONTEXT, ...EXACT };
const DECISIONS: Shape = { kind: MetricKind.COUNT, unit: 'decisions', dimensions: [], ...EXACT };
const DISTINCT = { dimensions: CONTEXT, approximate: true, errorBound: DISTINCT_ERROR };
const TOP = { kind: MetricKind.TOP, dimensions: [], approximate: true, errorBound: TOP_ERROR };

function define(
  name: string,
  shape: Shape,
  meaning: { readonly description: string; readonly computation: Computation },
): MetricDefinition {
  return { name, ...shape, ...meaning };
}

function counted(name: string, shape: Shape, description: string): MetricDefinition {
  const sum = [name as CountColumn];
  return define(name, shape, { description, computation: { from: 'counts', sum } });
}

const BY_CATEGORY: Shape = { ...EVENTS, dimensions: WITH_CATEGORY };

const DEFINITIONS: readonly MetricDefinition[] = [
  define('events', EVENTS, {
    description: 'Events of any kind that counted in the window.',
    computation: { from: 'counts', sum: ['activity_events', 'transaction_events'] },
  }),
  define('late_events', EVENTS, {
    description:
      'Events that were appended in the window but came too late for the window in which they happened; they count nowhere else.',
    computation: { from: 'counts', sum: ['late_activity_events', 'late_transaction_events'] },
  }),
  define(
    'visitors_now',
    { kind: MetricKind.COUNT, unit: 'visitors', ...DISTINCT },
    {
      description:
        'Distinct visitors (anonymous ids) with user activity in the 5 minutes before the end of the window, or before now in the current one.',
      computation: { from: 'rolling', sketch: 'visitors', spanMs: VISITORS_NOW_SPAN_MS },
    },
  ),
  define(
    'visitors',
    { kind: MetricKind.COUNT, unit: 'visitors', ...DISTINCT },
    {
      description: 'Distinct visitors (anonymous ids) with user activity in the window.',
      computation: { from: 'distinct', sketch: 'visitors' },
    },
  ),
  define(
    'sessions',
    { kind: MetricKind.COUNT, unit: 'sessions', ...DISTINCT },
    {
      description: 'Distinct sessions with user activity in the window.',
      computation: { from: 'distinct', sketch: 'sessions' },
    },
  ),
  counted('page_views', EVENTS, 'Pages or screens shown.'),
  counted('product_views', BY_CATEGORY, 'Product pages shown.'),
  counted('searches', EVENTS, 'Searches made.'),
  counted('cart_adds', BY_CATEGORY, 'Additions to a cart, from a product page or a wishlist.'),
  counted('cart_removes', BY_CATEGORY, 'Removals from a cart.'),
  counted('checkouts', EVENTS, 'Checkouts started.'),
  counted('orders', { ...EVENTS, unit: 'orders' }, 'Orders completed.'),
  counted(
    'items_sold',
    { ...EVENTS, unit: 'pieces', dimensions: WITH_CATEGORY },
    'Pieces in completed orders.',
  ),
  define(
    'revenue',
    { ...MONEY, dimensions: WITH_CATEGORY },
    {
      description:
        'Totals of completed orders, shipping and tax included; by category the totals of the order’s lines. Refunds are not subtracted.',
      computation: { from: 'amounts', sum: 'revenue_nanos' },
    },
  ),
  define('average_order_value', MONEY, {
    description: 'Revenue per completed order of the same currency.',
    computation: { from: 'average', sum: 'revenue_nanos' },
  }),
  counted('refunds', EVENTS, 'Refunds made.'),
  define('refunded', MONEY, {
    description: 'Totals of refunds.',
    computation: { from: 'amounts', sum: 'refunded_nanos' },
  }),
  counted('orders_cancelled', { ...EVENTS, unit: 'orders' }, 'Orders cancelled.'),
  define(
    'funnel',
    { kind: MetricKind.FUNNEL, unit: 'sessions', ...DISTINCT },
    {
      description:
        'Distinct sessions with a product view, a cart addition, a checkout start and an order in the window.',
      computation: {
        from: 'funnel',
        steps: ['view_sessions', 'cart_sessions', 'checkout_sessions', 'order_sessions'],
      },
    },
  ),
  define(
    'cart_abandonment',
    { ...RATIO, ...DISTINCT },
    {
      description:
        'Share of the sessions with a cart addition in the window that are not matched by a session with an order: 1 - order sessions / cart sessions, 0 when there are more orders.',
      computation: { from: 'abandonment', began: 'cart_sessions', reached: 'order_sessions' },
    },
  ),
  counted('payment_attempts', EVENTS, 'Payments attempted.'),
  counted('payments_authorised', EVENTS, 'Payments that the issuer authorised.'),
  counted('payments_declined', EVENTS, 'Payments that the issuer declined.'),
  define('payment_approval_rate', RATIO, {
    description: 'Authorised payments as a share of those that the issuer authorised or declined.',
    computation: {
      from: 'ratio',
      parts: ['payments_authorised'],
      of: ['payments_authorised', 'payments_declined'],
    },
  }),
  counted(
    'fraud_reports',
    { ...EVENTS, unit: 'payments' },
    'Labels that say fraud, in the window in which the shop learned it.',
  ),
  define('fraud_rate', RATIO, {
    description:
      'Payments reported as fraud in the window, by when the shop learned it, per payment attempted in it; above 1 when reports of older payments outnumber the attempts.',
    computation: { from: 'ratio', parts: ['fraud_reports'], of: ['payment_attempts'] },
  }),
  counted('decisions', DECISIONS, 'Fraud decisions about payments.'),
  counted('decisions_challenged', DECISIONS, 'Fraud decisions that ask the customer for more.'),
  counted('decisions_reviewed', DECISIONS, 'Fraud decisions that ask for a person: an alert.'),
  counted('decisions_blocked', DECISIONS, 'Fraud decisions that refuse the payment: an alert.'),
  define(
    'alert_rate',
    { kind: MetricKind.RATIO, unit: '1', dimensions: [], ...EXACT },
    {
      description: 'Fraud decisions that opened an alert as a share of all.',
      computation: {
        from: 'ratio',
        parts: ['decisions_reviewed', 'decisions_blocked'],
        of: ['decisions'],
      },
    },
  ),
  counted('recommendations_shown', EVENTS, 'Recommended products that came into view.'),
  counted('recommendations_clicked', EVENTS, 'Recommended products that were clicked.'),
  define('recommendation_click_rate', RATIO, {
    description: 'Recommended products clicked per recommended product shown.',
    computation: {
      from: 'ratio',
      parts: ['recommendations_clicked'],
      of: ['recommendations_shown'],
    },
  }),
  define(
    'top_products',
    { ...TOP, unit: 'events' },
    {
      description: 'Products by views.',
      computation: { from: 'tops', list: 'products_viewed' },
    },
  ),
  define(
    'top_products_sold',
    { ...TOP, unit: 'pieces' },
    {
      description: 'Products by pieces in completed orders.',
      computation: { from: 'tops', list: 'products_sold' },
    },
  ),
  define(
    'top_categories',
    { ...TOP, unit: 'events' },
    {
      description: 'Categories by product views.',
      computation: { from: 'tops', list: 'categories_viewed' },
    },
  ),
  define(
    'top_search_terms',
    { ...TOP, unit: 'events' },
    {
      description: 'Search terms by searches, without spaces around them and in lower case.',
      computation: { from: 'tops', list: 'search_terms' },
    },
  ),
];

/** Every metric, ordered by name. Each is kept at every resolution. */
export const CATALOGUE: readonly MetricDefinition[] = DEFINITIONS.toSorted((a, b) =>
  a.name < b.name ? -1 : 1,
);

const BY_NAME: ReadonlyMap<string, MetricDefinition> = new Map(
  CATALOGUE.map((definition) => [definition.name, definition]),
);

/** The metric of that name, if there is one. */
export function metricNamed(name: string): MetricDefinition | undefined {
  return BY_NAME.get(name);
}
