import type { Cells, Key } from '@bytebasket/server/ports/table-store';
import type { TableRowWrite } from '@bytebasket/server/processor/fold';

/** A stored row as a table would hold it. */
export interface StoredRow {
  readonly table: string;
  readonly key: Key;
  readonly cells: Cells;
  readonly writeTime: number;
}

/** Rows by table and key, last write by write time winning cell by cell, as every table keeps them. */
export class StoredRows {
  readonly #rows = new Map<string, StoredRow>();

  write(writes: readonly TableRowWrite[]): void {
    for (const write of writes) {
      const id = `${write.table} ${JSON.stringify(write.key)}`;
      const old = this.#rows.get(id);
      if (old !== undefined && old.writeTime > write.writeTime) {
        throw new Error(`the write time of ${id} went back`);
      }
      const cells = { ...old?.cells, ...write.cells };
      this.#rows.set(id, { table: write.table, key: write.key, cells, writeTime: write.writeTime });
    }
  }

  /** All rows, one line each, in a fixed order. */
  lines(): readonly string[] {
    return [...this.#rows]
      .map(([id, row]) => `${id} @${row.writeTime} ${shown(row.cells)}`)
      .toSorted();
  }

  [Symbol.iterator](): IterableIterator<StoredRow> {
    return this.#rows.values();
  }
}

/** A value as one line of text in which equal values look the same. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Uint8Array) return Buffer.from(part).toString('base64');
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
