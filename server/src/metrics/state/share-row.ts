import type { Key } from '../../ports/table-store.js';
import {
  type AmountColumn,
  COUNT_COLUMNS,
  CURRENCIES_MAX,
  CURRENCY_OTHER,
  SKETCHES,
} from '../columns.js';
import type { DimensionName } from '../dimensions.js';
import { DistinctCount } from '../sketches/distinct-count.js';
import type { WindowShare } from './window-share.js';

/** Amounts of one currency in one row. */
export interface AmountShare {
  revenueNanos: bigint;
  refundedNanos: bigint;
  orders: number;
  /** Write time of the last change, microseconds; 0 when nothing changed since the last flush. */
  changedAt: number;
}

/** What one topic partition counted for one window and one value of one dimension. */
export class ShareRow {
  readonly window: WindowShare;
  readonly dimension: DimensionName;
  readonly value: string;
  /** One number per COUNT_COLUMNS. */
  readonly counts: number[] = new Array<number>(COUNT_COLUMNS.length).fill(0);
  /** One per SKETCHES, made when first needed. */
  readonly distinct: (DistinctCount | undefined)[] = new Array<undefined>(SKETCHES.length);
  readonly amounts = new Map<string, AmountShare>();
  /** Key of its row of counters, made at the first flush. */
  countsKey: Key | undefined;
  /** True while the row stands in the list of changed rows. */
  listed = false;
  /** Write time of the last change of a counter, microseconds; 0 when none changed since the last flush. */
  countsChangedAt = 0;
  /** The same per distinct count. */
  readonly distinctChangedAt: number[] = new Array<number>(SKETCHES.length).fill(0);

  constructor(window: WindowShare, dimension: DimensionName, value: string) {
    this.window = window;
    this.dimension = dimension;
    this.value = value;
  }

  /** Adds to a counter. `index`: of COUNT. */
  count(index: number, amount: number, writeTime: number): void {
    this.counts[index] = (this.counts[index] ?? 0) + amount;
    this.countsChangedAt = writeTime;
  }

  /** Adds an id's entry to a distinct count. `index`: of SKETCH. */
  distinguish(index: number, entry: number, writeTime: number): void {
    let sketch = this.distinct[index];
    if (sketch === undefined) {
      sketch = new DistinctCount();
      this.distinct[index] = sketch;
    }
    if (sketch.add(entry)) this.distinctChangedAt[index] = writeTime;
  }

  /** The amounts of a currency, as changed at `writeTime`; those of `XXX` beyond the bound of currencies. */
  amount(currency: string, writeTime: number): AmountShare {
    const known = this.amounts.get(currency);
    if (known !== undefined) {
      known.changedAt = writeTime;
      return known;
    }
    if (this.amounts.size >= CURRENCIES_MAX && currency !== CURRENCY_OTHER) {
      return this.amount(CURRENCY_OTHER, writeTime);
    }
    const made = { revenueNanos: 0n, refundedNanos: 0n, orders: 0, changedAt: writeTime };
    this.amounts.set(currency, made);
    return made;
  }
}

/** The cells of an amount, by AMOUNT_COLUMNS. */
export function amountCells(amount: AmountShare): Readonly<Record<AmountColumn, bigint | number>> {
  return {
    revenue_nanos: amount.revenueNanos,
    refunded_nanos: amount.refundedNanos,
    orders: amount.orders,
  };
}
