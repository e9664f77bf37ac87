import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import {
  ListTransactionsRequest,
  type ListTransactionsResponse,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { validateListTransactionsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { decodePageToken, encodePageToken } from '../gateway/page-token.js';
import { ServiceError } from '../gateway/service-error.js';
import type { TableStore } from '../ports/table-store.js';
import { matches } from './filter.js';
import { listedBackwards } from './listed.js';
import {
  readTransaction,
  resolveId,
  withDecisions,
  type DecisionOf,
  type ListedAt,
  type ReadTransaction,
} from './read-transaction.js';

const PAGE_DEFAULT = 50;
const RANGE_DEFAULT_MS = 30 * 86_400_000;
/** Clocks of clients may be ahead by as much. */
const AHEAD_MAX_MS = 5 * 60_000;
/** Rows and days that one page looks at. */
const STEPS_MAX = 2_000;

export interface TransactionSource {
  readonly tables: TableStore;
  readonly decisionOf: DecisionOf;
}

/** Where a page begins: the range is that of the first page, however late the next is asked for. */
interface ListCursor {
  readonly fromMs: number;
  readonly to: ListedAt;
}

/**
 * Answers ListTransactions. Throws ServiceError FIELD_INVALID or PAGE_TOKEN_INVALID, and what the table store and
 * `decisionOf` throw. A page looks at 2,000 rows and days at most, so it may be short, or empty, and not the last.
 */
export async function listTransactions(
  source: TransactionSource,
  request: ListTransactionsRequest,
  nowMs: number,
): Promise<ListTransactionsResponse> {
  const violations = validateListTransactionsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const identity = identityOf(request);
  const cursor = cursorOf(request, identity, nowMs);
  const { tables, decisionOf } = source;
  const userKey = request.userId === '' ? undefined : request.userId;
  const pageSize = request.pageSize === 0 ? PAGE_DEFAULT : request.pageSize;
  const transactions: Transaction[] = [];
  let steps = 0;
  for await (const listed of listedBackwards(tables, { userKey, ...cursor })) {
    steps += 1;
    const read = listed.id === '' ? undefined : await listedHere(tables, listed, userKey);
    if (read !== undefined && matches(read.transaction, request)) {
      transactions.push(await withDecisions(read.transaction, decisionOf));
    }
    if (transactions.length >= pageSize || steps >= STEPS_MAX) {
      const next = encodeCursor({ ...cursor, to: listed });
      return { transactions, nextPageToken: encodePageToken(identity, next) };
    }
  }
  return { transactions, nextPageToken: '' };
}

/** The transaction of an index's row, if this is the row under which it is listed. */
export async function listedHere(
  tables: TableStore,
  { id, createMs }: ListedAt,
  userKey: string | undefined,
): Promise<ReadTransaction | undefined> {
  const read = await readTransaction(tables, await resolveId(tables, id));
  const place = read?.listedAt(userKey);
  return place?.id === id && place.createMs === createMs ? read : undefined;
}

function cursorOf(
  request: ListTransactionsRequest,
  identity: Uint8Array,
  nowMs: number,
): ListCursor {
  if (request.pageToken !== '') return decodeCursor(decodePageToken(request.pageToken, identity));
  const endMs = Math.max(0, request.endTime?.getTime() ?? Math.floor(nowMs) + AHEAD_MAX_MS + 1);
  const fromMs = request.startTime?.getTime() ?? Math.max(0, endMs - RANGE_DEFAULT_MS);
  if (fromMs > endMs) throw backwards(fromMs, endMs);
  return { fromMs, to: { createMs: endMs, id: '' } };
}

function backwards(fromMs: number, endMs: number): ServiceError {
  const value = new Date(fromMs).toISOString();
  const end = new Date(endMs).toISOString();
  const message = `start_time is ${value}, after end_time ${end}: use an earlier one`;
  return fieldError([{ field: 'start_time', rule: 'range.ordered', message, value }]);
}

/** What makes requests pages of the same list: everything but the page fields. */
function identityOf(request: ListTransactionsRequest): Uint8Array {
  return ListTransactionsRequest.encode({ ...request, pageSize: 0, pageToken: '' }).finish();
}

function encodeCursor({ fromMs, to }: ListCursor): Uint8Array {
  return Buffer.from(`${fromMs} ${to.createMs} ${to.id}`, 'utf8');
}

function decodeCursor(bytes: Uint8Array): ListCursor {
  const [from, createMs, id] = Buffer.from(bytes).toString('utf8').split(' ');
  const numbers = [Number(from), Number(createMs)];
  if (id === undefined || !numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) {
    const text = 'page_token does not belong to this request: start without a token';
    throw new ServiceError(ErrorReason.PAGE_TOKEN_INVALID, text, {
      metadata: { field: 'page_token' },
    });
  }
  return { fromMs: Number(from), to: { createMs: Number(createMs), id } };
}
