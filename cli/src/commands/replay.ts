import { type Command, InvalidArgumentError, Option } from 'commander';
import { NO_CURRENCY } from '../importers/money.js';
import { IMPORTERS } from '../importers/registry.js';
import { usageError } from '../output/cli-error.js';
import type { Speed } from '../replay/pacer.js';
import { replay, type ReplayOptions } from '../replay/replay.js';
import { durationMs } from '../replay/timeline.js';
import { addConnectionOptions, type CliContext } from './context.js';

const NAMES = ['auto', ...IMPORTERS.map((importer) => importer.name)];

function speed(text: string): 'auto' | Speed {
  if (text === 'auto' || text === 'max') return text;
  const factor = Number(text);
  if (Number.isFinite(factor) && factor > 0) return { factor };
  throw new InvalidArgumentError('use auto, max or a factor above 0, such as 60');
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('use a whole number above 0');
}

type Flags = Omit<ReplayOptions, 'durationMs' | 'lookup'> & {
  readonly duration: string;
  readonly lookup?: readonly string[];
};

/** `bytebasket replay FILE…`: events of files, or of a folder, through the SDK. */
export function registerReplay(program: Command, context: CliContext): void {
  const command = program
    .command('replay')
    .description(
      'replays files of events (CSV, JSON lines, Parquet; plain or gzip), or the known files of a folder',
    )
    .argument('<file...>', 'files or folders')
    .addOption(new Option('--format <name>', 'format of the files').choices(NAMES).default('auto'))
    .option('--mapping <file>', 'mapping file for any other table (docs/importers.md)')
    .option('--lookup <name=file:key...>', 'second tables, such as categories=items.csv:item_id')
    .option('--currency <code>', 'ISO 4217 currency of amounts without one', NO_CURRENCY)
    .option(
      '--speed <factor|max|auto>',
      'times the recorded speed; auto fits --duration',
      speed,
      'auto',
    )
    .option('--duration <span>', 'how long an auto replay takes', '2m')
    .addOption(
      new Option('--times <which>', 'live: the time of sending; shift: moved by --shift; original')
        .choices(['live', 'shift', 'original'])
        .default('live'),
    )
    .option(
      '--shift <span|now>',
      'with --times shift: now (the last event lands now) or a span such as 30d',
      'now',
    )
    .option(
      '--limit <events>',
      'stop after so many events of each file',
      count,
      Number.POSITIVE_INFINITY,
    )
    .option('--strict', 'stop at the first bad row', false)
    .option('--bad-rows <file>', 'writes every bad row with its reason')
    .option('--json', 'prints the counts as one JSON object', false);
  addConnectionOptions(command).action(async (files: string[], flags: Flags) => {
    const tally = await replay(context, files, {
      ...flags,
      lookup: flags.lookup ?? [],
      durationMs: positive(flags.duration),
    });
    if (flags.json) await context.stdout.line(JSON.stringify(tally.toJson()));
    else for (const line of tally.lines()) await context.stdout.line(line);
  });
}

function positive(text: string): number {
  const ms = durationMs(text, '--duration');
  if (ms > 0) return ms;
  throw usageError(`--duration is '${text}'`, 'Use a span above 0, such as 2m.');
}
