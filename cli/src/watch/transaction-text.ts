import type { Decision, Transaction, TransactionPayment } from '@bytebasket/sdk';
import { whyOf } from './alert-text.js';
import { ageText, moneyText } from './format.js';
import type { TableColumn } from './table.js';
import { harmless } from './text-width.js';

const SEVERITY: Readonly<Record<Decision['action'], number>> = {
  unknown: 0,
  allow: 1,
  challenge: 2,
  review: 3,
  block: 4,
};

/** Columns of a table of transactions, ages as of `nowMs`. */
export function transactionColumns(nowMs: number): readonly TableColumn<Transaction>[] {
  return [
    { title: 'AGE', right: true, from: 60, cell: ({ updateTime }) => ageText(updateTime, nowMs) },
    { title: 'TRANSACTION', max: 24, cell: ({ transactionId }) => harmless(transactionId) },
    { title: 'ORDER', cell: orderText },
    { title: 'AMOUNT', right: true, cell: amountText },
    { title: 'PAYMENT', from: 70, cell: paymentText },
    { title: 'DECISION', from: 50, cell: decisionText },
    { title: 'WHO', from: 130, max: 24, cell: whoText },
    { title: 'WHAT IS ODD', from: 90, cell: oddText },
  ];
}

/** A transaction on one line of a log. */
export function transactionLine(transaction: Transaction): string {
  const parts = [
    transaction.updateTime?.toISOString() ?? '',
    harmless(transaction.transactionId),
    `order ${orderText(transaction)}`,
    amountText(transaction),
    `payment ${paymentText(transaction) || 'none'}`,
    decisionText(transaction),
  ];
  const odd = oddText(transaction);
  return `${parts.filter((part) => part !== '').join(' ')}${odd === '' ? '' : `: ${odd}`}`;
}

/** What the order costs; without one, what was to be paid. */
function amountText({ total, payments }: Transaction): string {
  const amount = total ?? payments.at(-1)?.amount;
  return amount === undefined ? '' : moneyText(amount);
}

function orderText({ orderState, refunded }: Transaction): string {
  if (orderState === 'none') return 'not placed';
  return refunded === undefined || orderState === 'refunded'
    ? orderState
    : `${orderState} ${moneyText(refunded)}`;
}

/** Where the last payment stands, and how many there are. */
function paymentText({ payments, paymentsTotal }: Transaction): string {
  const last = payments.at(-1);
  if (last === undefined) return '';
  return paymentsTotal > 1 ? `${last.state} (${paymentsTotal})` : last.state;
}

function decisionText(transaction: Transaction): string {
  const decision = severest(transaction);
  return decision === undefined ? '' : `${decision.action} ${decision.score.toFixed(0)}`;
}

function whoText({ userId, anonymousId }: Transaction): string {
  return harmless(userId === '' ? anonymousId : userId);
}

/** Anomalies, then labels of fraud, then why a payment was not simply taken. */
function oddText(transaction: Transaction): string {
  const { anomalies, anomaliesTotal, payments } = transaction;
  const odd = anomalies.slice(-1).map(({ kind, description }) => {
    const more = anomaliesTotal > 1 ? ` (and ${anomaliesTotal - 1} more)` : '';
    return `${kind}: ${harmless(description)}${more}`;
  });
  const label = payments.map(holdingLabel).find((one) => one?.verdict === 'fraud');
  if (label !== undefined) odd.push(`fraud by ${label.source}`);
  const decision = severest(transaction);
  if (decision !== undefined && decision.reasons.length > 0) odd.push(whyOf(decision));
  return odd.join('; ');
}

/** Of a payment's labels the one with the latest known time holds; they come in that order. */
function holdingLabel({ labels }: TransactionPayment) {
  return labels.at(-1);
}

/** The decision that asks for most. */
function severest({ payments }: Transaction): Decision | undefined {
  return payments
    .flatMap(({ decision }) => decision ?? [])
    .sort((a, b) => SEVERITY[b.action] - SEVERITY[a.action] || b.score - a.score)[0];
}
