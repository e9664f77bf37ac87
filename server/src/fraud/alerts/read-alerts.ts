import { Alert, type AlertChange } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { Row, TableStore } from '../../ports/table-store.js';
import { ALERT_CHANGES_TABLE, ALERTS_TABLE, FRAUD_DECISIONS_TABLE } from '../tables.js';

/** Changes that an alert's history gives, the newest ones. */
const HISTORY_MAX = 100;
/** Partitions that may have an alert of one id. */
const OWNERS_MAX = 64;
/** Decisions of one payment that are looked at: one per partition, more only beyond the fold's memory. */
const DECISIONS_MAX = 64;

/** An alert with where it is kept. */
export interface FoundAlert {
  readonly alert: Alert;
  /** The alert's bytes. */
  readonly body: Uint8Array;
  /** Its partition of `fraud-decisions`. */
  readonly partition: number;
}

/**
 * The alert as it is; undefined when there is none, or no more. When a payment was decided in several partitions under
 * one id, the alert that was opened first counts and the others are not shown.
 */
export async function readAlert(
  tables: TableStore,
  alertId: string,
): Promise<FoundAlert | undefined> {
  let first: FoundAlert | undefined;
  for await (const row of tables.scan(ALERTS_TABLE.name, [alertId], { limit: OWNERS_MAX })) {
    const body = bodyOf(row);
    const found = { alert: Alert.decode(body), body, partition: Number(row.key[1]) };
    if (first === undefined || openMs(found) < openMs(first)) first = found;
  }
  return first;
}

function openMs({ alert }: FoundAlert): number {
  return alert.createTime?.getTime() ?? 0;
}

/** The alert as it was after one change; undefined when that is not kept. */
export async function readVersion(
  tables: TableStore,
  { alert, partition }: FoundAlert,
  version: number,
): Promise<Alert | undefined> {
  const range = { from: [version, partition], to: [version, partition + 1] };
  for await (const row of tables.scan(ALERT_CHANGES_TABLE.name, [alert.alertId], range)) {
    return Alert.decode(bodyOf(row));
  }
  return undefined;
}

/** The newest 100 changes of an alert, the oldest of them first. */
export async function readHistory(
  tables: TableStore,
  { alert: { alertId }, partition }: FoundAlert,
): Promise<AlertChange[]> {
  const changes: AlertChange[] = [];
  for await (const row of tables.scan(ALERT_CHANGES_TABLE.name, [alertId], { reverse: true })) {
    if (row.key[2] !== partition) continue;
    const { version, state, assignee, note, requestId, updateTime } = Alert.decode(bodyOf(row));
    const clientId = String(row.cells['client_id'] ?? '');
    changes.push({ version, state, assignee, note, clientId, requestId, changeTime: updateTime });
    if (changes.length === HISTORY_MAX) break;
  }
  return changes.reverse();
}

/**
 * The decision that counts for a payment: the one that the log took first. With `decisionId` that one instead, if it is
 * there. Undefined when nothing was decided yet.
 */
export async function decisionOf(
  tables: TableStore,
  paymentId: string,
  decisionId?: string,
): Promise<Decision | undefined> {
  let first: Uint8Array | undefined;
  const options = { limit: decisionId === undefined ? 1 : DECISIONS_MAX };
  for await (const row of tables.scan(FRAUD_DECISIONS_TABLE.name, [paymentId], options)) {
    const body = bodyOf(row);
    if (row.cells['decision_id'] === decisionId) return Decision.decode(body);
    first ??= body;
  }
  return first === undefined ? undefined : Decision.decode(first);
}

function bodyOf(row: Row): Uint8Array {
  const { body } = row.cells;
  if (body instanceof Uint8Array) return body;
  throw new TypeError(`the row ${row.key.join('/')} has no body`);
}
