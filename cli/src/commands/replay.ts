import { type Command, InvalidArgumentError, Option } from 'commander';
import { NO_CURRENCY } from '../importers/money.js';
import { IMPORTERS } from '../importers/registry.js';
import { usageError } from '../output/cli-error.js';
import type { Speed } from '../replay/pacer.js';
import { replay, type ReplayOptions } from '../replay/replay.js';
import { Tally } from '../replay/tally.js';
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

function currency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError('use the three capitals of ISO 4217, such as EUR');
}

/** Options that may be given several times; a list after one of them would swallow the files. */
function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

type Flags = Omit<ReplayOptions, 'durationMs' | 'lookup' | 'shift' | 'limit'> & {
  readonly duration?: string;
  readonly lookup?: readonly string[];
  readonly shift?: string;
  readonly limit?: number;
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
    .option(
      '--lookup <name=file:key>',
      'second table, such as categories=items.csv:item_id; may be given several times',
      collected,
    )
    .option('--currency <code>', 'ISO 4217 currency of amounts without one', currency, NO_CURRENCY)
    .option(
      '--speed <factor|max|auto>',
      'times the recorded speed; auto fits --duration',
      speed,
      'auto',
    )
    .option('--duration <span>', 'how long a replay at --speed auto takes (default: 2m)')
    .addOption(
      new Option('--times <which>', 'live: the time of sending; shift: moved by --shift; original')
        .choices(['live', 'shift', 'original'])
        .default('live'),
    )
    .option(
      '--shift <span|now>',
      'with --times shift: now (the last event lands now; default) or a span such as 30d',
    )
    .option('--limit <events>', 'stop after so many events of each file', count)
    .option('--strict', 'stop at the first bad row', false)
    .option('--bad-rows <file>', 'writes every bad row with its reason')
    .option('--json', 'prints the counts as one JSON object', false);
  addConnectionOptions(command).action(async (files: string[], flags: Flags) => {
    const options = optionsOf(flags);
    const tally = new Tally();
    try {
      await replay(context, files, { options, tally });
    } catch (error) {
      // What was sent before is worth knowing; a replay that never began has nothing to tell.
      if (tally.events > 0) await show(context, tally, flags.json);
      throw error;
    }
    await show(context, tally, flags.json);
  });
}

async function show({ stdout }: CliContext, tally: Tally, json: boolean): Promise<void> {
  const lines = json ? [JSON.stringify(tally.toJson())] : tally.lines();
  for (const line of lines) await stdout.line(line);
}

/** Options that say nothing together with the others are refused, not ignored. */
function optionsOf({ duration, shift, limit, lookup, ...flags }: Flags): ReplayOptions {
  if (shift !== undefined && flags.times !== 'shift') {
    throw usageError('--shift needs --times shift', 'Add it, or leave --shift out.');
  }
  if (shift !== undefined && shift !== 'now') durationMs(shift, '--shift');
  if (duration !== undefined && flags.speed !== 'auto') {
    throw usageError('--duration needs --speed auto', 'Leave one of the two out.');
  }
  return {
    ...flags,
    lookup: lookup ?? [],
    shift: shift ?? 'now',
    limit: limit ?? Number.POSITIVE_INFINITY,
    durationMs: positive(duration ?? '2m'),
  };
}

function positive(text: string): number {
  const ms = durationMs(text, '--duration');
  if (ms > 0) return ms;
  throw usageError(`--duration is '${text}'`, 'Use a span above 0, such as 2m.');
}
