import { Alert } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { Cells, Key } from '../../ports/table-store.js';
import type { TableRowWrite } from '../../processor/fold.js';
import {
  ALERT_CHANGES_TABLE,
  ALERT_OUTCOMES_TABLE,
  ALERTS_BY_GROUP_TABLE,
  ALERTS_BY_TIME_TABLE,
  ALERTS_TABLE,
  dayOf,
  FRAUD_DECISIONS_TABLE,
} from '../tables.js';
import type { Outcome } from './apply-action.js';
import type { LoggedDecision } from './logged-decision.js';
import { outcomeCells } from './outcome-codec.js';

/** Where a decision stands in the log. */
export interface DecisionPlace {
  readonly appendMs: number;
  readonly offset: number;
}

/** Names an operator's action. */
export interface ActionName {
  readonly requestId: string;
  readonly alertId: string;
  readonly digest: string;
}

/** The rows that one partition of `fraud-decisions` changed since they were last taken: each key once, its newest cells. */
export class AlertRows {
  readonly #partition: number;
  #rows = new Map<string, TableRowWrite>();

  constructor(partition: number) {
    this.#partition = partition;
  }

  decision(decision: LoggedDecision, { appendMs, offset }: DecisionPlace, writeTime: number): void {
    const cells = { decision_id: decision.decisionId, body: decision.body };
    const key = [decision.paymentId, appendMs, offset, this.#partition];
    this.#put({ table: FRAUD_DECISIONS_TABLE.name, key, cells, writeTime });
  }

  /** An alert after a change: as it is, in both indexes, and as a version of its history. Returns its bytes. */
  change(alert: Alert, clientId: string, writeTime: number): Uint8Array {
    const { alertId, state } = alert;
    const version = Number(alert.version);
    const createMs = alert.createTime?.getTime() ?? 0;
    const body = Alert.encode(alert).finish();
    const owner = this.#partition;
    const put = (table: string, key: Key, cells: Cells): void => {
      this.#put({ table, key, cells, writeTime });
    };
    put(ALERTS_TABLE.name, [alertId, owner], { version, body });
    put(ALERTS_BY_TIME_TABLE.name, [dayOf(createMs), createMs, alertId, owner], { state });
    put(ALERTS_BY_GROUP_TABLE.name, [alert.group, createMs, alertId, owner], { state });
    const cells = { state, client_id: clientId, body };
    put(ALERT_CHANGES_TABLE.name, [alertId, version, owner], cells);
    return body;
  }

  outcome({ requestId, alertId, digest }: ActionName, outcome: Outcome, writeTime: number): void {
    const key = [requestId, alertId, digest, this.#partition];
    this.#put({ table: ALERT_OUTCOMES_TABLE.name, key, cells: outcomeCells(outcome), writeTime });
  }

  take(): readonly TableRowWrite[] {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    return rows;
  }

  #put(row: TableRowWrite): void {
    this.#rows.set(JSON.stringify([row.table, ...row.key]), row);
  }
}
