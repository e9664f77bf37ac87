import { errorReasonFromJSON } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { DeadLetter } from '@bytebasket/proto/gen/bytebasket/admin/v1/dead_letter';
import type { Position as PositionMessage } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { LogRecord } from '../ports/event-log.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import { HEADERS } from './dead-letter.js';
import { STREAMS } from './verdict.js';

/** A record of the dead letters as the contract shows it. `original` is a copy. */
export function deadLetterMessage(partition: number, record: LogRecord): DeadLetter {
  const { headers, offset, appendMs } = record;
  return {
    position: { partition, offset: BigInt(offset) },
    createTime: new Date(appendMs),
    clientId: headers[HEADERS.clientId] ?? '',
    batchNumber: wholeNumber(headers[HEADERS.batchNumber]),
    rejection: {
      reason: errorReasonFromJSON(`ERROR_REASON_${headers[HEADERS.reason] ?? 'UNSPECIFIED'}`),
      field: headers[HEADERS.field] ?? '',
      rule: headers[HEADERS.rule] ?? '',
      message: headers[HEADERS.message] ?? '',
    },
    original: record.value.slice(),
    source: sourceMessage(headers[HEADERS.source]),
  };
}

function wholeNumber(text: string | undefined): bigint {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
}

/** Reads `topic/partition/offset`; undefined for a dead letter that no fold caused. */
function sourceMessage(text: string | undefined): PositionMessage | undefined {
  const [topic, partition, offset] = text?.split('/') ?? [];
  const stream = STREAMS[INPUT_TOPICS.findIndex((name) => name === topic)];
  if (stream === undefined) return undefined;
  return { stream, partition: Number(partition), offset: wholeNumber(offset) };
}
