import type { Command } from 'commander';
import { isByteBasketError } from '@bytebasket/sdk';
import { CliError } from '../output/cli-error.js';
import { transactionText } from '../watch/transaction-details.js';
import { jsonLine } from '../watch/view.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';
import { withServer } from './with-server.js';

interface Flags extends ConnectionFlags {
  readonly json: boolean;
}

/** `bytebasket transactions get ID`. */
export function registerTransactions(program: Command, context: CliContext): void {
  const transactions = program
    .command('transactions')
    .description('orders with their payments and fraud decisions');
  const get = transactions
    .command('get')
    .description('shows a transaction: its payments, what was decided about them, what is odd')
    .argument('<id>', "the order's id, or a payment's")
    .option('--json', 'as JSON', false);
  addConnectionOptions(get).action(async (id: string, flags: Flags) => {
    const { stdout, signal } = context;
    await withServer(context, {
      flags,
      ask: async (client) => {
        const transaction = await client.transactions.get(id, { signal });
        await stdout.line(flags.json ? jsonLine(transaction) : transactionText(transaction));
      },
      explain: (error) => explained(error, id),
    });
  });
}

function explained(error: unknown, id: string): unknown {
  if (!isByteBasketError(error) || error.reason !== 'TRANSACTION_UNKNOWN') return error;
  return new CliError(`there is no transaction or payment '${id}'`, {
    remedy: 'Check the id; what was sent a moment ago takes about a second to show.',
    cause: error,
  });
}
