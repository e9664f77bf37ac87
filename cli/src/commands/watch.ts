import { type Command, Option } from 'commander';
import type { MetricDimension, MetricResolution } from '@bytebasket/sdk';
import { usageError } from '../output/cli-error.js';
import { DEFAULT_METRICS, watchMetrics } from '../watch/watch-metrics.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';

/** Short and long names of the resolutions. */
const RESOLUTIONS: Readonly<Record<string, MetricResolution>> = {
  '10s': '10s',
  '1m': 'minute',
  '1h': 'hour',
  '1d': 'day',
};

interface Flags extends ConnectionFlags {
  readonly resolution: string;
  readonly by?: MetricDimension;
  readonly value?: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
}

/** `bytebasket watch metrics [names…]`. */
export function registerWatch(program: Command, context: CliContext): void {
  const watch = program.command('watch').description('follows what the server shows');
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
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--json', 'one JSON object per change', false)
    .option('--once', 'the current windows, then ends', false);
  addConnectionOptions(command).action(async (names: string[], flags: Flags) => {
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
