import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  type GetTransactionRequest,
  type GetTransactionResponse,
  TransactionServiceDefinition,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { validateGetTransactionRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { ServiceError } from '../gateway/service-error.js';
import type { ServiceModule } from '../gateway/service-module.js';
import { type ChangeLimits, openResumableChanges } from '../gateway/watch/resumable-changes.js';
import type { UpdateHub } from '../gateway/watch/update-hub.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { TableStore } from '../ports/table-store.js';
import { listTransactions, type TransactionSource } from './list-transactions.js';
import { readTransaction, resolveId, withDecisions, type DecisionOf } from './read-transaction.js';
import { watchTransactions } from './watch-transactions.js';

export interface TransactionServiceOptions {
  /** Holds TRANSACTION_TABLES. */
  readonly tables: TableStore;
  /** Holds the topic `updates`. */
  readonly derived: EventLog;
  readonly hub: UpdateHub;
  readonly clock: Clock;
  /** The decision that holds for a payment. */
  readonly decisionOf: DecisionOf;
  /** Table of decisions; the first part of its key is the payment's id. */
  readonly decisionTable: string;
  /** Of WatchTransactions: defaults of ChangeLimits, but 200 subscriptions, for each of them reads on its own. */
  readonly limits?: Partial<ChangeLimits> | undefined;
  /** Told of failures behind watches that go on. Default: nobody is told. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface TransactionService {
  readonly module: ServiceModule<TransactionServiceDefinition>;
  /** Ends all watches with SHUTTING_DOWN. The tables, the log and the hub stay open: they belong to the caller. */
  close(): void;
}

/** Opens TransactionService over the tables of the fold. */
export function openTransactionService(options: TransactionServiceOptions): TransactionService {
  const { clock } = options;
  const changes = openResumableChanges({
    ...options,
    limits: { subscribersMax: 200, ...options.limits },
  });
  return {
    module: {
      definition: TransactionServiceDefinition,
      implementation: {
        getTransaction: (request) => getTransaction(options, request),
        listTransactions: (request) => listTransactions(options, request, clock.nowMs()),
        watchTransactions: (request, { signal }) =>
          watchTransactions({ ...options, changes }, request, signal),
      },
    },
    close: () => {
      changes.close();
    },
  };
}

async function getTransaction(
  { tables, decisionOf }: TransactionSource,
  request: GetTransactionRequest,
): Promise<GetTransactionResponse> {
  const violations = validateGetTransactionRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const { transactionId } = request;
  const read = await readTransaction(tables, await resolveId(tables, transactionId));
  if (read === undefined) {
    const text = `there is no transaction ${transactionId}: its events may not have arrived yet`;
    throw new ServiceError(ErrorReason.TRANSACTION_UNKNOWN, text, {
      metadata: { transaction_id: transactionId },
    });
  }
  return { transaction: await withDecisions(read.transaction, decisionOf) };
}
