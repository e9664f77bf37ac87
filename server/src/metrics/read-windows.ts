import type { Key, Row, TableStore } from '../ports/table-store.js';
import { compareTexts, type DimensionName } from './dimensions.js';
import { bucketOf, type ResolutionRule } from './resolutions.js';
import { MergedShares } from './shares.js';
import { metricTable, type TableKind, tablePartition } from './tables.js';

/** Sorts after every text that keys may hold. */
const AFTER_ALL_TEXTS = '\u{10ffff}';
/** Up to so many windows x values are looked up one by one; more are found by scanning all values. */
const LOOKUPS_MAX = 4_096;

/** Which rows to read: windows that start in [fromMs, toMs). */
export interface WindowRange {
  readonly kind: TableKind;
  readonly rule: ResolutionRule;
  readonly dimension: DimensionName;
  readonly fromMs: number;
  readonly toMs: number;
  /** Only these values, in table order; empty means all. */
  readonly values: readonly string[];
  /** Where to begin within the first window: a dimension value, inclusive. */
  readonly fromValue?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One window and dimension value with its merged shares. */
export interface WindowRow {
  readonly startMs: number;
  readonly dimensionValue: string;
  readonly merged: MergedShares;
}

/** Reads and merges rows, ordered by window, then dimension value. */
export async function* readWindows(
  tables: TableStore,
  range: WindowRange,
): AsyncGenerator<WindowRow, void, undefined> {
  let current: WindowRow | undefined;
  for await (const row of readShares(tables, range)) {
    const startMs = Number(row.key[2]);
    const dimensionValue = String(row.key[3]);
    if (current?.startMs !== startMs || current.dimensionValue !== dimensionValue) {
      if (current !== undefined) yield current;
      current = { startMs, dimensionValue, merged: new MergedShares() };
    }
    current.merged.add(range.kind, shareName(range.kind, row), row.cells);
  }
  if (current !== undefined) yield current;
}

/** The currency, distinct count or list of a row; empty for counters. */
export function shareName(kind: TableKind, row: Pick<Row, 'key'>): string {
  return kind === 'counts' ? '' : String(row.key[4]);
}

/** Reads the shares as they are stored, ordered by window, then dimension value. */
export async function* readShares(
  tables: TableStore,
  range: WindowRange,
): AsyncGenerator<Row, void, undefined> {
  const table = metricTable(range.kind, range.rule.name);
  const wanted = new Set(range.values);
  for (const { atMs, from, to } of scansOf(range)) {
    range.signal?.throwIfAborted();
    const partition = tablePartition(range.rule, range.dimension, atMs);
    for await (const row of tables.scan(table, partition, { from, to })) {
      if (wanted.size === 0 || wanted.has(String(row.key[3]))) yield row;
    }
  }
}

interface Scan {
  /** An instant in the table partition. */
  readonly atMs: number;
  readonly from: Key;
  readonly to: Key;
}

function* scansOf(range: WindowRange): Generator<Scan> {
  const { rule, fromMs, toMs, values, fromValue } = range;
  const windows = (toMs - fromMs) / rule.lengthMs;
  if (values.length === 0 || rule.name === '1d' || windows * values.length > LOOKUPS_MAX) {
    const from = fromValue === undefined ? [fromMs] : [fromMs, fromValue];
    for (let atMs = bucketOf(rule, fromMs); atMs < toMs; atMs += rule.bucketMs) {
      yield { atMs, from, to: [toMs] };
    }
    return;
  }
  for (let atMs = fromMs; atMs < toMs; atMs += rule.lengthMs) {
    for (const value of values) {
      const done = atMs === fromMs && fromValue !== undefined && compareTexts(value, fromValue) < 0;
      if (!done) yield { atMs, from: [atMs, value], to: [atMs, value, AFTER_ALL_TEXTS] };
    }
  }
}
