import {
  type Alert,
  AlertAction,
  AlertState,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { shortDigest } from '../../gateway/token.js';
import { DUE_AFTER_MS, transitionAllowed } from './lifecycle.js';

/** Why an action was refused: the alert is unknown, its version is another one, it may not go to that state. */
export type Refusal = 'unknown' | 'stale' | 'illegal';

/** What became of an operator's action. */
export interface Outcome {
  readonly result: 'accepted' | Refusal;
  /** The alert's version after it was accepted; when refused, the one that it has, 0 when unknown. */
  readonly version: number;
  /** The alert's state before. */
  readonly fromState: AlertState;
}

/** An outcome with the alert after it, when it changed. */
export interface Applied {
  readonly outcome: Outcome;
  readonly changed: Alert | undefined;
}

/** Judges an action. `changeMs`: when, milliseconds by the log's clock. Changes nothing by itself. */
export function applyAction(
  alert: Alert | undefined,
  action: AlertAction,
  changeMs: number,
): Applied {
  if (alert === undefined) return refused('unknown', alert);
  if (alert.version !== action.expectedVersion) return refused('stale', alert);
  const moves = action.state !== AlertState.UNSPECIFIED;
  if (moves && !transitionAllowed(alert.state, action.state)) return refused('illegal', alert);
  const state = moves ? action.state : alert.state;
  const changed: Alert = {
    ...alert,
    state,
    version: alert.version + 1n,
    assignee: action.assignee ?? alert.assignee,
    note: action.note,
    requestId: action.requestId,
    updateTime: new Date(changeMs),
    dueTime: state === AlertState.REOPENED && moves ? dueFrom(changeMs) : alert.dueTime,
  };
  const outcome = {
    result: 'accepted',
    version: Number(changed.version),
    fromState: alert.state,
  } as const;
  return { outcome, changed };
}

/** What makes an action the same action: everything it asks for, and who asks. 16 hexadecimal digits. */
export function actionDigest(action: AlertAction): string {
  return Buffer.from(shortDigest(AlertAction.encode(action).finish())).toString('hex');
}

function refused(result: Refusal, alert: Alert | undefined): Applied {
  const version = Number(alert?.version ?? 0n);
  const fromState = alert?.state ?? AlertState.UNSPECIFIED;
  return { outcome: { result, version, fromState }, changed: undefined };
}

function dueFrom(ms: number): Date {
  return new Date(ms + DUE_AFTER_MS);
}
