import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { LogRecord, NewRecord, RecordHeaders } from '../../ports/event-log.js';

const NO_HEADERS: RecordHeaders = Object.freeze({});

/** A decision as a record of `fraud-decisions`, keyed like the events of whoever pays. */
export function decisionRecord(decision: Decision): Omit<NewRecord, 'partition'> {
  const { userId, anonymousId } = decision;
  return {
    key: Buffer.from(userId === '' ? anonymousId : userId, 'utf8'),
    value: FraudRecord.encode({ record: { $case: 'decision', value: decision } }).finish(),
    headers: NO_HEADERS,
  };
}

/** The decision in a record; undefined for an operator's action, and for bytes that are no record at all. */
export function decisionIn({ value }: Pick<LogRecord, 'value'>): Decision | undefined {
  let content: FraudRecord;
  try {
    content = FraudRecord.decode(value);
  } catch {
    // The fold over the topic sets such a record aside; here it only means that it decides nothing.
    return undefined;
  }
  return content.record?.$case === 'decision' ? content.record.value : undefined;
}
