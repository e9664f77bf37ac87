import type { Row, ScanOptions, TableStore } from '../ports/table-store.js';
import {
  CALENDAR,
  dayOf,
  TRANSACTION_DAYS_TABLE,
  TRANSACTIONS_BY_DAY_TABLE,
  TRANSACTIONS_BY_USER_TABLE,
} from './tables.js';
import type { ListedAt } from './read-transaction.js';

/** Which rows of an index: of a user or visitor, or of all, from `fromMs` to before `to`. */
export interface ListedRange {
  /** Undefined means all. */
  readonly userKey: string | undefined;
  readonly fromMs: number;
  /** Exclusive. An empty id stands before all others of its time. */
  readonly to: ListedAt;
}

/**
 * Rows of the index, the newest first. One with an empty id is no row: nothing is left of its day, so a reader can stop
 * between two days as well.
 */
export async function* listedBackwards(
  tables: TableStore,
  { userKey, fromMs, to }: ListedRange,
): AsyncGenerator<ListedAt, void, undefined> {
  const until = to.id === '' ? [to.createMs] : [to.createMs, to.id];
  if (userKey !== undefined) {
    const range = { from: [fromMs], to: until, reverse: true };
    yield* unique(tables.scan(TRANSACTIONS_BY_USER_TABLE.name, [userKey], range));
    return;
  }
  // A day that ends the range may hold rows before its end.
  const range = { from: [fromMs], to: until, reverse: true };
  const days = { from: [dayOf(fromMs)], to: [to.createMs + 1], reverse: true };
  for await (const day of daysOf(tables, days)) {
    yield* unique(tables.scan(TRANSACTIONS_BY_DAY_TABLE.name, [day], range));
    yield { id: '', createMs: day };
  }
}

/** Rows of the index from `fromMs` on, the oldest first. */
export async function* listedForwards(
  tables: TableStore,
  { userKey, fromMs }: { readonly userKey: string | undefined; readonly fromMs: number },
): AsyncGenerator<ListedAt, void, undefined> {
  const range = { from: [fromMs] };
  if (userKey !== undefined) {
    yield* unique(tables.scan(TRANSACTIONS_BY_USER_TABLE.name, [userKey], range));
    return;
  }
  for await (const day of daysOf(tables, { from: [dayOf(fromMs)] })) {
    yield* unique(tables.scan(TRANSACTIONS_BY_DAY_TABLE.name, [day], range));
  }
}

/** Days that have rows, each once, however many partitions write it. */
async function* daysOf(
  tables: TableStore,
  range: ScanOptions,
): AsyncGenerator<number, void, undefined> {
  let last: number | undefined;
  for await (const { key } of tables.scan(TRANSACTION_DAYS_TABLE.name, [CALENDAR], range)) {
    const day = Number(key[1]);
    if (day !== last) yield day;
    last = day;
  }
}

/** Shares of two partitions may begin at the same time. */
async function* unique(rows: AsyncIterable<Row>): AsyncGenerator<ListedAt, void, undefined> {
  let last: ListedAt | undefined;
  for await (const { key } of rows) {
    const listed = { createMs: Number(key[1]), id: String(key[2]) };
    if (listed.createMs === last?.createMs && listed.id === last.id) continue;
    last = listed;
    yield listed;
  }
}
