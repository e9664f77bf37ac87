import type { KeyColumn, TableDeclaration } from '../ports/table-store.js';

const DAY_MS = 86_400_000;

/** How long decisions, alerts and their history are kept after their last change. */
export const FRAUD_RETENTION_MS = 400 * DAY_MS;
/** How long the outcome of an operator's action can be asked for again. */
export const OUTCOME_RETENTION_MS = DAY_MS;

/** The partition of `fraud-decisions` that writes a row: the end of every key here, so that a row has one writer. */
const OWNER: KeyColumn = { name: 'topic_partition', type: 'int' };
const ALERT_ID: KeyColumn = { name: 'alert_id', type: 'text' };
const CREATE_MS: KeyColumn = { name: 'create_ms', type: 'int' };

/**
 * Decisions by payment, the oldest first. The fold writes the first one of a payment in each partition; of those the
 * reader takes the oldest.
 */
export const FRAUD_DECISIONS_TABLE = {
  name: 'fraud_decisions',
  partitionKey: [{ name: 'payment_id', type: 'text' }],
  clusteringKey: [{ name: 'append_ms', type: 'int' }, { name: 'offset', type: 'int' }, OWNER],
  columns: [
    { name: 'decision_id', type: 'text', merge: 'last' },
    /** A fraud.v1.Decision. */
    { name: 'body', type: 'bytes', merge: 'last' },
  ],
  retentionMs: FRAUD_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Alerts as they are. */
export const ALERTS_TABLE = {
  name: 'alerts',
  partitionKey: [ALERT_ID],
  clusteringKey: [OWNER],
  columns: [
    { name: 'version', type: 'int', merge: 'last' },
    /** A fraud.v1.Alert. */
    { name: 'body', type: 'bytes', merge: 'last' },
  ],
  retentionMs: FRAUD_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Alerts by the day (UTC) and time that they were opened. */
export const ALERTS_BY_TIME_TABLE = {
  name: 'alerts_by_time',
  partitionKey: [{ name: 'day_ms', type: 'int' }],
  clusteringKey: [CREATE_MS, ALERT_ID, OWNER],
  columns: [{ name: 'state', type: 'int', merge: 'last' }],
  retentionMs: FRAUD_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Alerts by their group and the time that they were opened. */
export const ALERTS_BY_GROUP_TABLE = {
  name: 'alerts_by_group',
  partitionKey: [{ name: 'alert_group', type: 'text' }],
  clusteringKey: [CREATE_MS, ALERT_ID, OWNER],
  columns: [{ name: 'state', type: 'int', merge: 'last' }],
  retentionMs: FRAUD_RETENTION_MS,
} as const satisfies TableDeclaration;

/** Every version of every alert: rows that never change. */
export const ALERT_CHANGES_TABLE = {
  name: 'alert_changes',
  partitionKey: [ALERT_ID],
  clusteringKey: [{ name: 'version', type: 'int' }, OWNER],
  columns: [
    { name: 'state', type: 'int', merge: 'last' },
    /** Who asked for it; empty for the opening. */
    { name: 'client_id', type: 'text', merge: 'last' },
    /** The fraud.v1.Alert after the change. */
    { name: 'body', type: 'bytes', merge: 'last' },
  ],
  retentionMs: FRAUD_RETENTION_MS,
} as const satisfies TableDeclaration;

/** What became of operators' actions. */
export const ALERT_OUTCOMES_TABLE = {
  name: 'alert_outcomes',
  partitionKey: [{ name: 'request_id', type: 'text' }],
  clusteringKey: [ALERT_ID, { name: 'action_digest', type: 'text' }, OWNER],
  columns: [
    /** `accepted`, `unknown`, `stale` or `illegal`. */
    { name: 'result', type: 'text', merge: 'last' },
    /** The alert's version after it was accepted; when refused, the one that it has. */
    { name: 'version', type: 'int', merge: 'last' },
    /** The alert's state before. */
    { name: 'from_state', type: 'int', merge: 'last' },
  ],
  retentionMs: OUTCOME_RETENTION_MS,
} as const satisfies TableDeclaration;

/** The tables of decisions and alerts. */
export const FRAUD_TABLES: readonly TableDeclaration[] = [
  FRAUD_DECISIONS_TABLE,
  ALERTS_TABLE,
  ALERTS_BY_TIME_TABLE,
  ALERTS_BY_GROUP_TABLE,
  ALERT_CHANGES_TABLE,
  ALERT_OUTCOMES_TABLE,
];

/** The day (UTC) of a time: the partition key of `alerts_by_time`. */
export function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}
