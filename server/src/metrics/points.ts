import type { Point, TopList } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type { Money } from '@bytebasket/proto/gen/google/type/money';
import type { Computation } from './catalogue.js';
import type { SketchName } from './columns.js';
import { compareTexts } from './dimensions.js';
import type { Series } from './series.js';
import type { MergedShares } from './shares.js';
import type { TopUnion } from './sketches/top-union.js';
import type { Window } from './windows.js';

/** Entries of a list of frequent values in one point. */
export const TOP_ENTRIES_MAX = 50;

const NANOS_PER_UNIT = 1_000_000_000n;

type PointValue = NonNullable<Point['value']>;

/** A value of a series in one window; amounts have one per currency. */
export interface Reading {
  /** ISO 4217, empty for everything but amounts. */
  readonly currency: string;
  readonly value: PointValue;
}

/** Where a reading belongs. */
export interface PointPlace {
  readonly window: Window;
  readonly dimensionValue: string;
}

/**
 * The readings of a series from the merged shares of one window and dimension value, ordered by currency. Empty when
 * there is nothing to tell: no count above 0, a ratio of nothing. Rolling metrics are not read from one window.
 */
export function readingsOf(series: Series, merged: MergedShares): readonly Reading[] {
  const { computation } = series.metric;
  if (computation.from === 'amounts' || computation.from === 'average') {
    return amountReadings(computation, merged);
  }
  const value = singleValue(computation, merged);
  return value === undefined ? [] : [{ currency: '', value }];
}

/** The point of a reading. */
export function pointOf(series: Series, place: PointPlace, value: PointValue): Point {
  return {
    metric: series.metric.name,
    resolution: series.rule.proto,
    dimension: series.dimension,
    dimensionValue: place.dimensionValue,
    startTime: new Date(place.window.startMs),
    endTime: new Date(place.window.endMs),
    value,
    approximate: series.metric.approximate,
  };
}

/** A whole number as a point's value. */
export function countValue(count: number): PointValue {
  return { $case: 'count', value: BigInt(count) };
}

type SingleComputation = Exclude<Computation, { from: 'amounts' | 'average' }>;

function singleValue(computation: SingleComputation, merged: MergedShares): PointValue | undefined {
  switch (computation.from) {
    case 'counts':
      return aboveZero(sumOf(merged, computation.sum));
    case 'distinct':
      return aboveZero(merged.distinctCount(computation.sketch));
    case 'ratio': {
      const whole = sumOf(merged, computation.of);
      if (whole === 0) return undefined;
      return { $case: 'ratio', value: sumOf(merged, computation.parts) / whole };
    }
    case 'abandonment': {
      const began = merged.distinctCount(computation.began);
      if (began === 0) return undefined;
      const reached = merged.distinctCount(computation.reached);
      return { $case: 'ratio', value: Math.max(0, 1 - reached / began) };
    }
    case 'funnel':
      return funnelValue(computation.steps, merged);
    case 'tops':
      return topValue(merged.top(computation.list));
    case 'rolling':
      throw new TypeError('a rolling metric is read from several windows');
  }
}

function aboveZero(count: number): PointValue | undefined {
  return count > 0 ? countValue(count) : undefined;
}

function sumOf(
  merged: MergedShares,
  columns: readonly Parameters<MergedShares['count']>[0][],
): number {
  return columns.reduce((sum, column) => sum + merged.count(column), 0);
}

function funnelValue(steps: readonly SketchName[], merged: MergedShares): PointValue | undefined {
  const counts = steps.map((sketch) => BigInt(merged.distinctCount(sketch)));
  if (counts.every((count) => count === 0n)) return undefined;
  const [viewSessions = 0n, cartSessions = 0n, checkoutSessions = 0n, orderSessions = 0n] = counts;
  const value = { viewSessions, cartSessions, checkoutSessions, orderSessions };
  return { $case: 'funnel', value };
}

function topValue(top: TopUnion | undefined): PointValue | undefined {
  if (top === undefined || top.total === 0) return undefined;
  const value: TopList = {
    entries: top.ranked(TOP_ENTRIES_MAX).map((entry) => ({
      value: entry.value,
      count: BigInt(entry.count),
      errorMax: BigInt(entry.errorMax),
    })),
    total: BigInt(top.total),
  };
  return { $case: 'top', value };
}

function amountReadings(
  computation: Extract<Computation, { from: 'amounts' | 'average' }>,
  merged: MergedShares,
): readonly Reading[] {
  const readings: Reading[] = [];
  const currencies = [...merged.amounts].toSorted(([a], [b]) => compareTexts(a, b));
  for (const [currency, amounts] of currencies) {
    const sum = amounts[computation.sum];
    if (computation.from === 'amounts') {
      if (sum !== 0n) readings.push(moneyReading(currency, sum));
    } else if (amounts.orders > 0) {
      readings.push(moneyReading(currency, dividedHalfUp(sum, BigInt(amounts.orders))));
    }
  }
  return readings;
}

function dividedHalfUp(sum: bigint, parts: bigint): bigint {
  return (2n * sum + parts) / (2n * parts);
}

function moneyReading(currency: string, nanos: bigint): Reading {
  const value: Money = {
    currencyCode: currency,
    units: nanos / NANOS_PER_UNIT,
    nanos: Number(nanos % NANOS_PER_UNIT),
  };
  return { currency, value: { $case: 'money', value } };
}
