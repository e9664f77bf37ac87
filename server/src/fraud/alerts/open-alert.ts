import { type Alert, AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { type Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { DUE_AFTER_MS } from './lifecycle.js';

/** Whether a decision asks for a person. */
export function asksForPerson({ action }: Pick<Decision, 'action'>): boolean {
  return action === DecisionAction.REVIEW || action === DecisionAction.BLOCK;
}

/** The alert that a decision opens. `openMs`: when, milliseconds by the log's clock. */
export function openAlert(decision: Decision, openMs: number): Alert {
  const { userId, anonymousId } = decision;
  const time = new Date(openMs);
  return {
    alertId: decision.decisionId,
    paymentId: decision.paymentId,
    state: AlertState.OPEN,
    version: 1n,
    action: decision.action,
    score: decision.score,
    reasons: decision.reasons,
    amount: decision.amount,
    orderId: decision.orderId,
    userId,
    anonymousId,
    group: userId === '' ? `device:${anonymousId}` : `user:${userId}`,
    assignee: '',
    note: '',
    createTime: time,
    updateTime: time,
    dueTime: new Date(openMs + DUE_AFTER_MS),
    requestId: '',
  };
}
