import {
  Dimension,
  MetricKind,
  Resolution,
  type Metric,
  type Point,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { moneyAmount, type MoneyAmount } from '../reading/money-amount.js';

/** Length of a metric's windows; `day` is a day in the shop's time zone. */
export type MetricResolution = '10s' | 'minute' | 'hour' | 'day';

/** What a metric may be split by. */
export type MetricDimension = 'country' | 'device' | 'channel' | 'category';

/** One frequent value. */
export interface TopEntry {
  /** The value, such as a product id or a search term. */
  readonly value: string;
  /** Its estimated count: never below the true one, above it by at most `errorMax`. */
  readonly count: number;
  readonly errorMax: number;
}

/** A metric's value, by its kind. */
export type MetricValue =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'money'; readonly money: MoneyAmount }
  /** A share between 0 and 1. */
  | { readonly kind: 'ratio'; readonly ratio: number }
  /** Most frequent first, at most 50; `total` weighs everything, listed or not. */
  | { readonly kind: 'top'; readonly entries: readonly TopEntry[]; readonly total: number }
  /** Distinct sessions that reached each step. */
  | {
      readonly kind: 'funnel';
      readonly view: number;
      readonly cart: number;
      readonly checkout: number;
      readonly order: number;
    };

/** One metric's value in one window. */
export interface MetricPoint {
  /** The metric's name, such as `page_views`. */
  readonly metric: string;
  readonly resolution: MetricResolution;
  /** The split; absent for the whole shop. */
  readonly dimension?: MetricDimension;
  /** Value of the split; empty for the whole shop. */
  readonly dimensionValue: string;
  /** Start of the window, inclusive. */
  readonly startTime: Date;
  /** End of the window, exclusive. */
  readonly endTime: Date;
  readonly value: MetricValue;
  /** True when the value is an estimate. */
  readonly approximate: boolean;
}

/** A metric that can be asked for. */
export interface MetricDescription {
  readonly metric: string;
  /** What it measures, in one sentence. */
  readonly description: string;
  readonly kind: MetricValue['kind'] | 'unknown';
  /** `events`, `sessions`, `visitors`, `pieces`, `orders`, `1` (a ratio) or `currency`. */
  readonly unit: string;
  /** Splits that it is kept by, besides the whole shop. */
  readonly dimensions: readonly MetricDimension[];
  readonly approximate: boolean;
  /** The error of an estimate in words and figures; empty when exact. */
  readonly errorBound: string;
}

const RESOLUTIONS: ReadonlyMap<Resolution, MetricResolution> = new Map([
  [Resolution.TEN_SECONDS, '10s'],
  [Resolution.MINUTE, 'minute'],
  [Resolution.HOUR, 'hour'],
  [Resolution.DAY, 'day'],
]);

const DIMENSIONS: ReadonlyMap<Dimension, MetricDimension> = new Map([
  [Dimension.COUNTRY, 'country'],
  [Dimension.DEVICE, 'device'],
  [Dimension.CHANNEL, 'channel'],
  [Dimension.CATEGORY, 'category'],
]);

const KINDS: ReadonlyMap<MetricKind, MetricValue['kind']> = new Map([
  [MetricKind.COUNT, 'count'],
  [MetricKind.MONEY, 'money'],
  [MetricKind.RATIO, 'ratio'],
  [MetricKind.TOP, 'top'],
  [MetricKind.FUNNEL, 'funnel'],
]);

const RESOLUTION_NUMBERS = inverse(RESOLUTIONS);
const DIMENSION_NUMBERS = inverse(DIMENSIONS);

/** The contract's number of a resolution; undefined for a word that it does not have. */
export function resolutionNumber(name: string): Resolution | undefined {
  return RESOLUTION_NUMBERS.get(name);
}

/** The contract's number of a dimension; undefined for a word that it does not have. */
export function dimensionNumber(name: string): Dimension | undefined {
  return DIMENSION_NUMBERS.get(name);
}

/** The words that a resolution may be. */
export const RESOLUTION_NAMES: readonly MetricResolution[] = [...RESOLUTIONS.values()];

/** The words that a dimension may be. */
export const DIMENSION_NAMES: readonly MetricDimension[] = [...DIMENSIONS.values()];

/** Turns a description off the wire into ours; splits that this SDK does not know are left out. */
export function descriptionOf(metric: Metric): MetricDescription {
  const { description, unit, approximate, errorBound } = metric;
  return {
    metric: metric.metric,
    description,
    kind: KINDS.get(metric.kind) ?? 'unknown',
    unit,
    dimensions: metric.dimensions.flatMap((one) => DIMENSIONS.get(one) ?? []),
    approximate,
    errorBound,
  };
}

/** Turns a point off the wire into ours. Throws PROTOCOL_VIOLATED for one that this SDK cannot read. */
export function pointOf(point: Point): MetricPoint {
  const { metric, dimensionValue, startTime, endTime, approximate } = point;
  const resolution = RESOLUTIONS.get(point.resolution);
  const value = valueOf(point.value);
  if (resolution === undefined || value === undefined || !startTime || !endTime) {
    throw new ByteBasketError(
      `a point of ${metric} has an unknown resolution (${point.resolution}), no value or no window: upgrade the SDK`,
      { reason: 'PROTOCOL_VIOLATED', code: 'INTERNAL', retryable: false, metadata: { metric } },
    );
  }
  const dimension = DIMENSIONS.get(point.dimension);
  const base = { metric, resolution, dimensionValue, startTime, endTime, value, approximate };
  return dimension === undefined ? base : { ...base, dimension };
}

/**
 * Text that names the cell of a point: metric, resolution, split, window and currency. A later point with the same key
 * replaces the earlier one, so `map.set(pointKey(point), point)` keeps a live view right.
 */
export function pointKey(point: MetricPoint): string {
  const { metric, resolution, dimension = '', dimensionValue, startTime, value } = point;
  const currency = value.kind === 'money' ? value.money.currency : '';
  return [metric, resolution, dimension, dimensionValue, startTime.getTime(), currency].join(
    '\u0000',
  );
}

function valueOf(value: Point['value']): MetricValue | undefined {
  switch (value?.$case) {
    case 'count':
      return { kind: 'count', count: Number(value.value) };
    case 'money':
      return { kind: 'money', money: moneyAmount(value.value) };
    case 'ratio':
      return { kind: 'ratio', ratio: value.value };
    case 'top': {
      const entries = value.value.entries.map(({ value, count, errorMax }) => ({
        value,
        count: Number(count),
        errorMax: Number(errorMax),
      }));
      return { kind: 'top', entries, total: Number(value.value.total) };
    }
    case 'funnel': {
      const { viewSessions, cartSessions, checkoutSessions, orderSessions } = value.value;
      return {
        kind: 'funnel',
        view: Number(viewSessions),
        cart: Number(cartSessions),
        checkout: Number(checkoutSessions),
        order: Number(orderSessions),
      };
    }
    case undefined:
      return undefined;
  }
}

function inverse<Key, Name extends string>(
  names: ReadonlyMap<Key, Name>,
): ReadonlyMap<string, Key> {
  return new Map([...names].map(([key, name]) => [name, key]));
}
