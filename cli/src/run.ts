import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import { resolveConnection, type CliContext } from './commands/context.js';
import { didYouMean } from './config/did-you-mean.js';
import { EXIT, isCliError } from './output/cli-error.js';
import { describeError } from './output/describe-error.js';
import { streamOutput } from './output/text-output.js';

type Register = (program: Command, context: CliContext) => void;

/** Each command is loaded only when it is asked for: `up` must not wait for what `replay` imports. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  up: async () => (await import('./commands/up.js')).registerUp,
  gateway: async () => (await import('./commands/gateway.js')).registerGateway,
  replay: async () => (await import('./commands/replay.js')).registerReplay,
  publish: async () => (await import('./commands/publish.js')).registerPublish,
  mock: async () => (await import('./commands/mock.js')).registerMock,
  watch: async () => (await import('./commands/watch.js')).registerWatch,
  evaluate: async () => (await import('./commands/evaluate.js')).registerEvaluate,
  alerts: async () => (await import('./commands/alerts.js')).registerAlerts,
  transactions: async () => (await import('./commands/transactions.js')).registerTransactions,
  recommend: async () => (await import('./commands/recommend.js')).registerRecommend,
  keys: async () => (await import('./commands/keys.js')).registerKeys,
  config: async () => (await import('./commands/config.js')).registerConfig,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
};

/** Runs the command line and sets the exit code of the process. Never throws for an operating error. */
export async function run(args: readonly string[]): Promise<void> {
  // grpc-js writes its errors to the console on top of throwing them; one clear line is enough.
  process.env['GRPC_VERBOSITY'] ??= 'NONE';
  const { context, exitCode } = processContext();
  try {
    const program = await programFor(args, context);
    await program.parseAsync([...args], { from: 'user' });
    process.exitCode = exitCode();
  } catch (error) {
    process.exitCode = await report(error, context);
  }
}

/** The program with the command that is asked for, or with all of them. Throws CommanderError for an unknown one. */
export async function programFor(args: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('bytebasket')
    .description(
      'An event platform for online shops: typed events in; metrics, decisions, recommendations out.',
    )
    .version(version(), '--version')
    .showHelpAfterError('Run with --help for the list of options.')
    .exitOverride();
  const [asked = ''] = args;
  const names = Object.keys(COMMANDS);
  if (asked !== '' && !asked.startsWith('-') && asked !== 'help' && !names.includes(asked)) {
    const close = didYouMean(asked, names);
    const hint = close === undefined ? '' : ` Did you mean '${close}'?`;
    throw new CommanderError(EXIT.usage, 'unknown', `unknown command '${asked}'.${hint}`);
  }
  const loaders = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
  for (const load of loaders) (await load?.())?.(program, context);
  return program;
}

/** Tells the user what went wrong; returns the exit code. */
async function report(error: unknown, { stderr, signal }: CliContext): Promise<number> {
  if (error instanceof CommanderError) {
    // Commander printed its own message, but not ours.
    if (error.code === 'unknown') await stderr.line(`bytebasket: ${error.message}`);
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  // What was under way when the user said stop: not worth a message.
  if (signal.aborted && error === signal.reason) return EXIT.ok;
  await stderr.line(`bytebasket: ${describeError(error)}`);
  if (!isCliError(error)) {
    if (isDefect(error)) await stderr.line(error.stack ?? '');
    return EXIT.failed;
  }
  if (error.remedy !== undefined) await stderr.line(`  ${error.remedy}`);
  return error.exitCode;
}

/** A mistake of the program, not of its world: whoever reports it needs the stack. */
function isDefect(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    (error instanceof Error && error.name === 'AssertionError')
  );
}

/** The context of the real process: its streams, its environment, its signals. */
function processContext(): { readonly context: CliContext; readonly exitCode: () => number } {
  const stopping = new AbortController();
  let code: number = EXIT.ok;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
    stopping.abort(new Error(`stopped by ${signal}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of a pipe or the terminal went away: nobody is left to tell, so end as if told to stop.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      stopping.abort(error);
    });
  }
  const { env } = process;
  const context: CliContext = {
    stdin: process.stdin,
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    env,
    cwd: process.cwd(),
    signal: stopping.signal,
    setExitCode: (next) => {
      code = Math.max(code, next);
    },
    connection: (flags) => resolveConnection(flags, env),
    connect: async (flags, options) => {
      const { createByteBasket } = await import('@bytebasket/sdk');
      return createByteBasket({ ...resolveConnection(flags, env), ...options });
    },
  };
  return { context, exitCode: () => code };
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
