import {
  Alert,
  type AlertAction,
  FraudRecord,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { LogRecord, RecordHeaders } from '../../ports/event-log.js';
import { type LoggedDecision, readLoggedDecision } from './logged-decision.js';

/** Header of an operator's action: the alert as the gateway read it, base64 of a fraud.v1.Alert. */
const SEEN_HEADER = 'seen-alert';

/** What a record of `fraud-decisions` says. */
export type FraudRecordContent =
  | { readonly $case: 'decision'; readonly value: LoggedDecision }
  | { readonly $case: 'alertAction'; readonly value: AlertAction };

/**
 * Decodes a record of `fraud-decisions`. One function for all folds, so that they share the decoding. Throws RangeError
 * for a record without what it needs.
 */
export function decodeFraudRecord(bytes: Uint8Array): FraudRecordContent {
  const content = readDecision(bytes) ?? decodeWhole(bytes);
  const ids =
    content.$case === 'decision'
      ? [content.value.paymentId, content.value.decisionId]
      : [content.value.alertId, content.value.requestId];
  if (ids.includes('')) throw new RangeError(`the ${content.$case} lacks one of its ids`);
  return content;
}

function readDecision(bytes: Uint8Array): FraudRecordContent | undefined {
  const value = readLoggedDecision(bytes);
  return value === undefined ? undefined : { $case: 'decision', value };
}

function decodeWhole(bytes: Uint8Array): FraudRecordContent {
  const { record } = FraudRecord.decode(bytes);
  if (record === undefined) {
    throw new RangeError('the record holds neither a decision nor an alert action');
  }
  if (record.$case === 'alertAction') return record;
  const { decisionId, paymentId, action } = record.value;
  const body = Decision.encode(record.value).finish();
  return { $case: 'decision', value: { decisionId, paymentId, action, body } };
}

/** The value of a record with an operator's action. */
export function actionRecordBytes(action: AlertAction): Uint8Array {
  return FraudRecord.encode({ record: { $case: 'alertAction', value: action } }).finish();
}

/** The headers of an action's record: the fold takes the alert from there when it holds it no more. */
export function seenHeaders(alertBytes: Uint8Array): RecordHeaders {
  return { [SEEN_HEADER]: Buffer.from(alertBytes).toString('base64') };
}

/** The alert that came with an action; undefined when none did, or it is another one's. */
export function seenAlert({ headers }: LogRecord, alertId: string): Alert | undefined {
  const text = headers[SEEN_HEADER];
  if (text === undefined) return undefined;
  const alert = Alert.decode(Buffer.from(text, 'base64'));
  return alert.alertId === alertId ? alert : undefined;
}
