import type { Cells } from '../ports/table-store.js';
import type { AmountColumn, CountColumn, SketchName, TopName } from './columns.js';
import { DistinctUnion } from './sketches/distinct-union.js';
import { TopUnion } from './sketches/top-union.js';
import { SKETCH_COLUMN, type TableKind } from './tables.js';

/** Amounts of one currency, merged. */
export interface MergedAmounts {
  revenue_nanos: bigint;
  refunded_nanos: bigint;
  orders: number;
}

/**
 * One window and dimension value, merged from the shares that the partitions of the topics wrote: numbers are added,
 * sketches united.
 */
export class MergedShares {
  readonly counts = new Map<string, number>();
  readonly amounts = new Map<string, MergedAmounts>();
  readonly distinct = new Map<string, DistinctUnion>();
  readonly tops = new Map<string, TopUnion>();

  /** Adds a share's cells. `name`: the currency, distinct count or list of its row; empty for counters. */
  add(kind: TableKind, name: string, cells: Cells): void {
    if (kind === 'counts') this.#addCounts(cells);
    else if (kind === 'amounts') this.#addAmounts(name, cells);
    else this.#addSketch(kind, name, cells[SKETCH_COLUMN]);
  }

  count(column: CountColumn): number {
    return this.counts.get(column) ?? 0;
  }

  distinctCount(sketch: SketchName): number {
    return this.distinct.get(sketch)?.count() ?? 0;
  }

  top(list: TopName): TopUnion | undefined {
    return this.tops.get(list);
  }

  #addCounts(cells: Cells): void {
    for (const column in cells) {
      const cell = cells[column];
      if (typeof cell === 'number') this.counts.set(column, (this.counts.get(column) ?? 0) + cell);
    }
  }

  #addAmounts(currency: string, cells: Cells): void {
    let sums = this.amounts.get(currency);
    if (sums === undefined) {
      sums = { revenue_nanos: 0n, refunded_nanos: 0n, orders: 0 };
      this.amounts.set(currency, sums);
    }
    sums.revenue_nanos += bigintCell(cells, 'revenue_nanos');
    sums.refunded_nanos += bigintCell(cells, 'refunded_nanos');
    const orders = cells['orders'];
    if (typeof orders === 'number') sums.orders += orders;
  }

  #addSketch(kind: 'distinct' | 'tops', name: string, cell: unknown): void {
    if (!(cell instanceof Uint8Array)) return;
    if (kind === 'distinct') {
      const union = this.distinct.get(name) ?? new DistinctUnion();
      this.distinct.set(name, union);
      union.add(cell);
    } else {
      const union = this.tops.get(name) ?? new TopUnion();
      this.tops.set(name, union);
      union.add(cell);
    }
  }
}

function bigintCell(cells: Cells, column: AmountColumn): bigint {
  const cell = cells[column];
  return typeof cell === 'bigint' ? cell : 0n;
}
