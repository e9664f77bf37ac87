import type { KeyColumn, TableDeclaration } from '../ports/table-store.js';

const DAY_MS = 86_400_000;

/** How long a transaction can be read after its last event: five years, so that late labels find it. */
export const TRANSACTION_RETENTION_MS = 1_830 * DAY_MS;

const TRANSACTION_ID: KeyColumn = { name: 'transaction_id', type: 'text' };
const CREATE_MS: KeyColumn = { name: 'create_ms', type: 'int' };
/** The partition of `transactions` that writes a row: part of every key here, so that a row has one writer. */
const OWNER: KeyColumn = { name: 'topic_partition', type: 'int' };

/**
 * Transactions as shares: what one partition of the log tells about one, from a record on. Readers join the shares of an
 * id; see `read-transaction.ts`.
 */
export const TRANSACTIONS_TABLE = {
  name: 'transactions',
  partitionKey: [TRANSACTION_ID],
  clusteringKey: [OWNER, { name: 'since_offset', type: 'int' }],
  columns: [
    /** A storage.v1 TransactionShare. */
    { name: 'body', type: 'bytes', merge: 'last' },
    /** Facts, also those that were too many to keep. */
    { name: 'facts', type: 'int', merge: 'last' },
    /** When the first event of the share happened, milliseconds. */
    { name: 'create_ms', type: 'int', merge: 'last' },
  ],
  retentionMs: TRANSACTION_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Where shares begin, by the user or the visitor. */
export const TRANSACTIONS_BY_USER_TABLE = {
  name: 'transactions_by_user',
  partitionKey: [{ name: 'user_key', type: 'text' }],
  clusteringKey: [CREATE_MS, TRANSACTION_ID, OWNER],
  columns: [{ name: 'since_offset', type: 'int', merge: 'last' }],
  retentionMs: TRANSACTION_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Where shares begin, by day (UTC) and time. */
export const TRANSACTIONS_BY_DAY_TABLE = {
  name: 'transactions_by_day',
  partitionKey: [{ name: 'day_ms', type: 'int' }],
  clusteringKey: [CREATE_MS, TRANSACTION_ID, OWNER],
  columns: [{ name: 'since_offset', type: 'int', merge: 'last' }],
  retentionMs: TRANSACTION_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Days (UTC) with shares, so that readers need not look at empty ones. */
export const TRANSACTION_DAYS_TABLE = {
  name: 'transaction_days',
  partitionKey: [{ name: 'calendar', type: 'text' }],
  clusteringKey: [{ name: 'day_ms', type: 'int' }, OWNER],
  columns: [{ name: 'newest_offset', type: 'int', merge: 'last' }],
  retentionMs: TRANSACTION_RETENTION_MS,
} as const satisfies TableDeclaration;

/** The one partition key of `transaction_days`. */
export const CALENDAR = 'utc';

/** The transactions that a payment was named with: its own id while no order is known. */
export const TRANSACTION_PAYMENTS_TABLE = {
  name: 'transaction_payments',
  partitionKey: [{ name: 'payment_id', type: 'text' }],
  clusteringKey: [TRANSACTION_ID, OWNER],
  columns: [{ name: 'create_ms', type: 'int', merge: 'min' }],
  retentionMs: TRANSACTION_RETENTION_MS,
} as const satisfies TableDeclaration;

/** The tables of transactions. */
export const TRANSACTION_TABLES: readonly TableDeclaration[] = [
  TRANSACTIONS_TABLE,
  TRANSACTIONS_BY_USER_TABLE,
  TRANSACTIONS_BY_DAY_TABLE,
  TRANSACTION_DAYS_TABLE,
  TRANSACTION_PAYMENTS_TABLE,
];

/** The day (UTC) of a time. */
export function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}
