import type { Alert, AlertDetails, Decision, FeatureValue } from '@bytebasket/sdk';
import { textTable } from '../output/text-table.js';
import { moneyText } from '../watch/format.js';
import { harmless } from '../watch/text-width.js';

/** An alert with its reasons, what was seen and what happened to it, for a person who has to decide. */
export function alertText({ alert, decision, history }: AlertDetails): string {
  return [
    textTable(facts(alert)),
    '',
    'Why:',
    ...reasonLines(alert),
    ...(decision === undefined ? [] : ['', 'What was seen:', featureTable(decision)]),
    '',
    'What happened:',
    historyTable(history),
  ].join('\n');
}

function facts(alert: Alert): string[][] {
  const rows: [string, string][] = [
    ['alert', alert.alertId],
    ['state', `${alert.state}, version ${alert.version}`],
    ['score', `${alert.score.toFixed(0)} of 100, asks to ${alert.action}`],
    ['amount', alert.amount === undefined ? '' : moneyText(alert.amount)],
    ['payment', alert.paymentId],
    ['order', alert.orderId],
    ['user', alert.userId],
    ['device', alert.anonymousId],
    ['assignee', alert.assignee],
    ['opened', alert.createTime?.toISOString() ?? ''],
    ['due', alert.dueTime?.toISOString() ?? ''],
  ];
  return rows.filter(([, text]) => text !== '').map(([name, text]) => [name, harmless(text)]);
}

function reasonLines({ reasons }: Alert): string[] {
  if (reasons.length === 0) return ['  no reason given'];
  return reasons.map(
    ({ text, ruleId, weight }) =>
      `  ${harmless(text)} (rule ${harmless(ruleId)}, weight ${weight})`,
  );
}

function featureTable({ features }: Decision): string {
  const rows = Object.entries(features)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => [`  ${harmless(name)}`, featureText(value)]);
  return rows.length === 0 ? '  nothing' : textTable(rows);
}

function featureText(value: FeatureValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? 'unknown' : harmless(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function historyTable(history: AlertDetails['history']): string {
  return textTable(
    history.map(({ version, state, assignee, note, clientId, changeTime }) => [
      `  ${version}`,
      changeTime?.toISOString() ?? '',
      state,
      harmless(assignee),
      [clientId === '' ? '' : `by ${harmless(clientId)}`, harmless(note)]
        .filter((text) => text !== '')
        .join(': '),
    ]),
  );
}
