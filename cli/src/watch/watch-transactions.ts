import type { OrderState, Transaction, TransactionUpdate } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';
import { changeView } from './change-view.js';
import { inWatch } from './in-watch.js';
import { tableLines } from './table.js';
import { transactionColumns, transactionLine } from './transaction-text.js';
import { jsonLine, lineView, type View } from './view.js';

export interface WatchTransactionsOptions extends ConnectionFlags {
  /** Of this user or device; absent for everybody. */
  readonly user?: string | undefined;
  /** Only these; none means all. */
  readonly states: readonly OrderState[];
  readonly anomalous: boolean;
  readonly json: boolean;
}

/** Follows transactions until Ctrl-C, from now on: a live table on a terminal, lines elsewhere. */
export async function watchTransactions(
  context: CliContext,
  options: WatchTransactionsOptions,
): Promise<void> {
  const { user: userId, anomalous } = options;
  // A live table must see what leaves these states; it filters by itself.
  const states = isLive(context, options) ? [] : options.states;
  await inWatch<TransactionUpdate>(context, {
    flags: options,
    view: viewOf(context, options),
    follow: async ({ client, signal, show }) => {
      const watch = { userId, states, anomalous, onGap: 'restart', signal } as const;
      for await (const update of client.transactions.watch(watch)) await show(update);
    },
  });
}

function isLive({ stdout }: CliContext, { json }: WatchTransactionsOptions): boolean {
  return stdout.terminal && !json;
}

function viewOf(context: CliContext, options: WatchTransactionsOptions): View<TransactionUpdate> {
  const { json, states } = options;
  if (!isLive(context, options)) {
    const line = json ? jsonLine : transactionLine;
    return lineView(context, (update) =>
      update.type === 'value' ? line(update.value) : undefined,
    );
  }
  const wanted = new Set<string>(states);
  const isWanted = ({ orderState }: Transaction) => wanted.size === 0 || wanted.has(orderState);
  return changeView<Transaction>(context, {
    title: 'transactions',
    idOf: ({ transactionId }) => transactionId,
    lines: (transactions, { status, ...screen }) =>
      tableLines(transactions.filter(isWanted), {
        columns: transactionColumns(Date.now()),
        empty: 'no change yet: what is ordered, paid or refunded from now on comes here',
        status,
        screen,
      }),
  });
}
