import { Readable } from 'node:stream';
import { createByteBasket, type ByteBasket } from '@bytebasket/sdk';
import { Command, CommanderError } from 'commander';
import { resolveConnection, type CliContext } from '../../cli/src/commands/context.js';
import { isCliError } from '../../cli/src/output/cli-error.js';
import type { TextOutput } from '../../cli/src/output/text-output.js';

/** A text output that keeps what was written. */
export interface KeptOutput extends TextOutput {
  text(): string;
  lines(): string[];
}

export interface KeptContext extends CliContext {
  readonly stdout: KeptOutput;
  readonly stderr: KeptOutput;
  /** The exit code set so far. */
  exitCode(): number;
  /** What SIGINT does. */
  interrupt(): void;
}

export interface ContextOptions {
  readonly stdin?: Readable;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What both outputs are; default no terminal of 100 by 40. */
  readonly screen?: { terminal: boolean; columns: number; rows: number };
  /** Aborts at what stands for SIGINT; default `interrupt`. */
  readonly signal?: AbortSignal;
  /** What `connect` gives; default: the SDK, as the flags say. */
  readonly client?: Partial<ByteBasket>;
}

/** A context for a command in a test: nothing of the process is touched. */
export function cliContext(options: ContextOptions = {}): KeptContext {
  const { screen = { terminal: false, columns: 100, rows: 40 }, env = {} } = options;
  const stopping = new AbortController();
  let code = 0;
  return {
    stdin: options.stdin ?? Readable.from([]),
    stdout: keptOutput(screen),
    stderr: keptOutput(screen),
    env,
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? stopping.signal,
    setExitCode: (next) => {
      code = Math.max(code, next);
    },
    exitCode: () => code,
    interrupt: () => stopping.abort(new Error('stopped by SIGINT')),
    connection: (flags) => resolveConnection(flags, env),
    connect: (flags, more) =>
      Promise.resolve(
        options.client === undefined
          ? createByteBasket({ ...resolveConnection(flags, env), ...more })
          : (options.client as ByteBasket),
      ),
  };
}

function keptOutput(screen: { terminal: boolean; columns: number; rows: number }): KeptOutput {
  let text = '';
  const write = (more: string) => {
    text += more;
    return Promise.resolve();
  };
  return {
    terminal: screen.terminal,
    columns: () => screen.columns,
    rows: () => screen.rows,
    write,
    line: (more = '') => write(`${more}\n`),
    text: () => text,
    lines: () => text.split('\n').slice(0, -1),
  };
}

/**
 * Runs a command in this process, without the seconds that a process of its own takes to start. `register` is the
 * command's; errors of the user become exit codes and lines on stderr, as in the program.
 */
export async function runCommand(
  register: (program: Command, context: CliContext) => void,
  args: readonly string[],
  options: ContextOptions = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const context = cliContext(options);
  const { stdout, stderr } = context;
  const program = new Command('bytebasket');
  register(program, context);
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput({ writeErr: (text) => void stderr.write(text) });
  }
  const result = (code: number) => ({ code, stdout: stdout.text(), stderr: stderr.text() });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return result(context.exitCode());
  } catch (error) {
    if (error instanceof CommanderError) return result(2);
    if (!isCliError(error)) throw error;
    await stderr.line(error.message);
    await stderr.line(`  ${error.remedy ?? ''}`);
    return result(error.exitCode);
  }
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
