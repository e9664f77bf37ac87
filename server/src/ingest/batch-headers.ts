import type { RecordHeaders } from '../ports/event-log.js';
import { HEADERS } from './dead-letter.js';

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What of a call goes into the headers of its records. */
export interface BatchOrigin {
  readonly clientId: string;
  /** 0 when not numbered. */
  readonly batchNumber: bigint;
  /** As sent; left out when it is none. */
  readonly traceparent: string | undefined;
}

/** Headers that all records of a batch share. */
export function originHeaders({ clientId, batchNumber, traceparent }: BatchOrigin): RecordHeaders {
  const headers: Record<string, string> = { [HEADERS.clientId]: clientId };
  if (batchNumber > 0n) headers[HEADERS.batchNumber] = batchNumber.toString();
  if (traceparent !== undefined && TRACEPARENT.test(traceparent)) {
    headers[HEADERS.traceparent] = traceparent;
  }
  return headers;
}
