import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AlertState } from '@bytebasket/sdk';
import { changeAlert, getAlert, listAlerts, type ChangeOptions } from '../alerts/alert-commands.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';
import { collected, wholeNumber } from './flag-values.js';

/** The words of alert states, as the SDK has them. */
export const ALERT_STATES: readonly AlertState[] = [
  ...(['open', 'assigned', 'in-review', 'reopened'] as const),
  ...(['confirmed-fraud', 'false-positive', 'inconclusive'] as const),
];
const VERDICTS = ['confirmed-fraud', 'false-positive', 'inconclusive'] as const;
const LIMIT = { default: 50, max: 10_000 };

/** `--state`, which may be given several times. */
export function stateOption(words: readonly string[]): Option {
  const parse = (text: string, before: readonly string[] | undefined): readonly string[] => {
    if (words.includes(text)) return collected(text, before);
    throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`);
  };
  // A parser of its own takes the place of the one that `choices` brings; the help still lists them.
  return new Option('--state <state>', 'only this state; may be given several times')
    .choices(words)
    .argParser(parse);
}

interface ListFlags extends ConnectionFlags {
  readonly state?: readonly AlertState[];
  readonly all: boolean;
  readonly group?: string;
  readonly limit: number;
  readonly json: boolean;
}

type ChangeFlags = Omit<ChangeOptions, 'state'> & { readonly as: (typeof VERDICTS)[number] };

/** `bytebasket alerts list|get|assign|review|resolve|reopen`. */
export function registerAlerts(program: Command, context: CliContext): void {
  const alerts = program
    .command('alerts')
    .description('fraud alerts: list, look at, assign, resolve');

  const list = alerts
    .command('list')
    .description('lists alerts that wait for a decision, the newest first')
    .addOption(stateOption(ALERT_STATES))
    .option('--all', 'of every state', false)
    .option('--group <group>', 'only about this, such as user:u-17 or device:d-4')
    .option(
      '--limit <count>',
      `how many at most (1 to ${LIMIT.max})`,
      wholeNumber(1, LIMIT.max),
      LIMIT.default,
    )
    .option('--json', 'one JSON object per alert', false);
  addConnectionOptions(list).action(async ({ state: states = [], ...flags }: ListFlags) => {
    await listAlerts(context, { ...flags, states });
  });

  const get = alerts
    .command('get')
    .description('shows an alert: why it was opened, what was seen, what happened to it')
    .argument('<id>', 'its id, as `list` shows it')
    .option('--json', 'as JSON', false);
  addConnectionOptions(get).action(
    async (id: string, flags: ConnectionFlags & { readonly json: boolean }) => {
      await getAlert(context, id, flags);
    },
  );

  const change = (name: string, text: string): Command => changeCommand(alerts, name, text);
  change('assign', 'makes somebody responsible for an alert')
    .requiredOption('--assignee <name>', 'who (at most 128 characters)')
    .action(async (id: string, flags: ChangeFlags) => {
      await changeAlert(context, id, { ...flags, state: 'assigned' });
    });
  change('review', 'says that somebody looks at an alert now')
    .option('--assignee <name>', 'who; default whoever is responsible')
    .action(async (id: string, flags: ChangeFlags) => {
      await changeAlert(context, id, { ...flags, state: 'in-review' });
    });
  change('resolve', 'says what an alert was')
    .addOption(new Option('--as <verdict>', 'what').choices(VERDICTS).makeOptionMandatory())
    .action(async (id: string, flags: ChangeFlags) => {
      await changeAlert(context, id, { ...flags, state: flags.as });
    });
  change('reopen', 'takes back what an alert was')
    .option('--assignee <name>', 'who is responsible from now on')
    .action(async (id: string, flags: ChangeFlags) => {
      await changeAlert(context, id, { ...flags, state: 'reopened' });
    });
}

/** What all changes have; `--version` would be the program's own. */
function changeCommand(alerts: Command, name: string, text: string): Command {
  const command = alerts
    .command(name)
    .description(text)
    .argument('<id>', "the alert's id, as `list` shows it")
    .option('--note <text>', 'a remark that stays with the change (at most 512 characters)')
    .option(
      '--if-version <number>',
      'only when the alert still has this version; default whatever it has now',
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--json', 'the alert after the change as JSON', false);
  return addConnectionOptions(command);
}
