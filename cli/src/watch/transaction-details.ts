import type { MoneyAmount, Transaction, TransactionPayment } from '@bytebasket/sdk';
import { textTable } from '../output/text-table.js';
import { moneyText } from './format.js';
import { harmless } from './text-width.js';

/** A transaction with its payments, decisions, labels and anomalies, for a person. */
export function transactionText(transaction: Transaction): string {
  const { payments, paymentsTotal, anomalies, anomaliesTotal } = transaction;
  const unseen = paymentsTotal - payments.length;
  return [
    textTable(facts(transaction)),
    ...payments.flatMap((payment) => ['', ...paymentLines(payment)]),
    ...(unseen > 0 ? ['', `and ${unseen} more payments`] : []),
    ...(anomalies.length === 0 ? [] : ['', `What is odd (${anomaliesTotal}):`]),
    ...anomalies.map(
      ({ kind, description, occurTime }) =>
        `  ${occurTime?.toISOString() ?? ''} ${kind}: ${harmless(description)}`,
    ),
  ].join('\n');
}

function facts(transaction: Transaction): string[][] {
  const { orderState, items } = transaction;
  const pieces = items === 0 ? '' : `, ${items} pieces`;
  const order = orderState === 'none' ? 'not placed' : `${orderState}${pieces}`;
  const rows: [string, string][] = [
    ['transaction', transaction.transactionId],
    ['order', order],
    ['total', amountText(transaction.total)],
    ['captured', amountText(transaction.captured)],
    ['refunded', amountText(transaction.refunded)],
    ['user', transaction.userId],
    ['device', transaction.anonymousId],
    ['first event', transaction.createTime?.toISOString() ?? ''],
    ['newest event', transaction.updateTime?.toISOString() ?? ''],
  ];
  return rows.filter(([, text]) => text !== '').map(([name, text]) => [name, harmless(text)]);
}

function paymentLines(payment: TransactionPayment): string[] {
  const { paymentId, state, amount, method, attempts, declineCode, decision, labels } = payment;
  const declined = declineCode === '' ? '' : ` (last refusal: ${harmless(declineCode)})`;
  const by = method === '' ? '' : ` by ${harmless(method)}`;
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  const lines = [
    `Payment ${harmless(paymentId)}: ${state}${declined}, ${amountText(amount)}${by}${tries}`,
  ];
  if (decision !== undefined) {
    lines.push(`  decision: ${decision.action}, score ${decision.score.toFixed(0)} of 100`);
    for (const { text } of decision.reasons) lines.push(`    ${harmless(text)}`);
  }
  for (const { source, verdict, knownTime, note } of labels) {
    const remark = note === '' ? '' : `: ${harmless(note)}`;
    lines.push(
      `  label: ${verdict} by ${source}, known ${knownTime?.toISOString() ?? ''}${remark}`,
    );
  }
  return lines;
}

function amountText(amount: MoneyAmount | undefined): string {
  return amount === undefined ? '' : moneyText(amount);
}
