import type { Column, KeyColumn, TableDeclaration } from '../ports/table-store.js';
import { COUNT_COLUMNS } from './columns.js';
import { bucketOf, type ResolutionName, type ResolutionRule, RESOLUTIONS } from './resolutions.js';

/** What a table of metrics holds: counters, amounts per currency, distinct counts or lists of frequent values. */
export type TableKind = 'counts' | 'amounts' | 'distinct' | 'tops';

/** Column of the encoded sketch in tables of distinct counts and of lists. */
export const SKETCH_COLUMN = 'sketch';

const PARTITION_KEY: readonly KeyColumn[] = [
  { name: 'dimension', type: 'text' },
  { name: 'bucket_ms', type: 'int' },
];

/** What tells the rows of one window and value apart, besides the share. */
const NAME_COLUMN: Readonly<Record<TableKind, string | undefined>> = {
  counts: undefined,
  amounts: 'currency',
  distinct: 'name',
  tops: 'name',
};

const COLUMNS: Readonly<Record<TableKind, readonly Column[]>> = {
  counts: COUNT_COLUMNS.map((name) => ({ name, type: 'int', merge: 'sum' })),
  amounts: [
    { name: 'revenue_nanos', type: 'bigint', merge: 'sum' },
    { name: 'refunded_nanos', type: 'bigint', merge: 'sum' },
    { name: 'orders', type: 'int', merge: 'sum' },
  ],
  distinct: [{ name: SKETCH_COLUMN, type: 'bytes', merge: 'sketch' }],
  tops: [{ name: SKETCH_COLUMN, type: 'bytes', merge: 'sketch' }],
};

const KINDS: readonly TableKind[] = ['counts', 'amounts', 'distinct', 'tops'];

const TABLE_NAMES: Readonly<Record<TableKind, Readonly<Record<ResolutionName, string>>>> = {
  counts: namesOf('counts'),
  amounts: namesOf('amounts'),
  distinct: namesOf('distinct'),
  tops: namesOf('tops'),
};

/** Name of the table of one kind and resolution, such as `metric_counts_10s`. */
export function metricTable(kind: TableKind, resolution: ResolutionName): string {
  return TABLE_NAMES[kind][resolution];
}

function namesOf(kind: TableKind): Readonly<Record<ResolutionName, string>> {
  const of = (name: ResolutionName): string => `metric_${kind}_${name}`;
  return { '10s': of('10s'), '1m': of('1m'), '1h': of('1h'), '1d': of('1d') };
}

/** The tables of all metrics: one per kind and resolution, because each resolution is kept for a time of its own. */
export const METRIC_TABLES: readonly TableDeclaration[] = RESOLUTIONS.flatMap((rule) =>
  KINDS.map((kind) => declaration(kind, rule)),
);

function declaration(kind: TableKind, rule: ResolutionRule): TableDeclaration {
  const name = NAME_COLUMN[kind];
  return {
    name: metricTable(kind, rule.name),
    partitionKey: PARTITION_KEY,
    clusteringKey: [
      { name: 'window_start_ms', type: 'int' },
      { name: 'dimension_value', type: 'text' },
      ...(name === undefined ? [] : [{ name, type: 'text' } as const]),
      { name: 'topic', type: 'text' },
      { name: 'topic_partition', type: 'int' },
    ],
    columns: COLUMNS[kind],
    retentionMs: rule.retentionMs,
  };
}

/** The partition key of a window's rows. */
export function tablePartition(
  rule: ResolutionRule,
  dimension: string,
  startMs: number,
): [string, number] {
  return [dimension, bucketOf(rule, startMs)];
}
