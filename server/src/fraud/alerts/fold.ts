import { Alert, type AlertAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { LogRecord, TopicPartition } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../../processor/fold.js';
import { FRAUD_TABLES } from '../tables.js';
import { AlertRows } from './alert-rows.js';
import { actionDigest, applyAction } from './apply-action.js';
import { decodeFraudRecord, seenAlert } from './fraud-record.js';
import type { LoggedDecision } from './logged-decision.js';
import { asksForPerson, openAlert } from './open-alert.js';
import { decodeOutcome, encodeOutcome } from './outcome-codec.js';
import { RecentLog, type RecentLogBounds } from './recent-log.js';
import { SourceEpochs } from './source-epochs.js';

/** What a partition remembers. Beyond it: see the docstring of `alertsFold`. */
export interface AlertBounds {
  readonly payments: RecentLogBounds;
  readonly alerts: RecentLogBounds;
  readonly outcomes: RecentLogBounds;
}

const BOUNDS: AlertBounds = {
  payments: { segmentEntries: 4_096, segmentsMax: 33 },
  alerts: { segmentEntries: 128, segmentsMax: 129 },
  outcomes: { segmentEntries: 256, segmentsMax: 17 },
};

const NOTHING = new Uint8Array(0);

/**
 * The fold behind decisions and alerts. The first decision of a payment counts; one that asks for REVIEW or BLOCK opens
 * an alert; operators' actions on it are accepted or refused. All times are append times.
 *
 * What it remembers of each partition, by default: the newest 131,072 payments decided (a later second decision of an
 * older one gets a row behind the first, which readers ignore, and may open a second alert), the newest 16,384 openings
 * and changes of alerts (an action brings along the alert as its operator saw it, so older ones can be changed as well),
 * the newest 4,096 outcomes (an action that comes again later has no second effect either, its version is stale). About
 * 40 MB at most.
 */
export function alertsFold(bounds: AlertBounds = BOUNDS): FoldDefinition {
  return {
    name: 'fraud-decisions',
    topics: [TOPICS.fraudDecisions],
    tables: FRAUD_TABLES,
    open: (source, chunks) => new AlertsFold(source, bounds, chunks),
  };
}

class AlertsFold implements Fold {
  readonly #epochs: SourceEpochs;
  readonly #payments: RecentLog;
  /** By alert_id: fraud.v1.Alert. */
  readonly #alerts: RecentLog;
  readonly #outcomes: RecentLog;
  readonly #rows: AlertRows;

  constructor(
    source: TopicPartition,
    bounds: AlertBounds,
    chunks: ReadonlyMap<string, Uint8Array>,
  ) {
    this.#epochs = new SourceEpochs(chunks);
    this.#payments = new RecentLog('payments', bounds.payments, chunks);
    this.#alerts = new RecentLog('alerts', bounds.alerts, chunks);
    this.#outcomes = new RecentLog('outcomes', bounds.outcomes, chunks);
    this.#rows = new AlertRows(source.partition);
  }

  apply(input: FoldInput): void {
    const { record } = input;
    const content = input.decode(decodeFraudRecord);
    if (content.$case === 'decision') this.#decide(content.value, record, input.writeTime);
    else this.#act(content.value, record, input.writeTime);
  }

  changedRows(): readonly TableRowWrite[] {
    return this.#rows.take();
  }

  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return new Map([
      ...this.#epochs.changedChunks(),
      ...this.#payments.changedChunks(),
      ...this.#alerts.changedChunks(),
      ...this.#outcomes.changedChunks(),
    ]);
  }

  #decide(decision: LoggedDecision, record: LogRecord, writeTime: number): void {
    const place = { appendMs: Math.floor(record.appendMs), offset: record.offset };
    // Decoded before anything changes: it may be damaged.
    const alert = asksForPerson(decision)
      ? openAlert(Decision.decode(decision.body), place.appendMs)
      : undefined;
    if (!this.#epochs.admit(record) || this.#payments.has(decision.paymentId)) return;
    this.#payments.put(decision.paymentId, NOTHING);
    this.#rows.decision(decision, place, writeTime);
    if (alert === undefined || this.#alerts.has(alert.alertId)) return;
    this.#change(alert, '', writeTime);
  }

  #act(action: AlertAction, record: LogRecord, writeTime: number): void {
    const { alertId, requestId } = action;
    const name = { requestId, alertId, digest: actionDigest(action) };
    const id = `${requestId} ${alertId} ${name.digest}`;
    const known = this.#outcomes.get(id);
    if (known !== undefined) {
      // Written again for whoever asks again: the same outcome, no other effect.
      this.#rows.outcome(name, decodeOutcome(known), writeTime);
      return;
    }
    const held = this.#alerts.get(alertId);
    const alert = held === undefined ? seenAlert(record, alertId) : Alert.decode(held);
    const { outcome, changed } = applyAction(alert, action, Math.floor(record.appendMs));
    if (changed !== undefined) this.#change(changed, action.clientId, writeTime);
    this.#outcomes.put(id, encodeOutcome(outcome));
    this.#rows.outcome(name, outcome, writeTime);
  }

  #change(alert: Alert, clientId: string, writeTime: number): void {
    this.#alerts.put(alert.alertId, this.#rows.change(alert, clientId, writeTime));
  }
}
