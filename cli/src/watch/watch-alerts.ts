import type { Alert, AlertState, AlertWatchUpdate } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';
import { alertColumns, alertLine, byUrgency, isUnresolved } from './alert-text.js';
import { changeView } from './change-view.js';
import { inWatch } from './in-watch.js';
import { tableLines } from './table.js';
import { jsonLine, lineView, type View } from './view.js';

export interface WatchAlertsOptions extends ConnectionFlags {
  /** Only these; none means all. */
  readonly states: readonly AlertState[];
  readonly json: boolean;
}

/** Follows alerts until Ctrl-C, from those that are not resolved: a live table on a terminal, lines elsewhere. */
export async function watchAlerts(context: CliContext, options: WatchAlertsOptions): Promise<void> {
  // A live table must see what leaves these states; it filters by itself.
  const states = isLive(context, options) ? [] : options.states;
  await inWatch<AlertWatchUpdate>(context, {
    flags: options,
    view: viewOf(context, options),
    follow: async ({ client, signal, show }) => {
      const watch = { states, includeUnresolved: true, onGap: 'restart', signal } as const;
      for await (const update of client.alerts.watch(watch)) await show(update);
    },
  });
}

function isLive({ stdout }: CliContext, { json }: WatchAlertsOptions): boolean {
  return stdout.terminal && !json;
}

function viewOf(context: CliContext, options: WatchAlertsOptions): View<AlertWatchUpdate> {
  const { json, states } = options;
  if (!isLive(context, options)) {
    const line = json ? jsonLine : alertLine;
    return lineView(context, (update) =>
      update.type === 'value' ? line(update.value) : undefined,
    );
  }
  const wanted = new Set<string>(states);
  const isWanted = ({ state }: Alert) => wanted.size === 0 || wanted.has(state);
  return changeView<Alert>(context, {
    title: 'alerts',
    idOf: ({ alertId }) => alertId,
    lines: (alerts, { status, ...screen }) =>
      tableLines(byUrgency(alerts.filter(isWanted)), {
        columns: alertColumns(Date.now()),
        dimmed: (alert) => !isUnresolved(alert),
        empty: 'no alerts: a payment that a rule asks to review or to block opens one',
        status,
        screen,
      }),
  });
}
