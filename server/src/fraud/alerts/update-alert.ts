import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  type Alert,
  type AlertAction,
  AlertState,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { UpdateAlertRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateUpdateAlertRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../../gateway/field-error.js';
import { ServiceError } from '../../gateway/service-error.js';
import type { UpdateHub } from '../../gateway/watch/update-hub.js';
import type { Clock } from '../../ports/clock.js';
import type { EventLog } from '../../ports/event-log.js';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import { sleepUnlessAborted } from '../../retry/retry.js';
import { actionDigest, type Outcome } from './apply-action.js';
import { actionRecordBytes, seenHeaders } from './fraud-record.js';
import { alertUnknown } from './get-alert.js';
import { resolved } from './lifecycle.js';
import { OutcomeWaiters, readOutcome } from './outcome-waiters.js';
import { type FoundAlert, readAlert, readVersion } from './read-alerts.js';

/** How long a call waits for the outcome of its action. */
const OUTCOME_WAIT_MS = 2_000;

export interface AlertUpdatesOptions {
  readonly tables: TableStore;
  /** Holds the topic `fraud-decisions`. */
  readonly derived: EventLog;
  readonly hub: UpdateHub;
  readonly clock: Clock;
}

/** Who asks, and until when. */
export interface UpdateCall {
  readonly clientId: string;
  readonly signal: AbortSignal;
}

/** The writing side of alerts: an action becomes a record, and the fold's outcome the answer. */
export interface AlertUpdates {
  /**
   * Answers UpdateAlert with the alert after the change. Throws ServiceError FIELD_INVALID, ALERT_UNKNOWN,
   * ALERT_VERSION_STALE, ALERT_TRANSITION_ILLEGAL, OUTCOME_UNKNOWN (not known within 2 s: ask again with the same
   * request_id) or GATEWAY_SATURATED, and what the log and the tables throw.
   */
  update(request: UpdateAlertRequest, call: UpdateCall): Promise<Alert>;
  close(): void;
}

export function openAlertUpdates(options: AlertUpdatesOptions): AlertUpdates {
  const { tables, hub } = options;
  const waiters = new OutcomeWaiters(hub);

  async function outcomeOf(action: AlertAction, found: FoundAlert, signal: AbortSignal) {
    const { requestId, alertId } = action;
    const name = { requestId, alertId, digest: actionDigest(action) };
    const waiting = await waiters.expect(name);
    try {
      const known = await readOutcome(tables, name);
      if (known !== undefined) return known;
      await append(options.derived, action, found);
      const heard = await within(options.clock, signal, waiting.outcome);
      return heard ?? (await readOutcome(tables, name));
    } finally {
      waiting.leave();
    }
  }

  return {
    async update(request, { clientId, signal }) {
      check(request);
      const { alertId } = request;
      const found = await readAlert(tables, alertId);
      if (found === undefined) throw alertUnknown(alertId);
      const outcome = await outcomeOf({ ...request, clientId }, found, signal);
      if (outcome === undefined) throw outcomeUnknown(request);
      if (outcome.result !== 'accepted') throw refused(request, outcome);
      const changed = await readVersion(tables, found, outcome.version);
      return changed ?? found.alert;
    },
    close: () => {
      waiters.close();
    },
  };
}

function check(request: UpdateAlertRequest): void {
  const violations = validateUpdateAlertRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const { state, assignee, note } = request;
  if (state !== AlertState.UNSPECIFIED || assignee !== undefined || note !== '') return;
  const message = 'state, assignee and note are empty: set what should change';
  throw fieldError([{ field: 'state', rule: 'update.not_empty', message, value: '' }]);
}

async function append(log: EventLog, action: AlertAction, found: FoundAlert): Promise<void> {
  const { alert, body, partition } = found;
  const key = Buffer.from(alert.userId === '' ? alert.anonymousId : alert.userId, 'utf8');
  const value = actionRecordBytes(action);
  // Where the decision lies, whatever its key says: only that partition's fold knows the alert.
  const record = { partition, key, value, headers: seenHeaders(body) };
  await log.append(TOPICS.fraudDecisions, [record]);
}

/** What `outcome` gives, or undefined after 2 s. Throws the signal's reason. */
async function within(
  clock: Clock,
  signal: AbortSignal,
  outcome: Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  const done = new AbortController();
  const timer = sleepUnlessAborted(
    clock,
    OUTCOME_WAIT_MS,
    AbortSignal.any([signal, done.signal]),
  ).then(() => undefined);
  try {
    const heard = await Promise.race([outcome, timer]);
    signal.throwIfAborted();
    return heard;
  } finally {
    done.abort();
  }
}

function refused(request: UpdateAlertRequest, outcome: Outcome): ServiceError {
  const { alertId, state } = request;
  const { result, version, fromState } = outcome;
  if (result === 'unknown') return alertUnknown(alertId);
  if (result === 'stale') {
    const expected = String(request.expectedVersion);
    const text = `alert ${alertId} is at version ${version}, not ${expected}: read it again`;
    return new ServiceError(ErrorReason.ALERT_VERSION_STALE, text, {
      metadata: { alert_id: alertId, expected_version: expected, version: String(version) },
    });
  }
  const from = AlertState[fromState];
  const to = AlertState[state];
  const remedy = resolved(fromState) ? 'reopen it first' : 'only a resolved alert is reopened';
  const text = `alert ${alertId} is ${from} and cannot become ${to}: ${remedy}`;
  return new ServiceError(ErrorReason.ALERT_TRANSITION_ILLEGAL, text, {
    metadata: { alert_id: alertId, from, to },
  });
}

function outcomeUnknown({ requestId }: UpdateAlertRequest): ServiceError {
  const text = `the outcome of request ${requestId} did not come within 2 s: send it again with the same request_id`;
  return new ServiceError(ErrorReason.OUTCOME_UNKNOWN, text, {
    metadata: { request_id: requestId },
  });
}
