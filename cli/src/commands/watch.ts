import { type Command, Option } from 'commander';
import type { AlertState, MetricDimension, MetricResolution, OrderState } from '@bytebasket/sdk';
import { usageError } from '../output/cli-error.js';
import { watchAlerts } from '../watch/watch-alerts.js';
import { DEFAULT_METRICS, watchMetrics } from '../watch/watch-metrics.js';
import { watchRecommendations } from '../watch/watch-recommendations.js';
import { watchTransactions } from '../watch/watch-transactions.js';
import { ALERT_STATES, stateOption } from './alerts.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';
import { collected } from './flag-values.js';
import { addRecommendOptions, checkRecommendFlags, type RecommendFlags } from './recommend.js';

const ORDER_STATES: readonly OrderState[] = [
  ...(['none', 'placed', 'updated', 'cancelled', 'partially-refunded', 'refunded'] as const),
];

/** Short and long names of the resolutions. */
const RESOLUTIONS: Readonly<Record<string, MetricResolution>> = {
  '10s': '10s',
  '1m': 'minute',
  '1h': 'hour',
  '1d': 'day',
};

interface MetricFlags extends ConnectionFlags {
  readonly resolution: string;
  readonly by?: MetricDimension;
  readonly value?: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
}

/** `bytebasket watch metrics|transactions|alerts|recommendations`. */
export function registerWatch(program: Command, context: CliContext): void {
  const watch = program.command('watch').description('follows what the server shows');
  registerMetrics(watch, context);
  registerTransactions(watch, context);
  registerAlerts(watch, context);
  registerRecommendations(watch, context);
}

function registerMetrics(watch: Command, context: CliContext): void {
  const command = watch
    .command('metrics')
    .description('follows metrics: a live board on a terminal, a line per change elsewhere')
    .argument('[names...]', 'metrics; default those that a shop owner looks at first')
    .addOption(
      new Option('--resolution <length>', 'length of the windows')
        .choices(Object.keys(RESOLUTIONS))
        .default('1m'),
    )
    .addOption(
      new Option('--by <dimension>', 'splits every metric').choices([
        'country',
        'device',
        'channel',
        'category',
      ]),
    )
    .option(
      '--value <value>',
      'only this value of the split; may be given several times',
      collected,
    )
    .option('--json', 'one JSON object per change', false)
    .option('--once', 'the current windows, then ends', false);
  addConnectionOptions(command).action(async (names: string[], flags: MetricFlags) => {
    if (flags.value !== undefined && flags.by === undefined) {
      throw usageError(
        '--value needs --by',
        'Say what the value is of, such as --by country --value DE.',
      );
    }
    if (flags.by !== undefined && names.length === 0) {
      throw usageError(
        '--by needs metric names',
        'Not every metric can be split: name some, such as page_views.',
      );
    }
    const { value, resolution, ...rest } = flags;
    await watchMetrics(context, {
      ...rest,
      metrics: names.length > 0 ? [...new Set(names)] : DEFAULT_METRICS,
      resolution: RESOLUTIONS[resolution] ?? 'minute',
      values: value ?? [],
    });
  });
}

function registerTransactions(watch: Command, context: CliContext): void {
  const command = watch
    .command('transactions')
    .description('follows orders and payments as they change, with the fraud decisions about them')
    .option('--user <id>', 'only of this user, or of this device')
    .addOption(stateOption(ORDER_STATES))
    .option('--anomalous', 'only those with something that cannot be right', false)
    .option('--json', 'one JSON object per change', false);
  interface Flags extends ConnectionFlags {
    readonly user?: string;
    readonly state?: readonly OrderState[];
    readonly anomalous: boolean;
    readonly json: boolean;
  }
  addConnectionOptions(command).action(async ({ state: states = [], ...flags }: Flags) => {
    await watchTransactions(context, { ...flags, states });
  });
}

function registerAlerts(watch: Command, context: CliContext): void {
  const command = watch
    .command('alerts')
    .description('follows fraud alerts, from those that wait for a decision')
    .addOption(stateOption(ALERT_STATES))
    .option('--json', 'one JSON object per change', false);
  interface Flags extends ConnectionFlags {
    readonly state?: readonly AlertState[];
    readonly json: boolean;
  }
  addConnectionOptions(command).action(async ({ state: states = [], ...flags }: Flags) => {
    await watchAlerts(context, { ...flags, states });
  });
}

function registerRecommendations(watch: Command, context: CliContext): void {
  const command = watch
    .command('recommendations')
    .description('follows what is recommended to a visitor, re-ranked as the visitor moves')
    .option('--json', 'one JSON object per list', false);
  addRecommendOptions(command).action(async (flags: RecommendFlags) => {
    checkRecommendFlags(flags);
    if (flags.visitor === undefined && flags.user === undefined) {
      throw usageError('nobody is named', 'Name a --visitor or a --user.');
    }
    await watchRecommendations(context, flags);
  });
}
