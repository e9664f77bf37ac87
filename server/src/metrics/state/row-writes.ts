import type { TopicPartition } from '../../ports/event-log.js';
import type { Cell, Key, RowWrite } from '../../ports/table-store.js';
import type { TableRowWrite } from '../../processor/fold.js';
import { COUNT_COLUMNS, SKETCHES, TOPS } from '../columns.js';
import { metricTable, SKETCH_COLUMN, type TableKind } from '../tables.js';
import { amountCells, type ShareRow } from './share-row.js';
import type { WindowShare } from './window-share.js';

/** Turns what changed in the state into rows, absolute values each. */
export class RowWrites {
  readonly #source: TopicPartition;
  #writes: TableRowWrite[] = [];

  constructor(source: TopicPartition) {
    this.#source = source;
  }

  /** Adds the rows of a changed share and marks it as written. */
  addRow(row: ShareRow): void {
    if (row.countsChangedAt !== 0) {
      row.countsKey ??= this.#key(row, undefined);
      const cells = countCells(row.counts);
      this.#add('counts', row, { key: row.countsKey, cells, writeTime: row.countsChangedAt });
      row.countsChangedAt = 0;
    }
    for (const [currency, amount] of row.amounts) {
      if (amount.changedAt === 0) continue;
      const key = this.#key(row, currency);
      this.#add('amounts', row, { key, cells: amountCells(amount), writeTime: amount.changedAt });
      amount.changedAt = 0;
    }
    for (let index = 0; index < SKETCHES.length; index++) {
      const writeTime = row.distinctChangedAt[index] ?? 0;
      if (writeTime === 0) continue;
      const cells = { [SKETCH_COLUMN]: row.distinct[index]?.encode() ?? NOTHING };
      this.#add('distinct', row, { key: this.#key(row, SKETCHES[index]), cells, writeTime });
      row.distinctChangedAt[index] = 0;
    }
  }

  /** Adds the rows of a window's changed lists of frequent values and marks them as written. */
  addTops(window: WindowShare): void {
    TOPS.forEach((name, index) => {
      const top = window.tops[index];
      if (top === undefined || top.changedAt === 0) return;
      const cells = { [SKETCH_COLUMN]: top.counter.encode() };
      const key = this.#key(window.shop, name);
      this.#add('tops', window.shop, { key, cells, writeTime: top.changedAt });
      top.changedAt = 0;
    });
  }

  /** The rows added since the last call. */
  take(): readonly TableRowWrite[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  #add(kind: TableKind, row: ShareRow, write: RowWrite): void {
    const table = metricTable(kind, row.window.rule.name);
    this.#writes.push({ table, key: write.key, cells: write.cells, writeTime: write.writeTime });
  }

  #key(row: ShareRow, name: string | undefined): Key {
    const { bucketMs, startMs } = row.window;
    const { topic, partition } = this.#source;
    return name === undefined
      ? [row.dimension, bucketMs, startMs, row.value, topic, partition]
      : [row.dimension, bucketMs, startMs, row.value, name, topic, partition];
  }
}

const NOTHING = new Uint8Array(0);

function countCells(counts: readonly number[]): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  for (let index = 0; index < COUNT_COLUMNS.length; index++) {
    const count = counts[index] ?? 0;
    const column = COUNT_COLUMNS[index];
    if (count !== 0 && column !== undefined) cells[column] = count;
  }
  return cells;
}
