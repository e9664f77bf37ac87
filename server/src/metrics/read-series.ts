import type { Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type { TableStore } from '../ports/table-store.js';
import { TABLE_OF } from './catalogue.js';
import { compareTexts } from './dimensions.js';
import { countValue, pointOf, readingsOf } from './points.js';
import { readWindows } from './read-windows.js';
import { rollingEndMs, RollingReader } from './rolling.js';
import type { Series } from './series.js';
import type { Windows } from './windows.js';

/** A point that was delivered: reading goes on behind it. */
export interface PointCursor {
  readonly startMs: number;
  readonly dimensionValue: string;
  readonly currency: string;
}

/** A point with its place in the order of an answer. */
export interface ReadPoint {
  readonly cursor: PointCursor;
  readonly point: Point;
}

export interface SeriesRange {
  readonly series: Series;
  /** Windows that start in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** The present, for rolling metrics. */
  readonly nowMs: number;
  readonly after?: PointCursor | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SeriesSource {
  readonly tables: TableStore;
  readonly windows: Windows;
}

/** Reads the points of a series from the tables, ordered by window, dimension value, currency. */
export function readSeries(
  source: SeriesSource,
  range: SeriesRange,
): AsyncGenerator<ReadPoint, void, undefined> {
  return range.series.metric.computation.from === 'rolling'
    ? readRolling(source, range)
    : readPlain(source, range);
}

async function* readPlain(
  { tables, windows }: SeriesSource,
  { series, toMs, after, signal, ...range }: SeriesRange,
): AsyncGenerator<ReadPoint, void, undefined> {
  const rows = readWindows(tables, {
    kind: TABLE_OF[series.metric.computation.from],
    rule: series.rule,
    dimension: series.dimensionName,
    fromMs: after?.startMs ?? windows.from(series.rule, range.fromMs).startMs,
    toMs,
    values: series.values,
    fromValue: after?.dimensionValue,
    signal,
  });
  for await (const { startMs, dimensionValue, merged } of rows) {
    const window = windows.at(series.rule, startMs);
    for (const { currency, value } of readingsOf(series, merged)) {
      const cursor = { startMs, dimensionValue, currency };
      if (after !== undefined && !isBehind(cursor, after)) continue;
      yield { cursor, point: pointOf(series, { window, dimensionValue }, value) };
    }
  }
}

async function* readRolling(
  { tables, windows }: SeriesSource,
  { series, fromMs, toMs, nowMs, after, signal }: SeriesRange,
): AsyncGenerator<ReadPoint, void, undefined> {
  const { computation } = series.metric;
  if (computation.from !== 'rolling') return;
  const reader = new RollingReader({ tables, series, computation, signal });
  const end = Math.min(toMs, nowMs + 1);
  let window = windows.from(series.rule, after?.startMs ?? fromMs);
  for (; window.startMs < end; window = windows.at(series.rule, window.endMs)) {
    const counts = await reader.countsUpTo(rollingEndMs(window.endMs, nowMs));
    for (const [dimensionValue, count] of counts) {
      const cursor = { startMs: window.startMs, dimensionValue, currency: '' };
      if (after !== undefined && !isBehind(cursor, after)) continue;
      yield { cursor, point: pointOf(series, { window, dimensionValue }, countValue(count)) };
    }
  }
}

function isBehind(a: PointCursor, b: PointCursor): boolean {
  if (a.startMs !== b.startMs) return a.startMs > b.startMs;
  const byValue = compareTexts(a.dimensionValue, b.dimensionValue);
  return byValue > 0 || (byValue === 0 && compareTexts(a.currency, b.currency) > 0);
}
