import {
  AlertState as State,
  type Alert as WireAlert,
  type AlertChange as WireChange,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { GetAlertResponse } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { moneyAmount, type MoneyAmount } from '../reading/money-amount.js';
import { present } from '../reading/present.js';
import { createWords } from '../reading/words.js';
import {
  ACTIONS,
  decisionOf,
  reasonOf,
  type Decision,
  type DecisionAction,
  type FraudReason,
} from './decision.js';

/** Where an alert stands. `confirmed-fraud`, `false-positive` and `inconclusive` are resolved. */
export type AlertState =
  | 'open'
  | 'assigned'
  | 'in-review'
  | 'confirmed-fraud'
  | 'false-positive'
  | 'inconclusive'
  | 'reopened';

/** A decision that a person should look at, as it was after one change. Texts are empty when there is nothing to say. */
export interface Alert {
  /** The `decisionId` that opened it. */
  readonly alertId: string;
  readonly paymentId: string;
  readonly state: AlertState | 'unknown';
  /** 1 when opened, then one more with every change. */
  readonly version: number;
  /** What the decision asked for: `review` or `block`. */
  readonly action: DecisionAction | 'unknown';
  /** The decision's score, 0 to 100. */
  readonly score: number;
  /** The heaviest first. */
  readonly reasons: readonly FraudReason[];
  readonly amount: MoneyAmount | undefined;
  readonly orderId: string;
  readonly userId: string;
  readonly anonymousId: string;
  /** Alerts about the same thing have the same group: `user:<id>`, else `device:<id>`. */
  readonly group: string;
  readonly assignee: string;
  /** Remark of the last change. */
  readonly note: string;
  /** Times by the log's clock. */
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** When it should be resolved: 24 hours after it was opened or reopened. */
  readonly dueTime: Date | undefined;
  /** Request that made the last change; empty for the opening. */
  readonly requestId: string;
}

/** One step of an alert's history. */
export interface AlertChange {
  /** The alert's version, state and responsible person after the change. */
  readonly version: number;
  readonly state: AlertState | 'unknown';
  readonly assignee: string;
  readonly note: string;
  /** The API key's client that asked for it; empty for the opening, `anonymous` without keys. */
  readonly clientId: string;
  readonly requestId: string;
  readonly changeTime: Date | undefined;
}

/** An alert with all that is known about it. */
export interface AlertDetails {
  readonly alert: Alert;
  /** The decision that opened it, with its features; absent when it is no longer kept. */
  readonly decision: Decision | undefined;
  /** Its changes, oldest first, the newest 100. */
  readonly history: readonly AlertChange[];
}

export const ALERT_STATES = createWords<AlertState, State>({
  open: State.OPEN,
  assigned: State.ASSIGNED,
  'in-review': State.IN_REVIEW,
  'confirmed-fraud': State.CONFIRMED_FRAUD,
  'false-positive': State.FALSE_POSITIVE,
  inconclusive: State.INCONCLUSIVE,
  reopened: State.REOPENED,
});

/** Turns an alert off the wire into ours. */
export function alertOf(alert: WireAlert): Alert {
  const { alertId, paymentId, score, orderId, userId, anonymousId, group, assignee } = alert;
  const { note, createTime, updateTime, dueTime, requestId } = alert;
  return {
    alertId,
    paymentId,
    state: ALERT_STATES.nameOf(alert.state),
    version: Number(alert.version),
    action: ACTIONS.nameOf(alert.action),
    score,
    reasons: alert.reasons.map(reasonOf),
    amount: moneyAmount(alert.amount),
    orderId,
    userId,
    anonymousId,
    group,
    assignee,
    note,
    createTime,
    updateTime,
    dueTime,
    requestId,
  };
}

/** Turns an answer about one alert into ours. */
export function detailsOf({ alert, decision, history }: GetAlertResponse): AlertDetails {
  return {
    alert: alertOf(present(alert, 'alert')),
    decision: decision === undefined ? undefined : decisionOf(decision),
    history: history.map(changeOf),
  };
}

function changeOf(change: WireChange): AlertChange {
  const { assignee, note, clientId, requestId, changeTime } = change;
  const state = ALERT_STATES.nameOf(change.state);
  return {
    version: Number(change.version),
    state,
    assignee,
    note,
    clientId,
    requestId,
    changeTime,
  };
}
