import { createHash } from 'node:crypto';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { LogRecord, NewRecord, Position, RecordHeaders } from '../ports/event-log.js';
import { partitionOf } from '../ports/partition-of.js';
import type { Rejected } from './verdict.js';

/** Names of the headers of records and dead letters. */
export const HEADERS = {
  clientId: 'client_id',
  batchNumber: 'batch_number',
  /** Events of the batch that were appended to the log with it. */
  batchSize: 'batch_size',
  /** Events of the batch that were set aside as dead letters with it. */
  batchRejected: 'batch_rejected',
  traceparent: 'traceparent',
  /** Of a repaired event: partition/offset of its dead letter. */
  repairOf: 'repair_of',
  reason: 'reason',
  field: 'field',
  rule: 'rule',
  message: 'message',
  /** Of a dead letter that a fold caused: topic/partition/offset of the record. */
  source: 'source',
} as const;

const KEY_BYTES = 16;
/** Characters of a message or path that a header keeps. */
const TEXT_MAX = 1_000;

/**
 * A dead letter: the bytes as received, and why. `headers` are those of the batch. The same bytes always have the same key.
 */
export function deadLetterRecord(
  value: Uint8Array,
  {
    rejected,
    headers,
    partitions,
  }: {
    readonly rejected: Rejected;
    readonly headers: RecordHeaders;
    readonly partitions: number;
  },
): NewRecord {
  const key = createHash('sha256').update(value).digest().subarray(0, KEY_BYTES);
  return {
    partition: partitionOf(key, partitions),
    key,
    value,
    headers: { ...headers, ...rejectionHeaders(rejected) },
  };
}

function rejectionHeaders(rejected: Rejected): RecordHeaders {
  return {
    [HEADERS.reason]: ErrorReason[rejected.reason],
    [HEADERS.field]: rejected.field.slice(0, TEXT_MAX),
    [HEADERS.rule]: rejected.rule.slice(0, TEXT_MAX),
    [HEADERS.message]: rejected.message.slice(0, TEXT_MAX),
  };
}

/** Bytes that a dead letter counts for in the quota. */
export function deadLetterBytes(record: NewRecord): number {
  let bytes = record.key.length + record.value.length;
  for (const [name, text] of Object.entries(record.headers)) bytes += name.length + text.length;
  return bytes;
}

export interface FoldFailure {
  /** Where the record lies that the fold could not take. */
  readonly source: Position;
  readonly record: LogRecord;
  /** Name of the fold. */
  readonly fold: string;
  readonly error: unknown;
  readonly partitions: number;
}

/**
 * The dead letter of a record that made a fold throw. Its key is the fold and the record's position, so that writing it
 * twice after a crash shows as one entry. `record.value` may be a view: append before the batch goes away.
 */
export function foldFailureRecord({
  source,
  record,
  fold,
  error,
  partitions,
}: FoldFailure): NewRecord {
  const place = `${source.topic}/${source.partition}/${source.offset}`;
  const key = Buffer.from(`${fold}@${place}`, 'utf8');
  const detail = error instanceof Error ? error.message : String(error);
  const rejected: Rejected = {
    reason: ErrorReason.FOLD_FAILED,
    field: '',
    rule: fold,
    message: `fold ${fold} failed on ${place}: ${detail}`,
  };
  const { clientId, batchNumber } = HEADERS;
  const origin: Record<string, string> = { [HEADERS.source]: place };
  for (const name of [clientId, batchNumber]) {
    const text = record.headers[name];
    if (text !== undefined) origin[name] = text;
  }
  return {
    partition: partitionOf(key, partitions),
    key,
    value: record.value,
    headers: { ...origin, ...rejectionHeaders(rejected) },
  };
}
