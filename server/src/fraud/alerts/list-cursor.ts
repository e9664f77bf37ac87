import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { decodePageToken } from '../../gateway/page-token.js';
import { ServiceError } from '../../gateway/service-error.js';

/** Where a list of alerts goes on; it keeps the range of its first page, however late the next is asked for. */
export interface AlertCursor {
  /** Opened at or after this, milliseconds. */
  readonly startMs: number;
  /** Opened before this … */
  readonly beforeMs: number;
  /** … or at it, with an id before this one; empty: none. */
  readonly beforeId: string;
}

export function encodeCursor({ startMs, beforeMs, beforeId }: AlertCursor): Uint8Array {
  return Buffer.from(JSON.stringify([startMs, beforeMs, beforeId]), 'utf8');
}

/** The cursor of a page token. Throws ServiceError PAGE_TOKEN_INVALID. */
export function cursorIn(pageToken: string, identity: Uint8Array): AlertCursor {
  const bytes = decodePageToken(pageToken, identity);
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid(cause);
  }
  const [startMs, beforeMs, beforeId] = Array.isArray(cursor) ? (cursor as unknown[]) : [];
  if (!timeOf(startMs) || !timeOf(beforeMs) || typeof beforeId !== 'string') throw invalid();
  return { startMs, beforeMs, beforeId };
}

function timeOf(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalid(cause?: unknown): ServiceError {
  return new ServiceError(
    ErrorReason.PAGE_TOKEN_INVALID,
    'page_token does not belong to this request: start without a token',
    { metadata: { field: 'page_token' }, cause },
  );
}
