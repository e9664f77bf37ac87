import { TransactionServiceDefinition } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import type { Connection } from '../connection/connection.js';
import { callRead } from '../connection/retry.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { paged, type Paged } from '../reading/paged.js';
import { present } from '../reading/present.js';
import { callOptions, type ReadOptions } from '../reading/read-options.js';
import { watchResumable, type ResumeOptions, type WatchUpdate } from '../watching/resumable.js';
import { ORDER_STATES, transactionOf, versionOf } from './transaction.js';
import type { OrderState, Transaction } from './transaction.js';

/** Transactions that `await transactions.list()` collects at most. */
const TRANSACTIONS_MAX = 100_000;

/** Which transactions. */
export interface TransactionFilter {
  /** Only of this user, or of this anonymous id; default of everybody. */
  readonly userId?: string | undefined;
  /** Only orders in one of these states; default all. */
  readonly states?: readonly OrderState[] | undefined;
  /** Only transactions with an anomaly; default false. */
  readonly anomalous?: boolean | undefined;
}

/** Which transactions to list. */
export interface TransactionList extends TransactionFilter, ReadOptions {
  /** Created at or after this; default 30 days before `endTime`. */
  readonly startTime?: Date | undefined;
  /** Created before this; default now. */
  readonly endTime?: Date | undefined;
  /** Transactions per page, 1 to 500; default 50. */
  readonly pageSize?: number | undefined;
}

/** Which transactions to watch. */
export interface TransactionWatch extends TransactionFilter, ResumeOptions {}

/** What a watch of transactions delivers: each transaction as it is after a change of it or of a decision about it. */
export type TransactionUpdate = WatchUpdate<Transaction>;

/** Orders with their payments and fraud decisions. Errors of all: FIELD_INVALID, KEY_INVALID, SCOPE_MISSING. */
export interface Transactions {
  /** Reads one by its id or by the id of one of its payments. Errors: TRANSACTION_UNKNOWN. */
  get(transactionId: string, options?: ReadOptions): Promise<Transaction>;
  /** Lists them, the newest first: await it for all (at most 100,000), or loop over it, which holds a page at a time. */
  list(list?: TransactionList): Paged<Transaction>;
  /**
   * Every change, once each, for as long as the loop runs; changes within 100 ms come as one. Reconnects by itself and goes on
   * where it broke. Nothing is asked before the first turn of the loop. Errors: WatchGapError (see `onGap`),
   * RESUME_TOKEN_INVALID.
   */
  watch(watch?: TransactionWatch): AsyncIterable<TransactionUpdate>;
}

export function createTransactions(
  connection: Connection,
  settings: ResolvedOptions,
): Transactions {
  const client = connection.clients.create(TransactionServiceDefinition, connection.channel);
  return {
    async get(transactionId, options = {}) {
      const { transaction } = await callRead(callOptions(settings, options), (attempt) =>
        client.getTransaction({ transactionId }, attempt),
      );
      return transactionOf(present(transaction, 'transaction'));
    },
    list(list = {}) {
      const { startTime, endTime, pageSize = 0 } = list;
      const base = { ...filterOf(list), startTime, endTime, pageSize };
      const fetch = async (pageToken: string) => {
        const page = await callRead(callOptions(settings, list), (attempt) =>
          client.listTransactions({ ...base, pageToken }, attempt),
        );
        return { items: page.transactions.map(transactionOf), nextPageToken: page.nextPageToken };
      };
      return paged({ fetch, itemsMax: TRANSACTIONS_MAX });
    },
    watch(watch = {}) {
      const filter = filterOf(watch);
      return {
        [Symbol.asyncIterator]: () =>
          watchResumable(
            { settings, signals: [watch.signal, connection.closed] },
            {
              open: (resumeToken, signal) =>
                client.watchTransactions({ ...filter, resumeToken }, { signal }),
              valueOf: transactionOf,
              versionOf,
              options: watch,
            },
          ),
      };
    },
  };
}

function filterOf({ userId = '', states, anomalous = false }: TransactionFilter) {
  return { userId, orderStates: ORDER_STATES.codesOf(states, 'states'), anomalous };
}
