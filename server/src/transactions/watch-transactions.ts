import {
  WatchTransactionsRequest,
  type WatchTransactionsResponse,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import type { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { validateWatchTransactionsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { decodeResumeToken, encodeResumeToken } from '../gateway/resume-token.js';
import type { ChangeCheckpoint, ResumableChanges } from '../gateway/watch/resumable-changes.js';
import type { PlacedChange } from '../gateway/watch/update-hub.js';
import { matches } from './filter.js';
import { listedHere, type TransactionSource } from './list-transactions.js';
import { listedForwards } from './listed.js';
import { readTransaction, resolveId, withDecisions } from './read-transaction.js';
import { TRANSACTIONS_TABLE } from './tables.js';

export interface TransactionWatchOptions extends TransactionSource {
  readonly changes: ResumableChanges;
  /** Table whose rows begin with the id of the payment that was decided. */
  readonly decisionTable: string;
}

/**
 * Answers WatchTransactions: a change of any share of a transaction, or of a decision about it, sends the transaction as
 * it is then, once per batch of changes. Throws ServiceError FIELD_INVALID, RESUME_TOKEN_INVALID and what
 * `ResumableChanges.open` and its streams throw.
 */
export async function* watchTransactions(
  options: TransactionWatchOptions,
  request: WatchTransactionsRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchTransactionsResponse, void, undefined> {
  const violations = validateWatchTransactionsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const filter = filterOf(request);
  const from =
    request.resumeToken === '' ? undefined : decodeResumeToken(request.resumeToken, filter);
  const tables = [TRANSACTIONS_TABLE.name, options.decisionTable];
  // The place first, the rows then: what changes meanwhile is in both.
  const stream = await options.changes.open({ tables, from, signal });
  try {
    if (from === undefined && request.startTime !== undefined) {
      yield* created(options, { ...request, signal }, request.startTime.getTime());
    }
    for await (const step of stream) {
      if (step.kind === 'checkpoint') yield checkpoint(filter, step);
      else yield* changed(options, request, step.changes);
    }
  } finally {
    stream.close();
  }
}

async function* created(
  { tables, decisionOf }: TransactionWatchOptions,
  request: WatchTransactionsRequest & { readonly signal: AbortSignal },
  fromMs: number,
): AsyncGenerator<WatchTransactionsResponse, void, undefined> {
  const userKey = request.userId === '' ? undefined : request.userId;
  for await (const listed of listedForwards(tables, { userKey, fromMs })) {
    // A long past may hold nothing that is sent, so nobody else would notice that the caller left.
    request.signal.throwIfAborted();
    const read = await listedHere(tables, listed, userKey);
    if (read === undefined || !matches(read.transaction, request)) continue;
    yield value(await withDecisions(read.transaction, decisionOf));
  }
}

async function* changed(
  { tables, decisionOf }: TransactionWatchOptions,
  request: WatchTransactionsRequest,
  changes: readonly PlacedChange[],
): AsyncGenerator<WatchTransactionsResponse, void, undefined> {
  const ids = new Set<string>();
  for (const { key } of changes) ids.add(await resolveId(tables, String(key[0])));
  for (const id of ids) {
    // A decision may be there before its payment is.
    const read = await readTransaction(tables, id);
    if (read === undefined || !matches(read.transaction, request)) continue;
    if (request.userId !== '' && read.listedAt(request.userId) === undefined) continue;
    yield value(await withDecisions(read.transaction, decisionOf));
  }
}

function value(transaction: Transaction): WatchTransactionsResponse {
  return { event: { $case: 'value', value: transaction } };
}

function checkpoint(
  filter: Uint8Array,
  { offsets, watermarkMs }: ChangeCheckpoint,
): WatchTransactionsResponse {
  const resumeToken = encodeResumeToken(filter, offsets);
  const watermarkTime = watermarkMs > 0 ? new Date(watermarkMs) : undefined;
  return { event: { $case: 'checkpoint', value: { resumeToken, watermarkTime } } };
}

/** What a token belongs to: the selection, in whatever order its states were named. */
function filterOf({ userId, orderStates, anomalous }: WatchTransactionsRequest): Uint8Array {
  const sorted = [...new Set(orderStates)].sort((a, b) => a - b);
  const selection = { userId, orderStates: sorted, anomalous };
  return WatchTransactionsRequest.encode(WatchTransactionsRequest.create(selection)).finish();
}
