import type { Row, TableStore } from '../ports/table-store.js';
import {
  DAY_LENGTH_MS,
  dayOf,
  TRANSACTION_RETENTION_MS,
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
 * Rows of the index, the newest first. With an empty id: nothing (more) between that time and the one before, so that a
 * reader of a long empty range can stop anywhere.
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
  const newest = dayOf(to.id === '' ? Math.max(0, to.createMs - 1) : to.createMs);
  for (let day = newest; day >= dayOf(fromMs); day -= DAY_LENGTH_MS) {
    const range = { from: [fromMs], to: until, reverse: true };
    yield* unique(tables.scan(TRANSACTIONS_BY_DAY_TABLE.name, [day], range));
    yield { id: '', createMs: day };
  }
}

/** Rows of the index from `fromMs` on, the oldest first. */
export async function* listedForwards(
  tables: TableStore,
  range: { readonly userKey: string | undefined; readonly fromMs: number; readonly nowMs: number },
): AsyncGenerator<ListedAt, void, undefined> {
  const { userKey, fromMs, nowMs } = range;
  if (userKey !== undefined) {
    yield* unique(tables.scan(TRANSACTIONS_BY_USER_TABLE.name, [userKey], { from: [fromMs] }));
    return;
  }
  // Nothing older is kept, unless it came very late; clocks of clients may be a little ahead.
  const oldest = dayOf(Math.max(fromMs, nowMs - TRANSACTION_RETENTION_MS, 0));
  for (let day = oldest; day <= dayOf(nowMs) + DAY_LENGTH_MS; day += DAY_LENGTH_MS) {
    yield* unique(tables.scan(TRANSACTIONS_BY_DAY_TABLE.name, [day], { from: [fromMs] }));
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
