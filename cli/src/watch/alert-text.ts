import type { Alert, AlertState } from '@bytebasket/sdk';
import { ageText, moneyText } from './format.js';
import type { TableColumn } from './table.js';
import { harmless } from './text-width.js';

/** States of alerts that nobody has decided about. */
export const UNRESOLVED: readonly AlertState[] = ['open', 'assigned', 'in-review', 'reopened'];

export function isUnresolved({ state }: Alert): boolean {
  return UNRESOLVED.some((one) => one === state);
}

/** Columns of a table of alerts, ages as of `nowMs`. */
export function alertColumns(nowMs: number): readonly TableColumn<Alert>[] {
  return [
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'SCORE', right: true, cell: ({ score }) => score.toFixed(0) },
    { title: 'ASKS FOR', from: 120, cell: ({ action }) => action },
    { title: 'AMOUNT', right: true, from: 50, cell: amountOf },
    { title: 'AGE', right: true, from: 60, cell: ({ createTime }) => ageText(createTime, nowMs) },
    { title: 'ALERT', from: 95, max: 40, cell: ({ alertId }) => harmless(alertId) },
    { title: 'WHO', from: 140, max: 24, cell: ({ group }) => harmless(group) },
    { title: 'ASSIGNEE', from: 110, max: 14, cell: ({ assignee }) => harmless(assignee) },
    { title: 'WHY', cell: whyOf },
  ];
}

/** The unresolved ones first, the highest score first among them; the resolved ones as they were resolved. */
export function byUrgency(alerts: readonly Alert[]): readonly Alert[] {
  const open = alerts.filter(isUnresolved);
  const rest = alerts.filter((alert) => !isUnresolved(alert));
  return [...[...open].sort((a, b) => b.score - a.score), ...rest];
}

/** An alert on one line of a log. */
export function alertLine(alert: Alert): string {
  const { alertId, state, score, group, assignee, updateTime } = alert;
  const who = assignee === '' ? '' : ` (${harmless(assignee)})`;
  const parts = [
    updateTime?.toISOString() ?? '',
    `${state}${who}`,
    `score ${score.toFixed(0)}`,
    amountOf(alert),
    harmless(alertId),
    harmless(group),
  ];
  return `${parts.filter((part) => part !== '').join(' ')}: ${whyOf(alert)}`;
}

/** The heaviest reason, and how many more there are. */
export function whyOf({ reasons }: Pick<Alert, 'reasons'>): string {
  const [first, ...more] = reasons;
  if (first === undefined) return 'no reason given';
  return `${harmless(first.text)}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;
}

function amountOf({ amount }: Alert): string {
  return amount === undefined ? '' : moneyText(amount);
}
