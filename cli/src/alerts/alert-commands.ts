import type { Alert, AlertState, AlertUpdate } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';
import { withServer } from '../commands/with-server.js';
import { alertColumns, UNRESOLVED } from '../watch/alert-text.js';
import { tableLines } from '../watch/table.js';
import { harmless } from '../watch/text-width.js';
import { jsonLine } from '../watch/view.js';
import { explainAlertError } from './explain.js';
import { alertText } from './show-alert.js';

export interface ListOptions extends ConnectionFlags {
  /** Only these; none means those that are not resolved. */
  readonly states: readonly AlertState[];
  /** Of every state. */
  readonly all: boolean;
  readonly group?: string | undefined;
  /** Alerts shown at most. */
  readonly limit: number;
  readonly json: boolean;
}

/** Prints the newest alerts. */
export async function listAlerts(context: CliContext, options: ListOptions): Promise<void> {
  const { all, group, limit, json } = options;
  const states = all || options.states.length > 0 ? options.states : UNRESOLVED;
  const { stdout, stderr, signal } = context;
  const ask = async (client: Parameters<Parameters<typeof withServer>[1]['ask']>[0]) => {
    const alerts: Alert[] = [];
    let more = false;
    const pageSize = Math.min(limit + 1, 500);
    for await (const alert of client.alerts.list({ states, group, pageSize, signal })) {
      more = alerts.length === limit;
      if (more) break;
      alerts.push(alert);
    }
    const columns = alertColumns(Date.now());
    const screen = { columns: stdout.columns(), lines: Number.POSITIVE_INFINITY, colour: false };
    // Scripts get every column and whole texts; a terminal what fits.
    const table = stdout.terminal ? screen : { ...screen, columns: 400 };
    const empty = all ? 'no alerts' : 'no alerts that wait; --all shows the resolved ones too';
    const lines = json
      ? alerts.map(jsonLine)
      : tableLines(alerts, { columns, empty, screen: table });
    for (const line of lines) await stdout.line(line);
    if (more) await stderr.line(`There are more than ${limit}: raise --limit, or name a --state.`);
  };
  await withServer(context, { flags: options, ask });
}

export interface GetOptions extends ConnectionFlags {
  readonly json: boolean;
}

/** Prints all about one alert. */
export async function getAlert(
  context: CliContext,
  alertId: string,
  options: GetOptions,
): Promise<void> {
  const { stdout, signal } = context;
  await withServer(context, {
    flags: options,
    ask: async ({ alerts }) => {
      const details = await alerts.get(alertId, { signal });
      await stdout.line(options.json ? jsonLine(details) : alertText(details));
    },
    explain: (error) => explainAlertError(error, alertId),
  });
}

export interface ChangeOptions extends ConnectionFlags {
  readonly state: NonNullable<AlertUpdate['state']>;
  readonly assignee?: string | undefined;
  readonly note?: string | undefined;
  /** The version that the decision rests on; absent for the present one. */
  readonly ifVersion?: number | undefined;
  readonly json: boolean;
}

/** Changes an alert and prints it as it is then. */
export async function changeAlert(
  context: CliContext,
  alertId: string,
  options: ChangeOptions,
): Promise<void> {
  const { state, assignee, note, ifVersion, json } = options;
  const { stdout, signal } = context;
  await withServer(context, {
    flags: options,
    ask: async ({ alerts }) => {
      const expectedVersion = ifVersion ?? (await alerts.get(alertId, { signal })).alert.version;
      const update = { alertId, expectedVersion, state, assignee, note, signal };
      const alert = await alerts.update(update);
      await stdout.line(json ? jsonLine(alert) : changedText(alert));
    },
    explain: (error) => explainAlertError(error, alertId),
  });
}

function changedText({ alertId, state, assignee, version }: Alert): string {
  const who = assignee === '' ? '' : `, assigned to ${harmless(assignee)}`;
  return `alert ${alertId} is ${state}${who} (version ${version})`;
}
