import { type Command, InvalidArgumentError, Option } from 'commander';
import { runMock, type MockOptions } from '../mock/send/run-mock.js';
import { MockTotals } from '../mock/send/totals.js';
import { FRAUD_TYPES, fraudRates, MOCK_DEFAULTS } from '../mock/settings.js';
import type { FraudType, MockSettings } from '../mock/settings.js';
import { usageError } from '../output/cli-error.js';
import { durationMs } from '../replay/timeline.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';

type Rates = MockSettings['fraud'];

interface Flags extends ConnectionFlags {
  readonly rate: number;
  readonly speed: number;
  readonly visitors: number;
  readonly items: number;
  readonly conversion: number;
  readonly seed: number;
  readonly score: number;
  readonly fraud?: Rates;
  readonly duration?: string;
  readonly start?: string;
  readonly out?: string;
  readonly truth?: string;
  readonly json: boolean;
}

const FRAUD_SHARE_MAX = 0.2;
/** Shorter runs are as busy as `--rate` says, whatever the hour. */
const SEASONAL_FROM_MS = 2 * 3_600_000;

/** What happens before the start is made at once: a second's work at most, so that a stop is heard. */
const UNSEEN_EVENTS_MAX = 100_000;

/** Makes a parser of numbers within a range, ends included. */
function between(min: number, max: number, { whole = false } = {}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'whole number' : 'number';
    throw new InvalidArgumentError(`use a ${kind} from ${min} to ${max}`);
  };
}

/** One share for every type, or `type=share` for one of them; may be given several times. */
function fraudShare(text: string, before: Rates = MOCK_DEFAULTS.fraud): Rates {
  const share = between(0, FRAUD_SHARE_MAX);
  const [name = '', own] = text.split('=');
  if (own === undefined) return fraudRates(share(name));
  const type = FRAUD_TYPES.find((known: FraudType) => known === name);
  if (type !== undefined) return { ...before, [type]: share(own) };
  throw new InvalidArgumentError(`use a share, or one of ${FRAUD_TYPES.join(', ')} and =share`);
}

/** `bytebasket mock`: a simulated shop that sends events through the SDK. */
export function registerMock(program: Command, context: CliContext): void {
  const { eventsPerSecond, speed, visitors, items, conversion, seed } = MOCK_DEFAULTS;
  const command = program
    .command('mock')
    .description('simulates a shop, honest and not, and sends its events through the SDK')
    .option('--rate <events>', 'events a second', between(0.01, 100_000), eventsPerSecond)
    .option('--duration <span>', 'how long, such as 10m (default: until stopped)')
    .option('--speed <factor>', 'simulated seconds in a second', between(1, 100_000), speed)
    .option('--visitors <count>', 'people at a time', between(100, 1_000_000, WHOLE), visitors)
    .option('--items <count>', 'products', between(50, 100_000, WHOLE), items)
    .option('--conversion <share>', 'share of visits that want to buy', between(0, 1), conversion)
    .option(
      '--fraud <share|type=share>',
      `share of payments that are fraud, of each type or of one (default: ${MOCK_DEFAULTS.fraud.card_testing})`,
      fraudShare,
    )
    .option('--score <share>', 'share of payments asked about before', between(0, 1), 0)
    .option('--seed <number>', 'what all chance comes from', between(0, 2 ** 53 - 1, WHOLE), seed)
    .option('--start <time|span>', 'first time of events: ISO 8601, or so long ago (default: now)')
    .addOption(
      new Option('--out <file>', 'writes the events there, for `publish`, instead of sending them'),
    )
    .option('--truth <file>', 'writes which payments are fraud, one JSON object a line')
    .option('--json', 'prints the counts as one JSON object', false);
  addConnectionOptions(command).action(async (flags: Flags) => {
    const options = optionsOf(flags);
    const totals = new MockTotals();
    const sent = options.out === undefined;
    try {
      await runMock(context, options, totals);
    } catch (error) {
      // What was sent before is worth knowing; a run that never began has nothing to tell.
      if (totals.settled > 0) await show(context, totals, { ...flags, sent });
      throw error;
    }
    await show(context, totals, { ...flags, sent });
  });
}

const WHOLE = { whole: true };

async function show(
  { stdout }: CliContext,
  totals: MockTotals,
  { json, sent }: { readonly json: boolean; readonly sent: boolean },
): Promise<void> {
  const lines = json ? [JSON.stringify(totals.toJson({ sent }))] : totals.lines({ sent });
  for (const line of lines) await stdout.line(line);
}

function optionsOf(flags: Flags): MockOptions {
  const { rate, speed, visitors, items, conversion, seed, duration, start, ...others } = flags;
  const length = duration === undefined ? undefined : durationMs(duration, '--duration');
  if (length !== undefined && length <= 0) {
    throw usageError(`--duration is '${duration ?? ''}'`, 'Use a span above 0, such as 10m.');
  }
  if (others.out !== undefined && length === undefined) {
    throw usageError('--out needs --duration', 'Say how long the shop is open, such as 1h.');
  }
  if (others.out !== undefined && others.score > 0) {
    throw usageError('--score cannot be used with --out', 'A file does not answer: leave one out.');
  }
  const settings: MockSettings = {
    ...MOCK_DEFAULTS,
    ...{ eventsPerSecond: rate, speed, visitors, items, conversion, seed },
    fraud: flags.fraud ?? MOCK_DEFAULTS.fraud,
    warmUpMs: Math.min(MOCK_DEFAULTS.warmUpMs, (UNSEEN_EVENTS_MAX * speed * 1_000) / rate),
    startMs: startMs(start, others.out !== undefined),
    seasonal: length === undefined || length * speed >= SEASONAL_FROM_MS,
  };
  return { ...others, settings, durationMs: length };
}

function startMs(start: string | undefined, anyTime: boolean): number {
  const now = Date.now();
  if (start === undefined) return now;
  const span = /^\d/.test(start) && /[smhd]$/.test(start);
  const ms = span ? now - durationMs(start, '--start') : Date.parse(start);
  if (!Number.isFinite(ms) || ms < 0) {
    const remedy = 'Use a time such as 2026-01-31T08:00:00Z, or a span such as 7d for so long ago.';
    throw usageError(`--start is '${start}'`, remedy);
  }
  if (ms > now && !anyTime) {
    throw usageError(
      `--start is '${start}', in the future`,
      'Events cannot be sent before they happen.',
    );
  }
  return ms;
}
