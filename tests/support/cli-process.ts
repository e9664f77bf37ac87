import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/bin/bytebasket.cjs', import.meta.url));
const ENDED_MS_MAX = 20_000;

/** How a command ended. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Working folder; default the repository's. */
  readonly cwd?: string;
  /** On top of an environment without settings of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program, with its options, that starts the command given to it as its last arguments; default none. */
  readonly behind?: readonly [string, ...string[]];
  /** Text for standard input, which then ends; default none. */
  readonly stdin?: string;
}

/** A command that goes on running. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the first line of standard output that matches; rejects when it ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Sends a signal when one is given and waits for the end; kills it after 20 s. */
  ended(signal?: NodeJS.Signals): Promise<CliResult>;
}

/** Starts the compiled command line, as a user would. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const [program = process.execPath, ...before] = [...(options.behind ?? []), process.execPath];
  const child = spawn(program, [...before, MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...cleanEnv(), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(options.stdin ?? '');
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    async line(pattern) {
      for (;;) {
        const found = stdout.split('\n').find((line) => pattern.test(line));
        if (found !== undefined) return found;
        const more = new Promise<undefined>((resolve) => {
          child.stdout.once('data', () => resolve(undefined));
        });
        const ended = await Promise.race([more, result]);
        if (ended === undefined) continue;
        throw new Error(`ended with ${String(ended.code)} before ${String(pattern)}: ${stderr}`);
      }
    },
    async ended(signal) {
      if (signal !== undefined) child.kill(signal);
      const overdue = setTimeout(() => child.kill('SIGKILL'), ENDED_MS_MAX);
      try {
        return await result;
      } finally {
        clearTimeout(overdue);
      }
    },
  };
}

/** Runs the compiled command line to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended();
}

/** What `up --json` prints once it serves. */
export interface Announcement {
  readonly endpoint: string;
  readonly admin: string;
  readonly dataFolder: string;
  readonly timeZone: string;
  readonly processor: boolean;
  readonly pid: number;
}

/** Starts `bytebasket up` on free ports and waits until it serves. */
export async function startUp(
  dataFolder: string,
  { args = [], ...options }: CliOptions & { readonly args?: readonly string[] } = {},
): Promise<CliProcess & { readonly announced: Announcement }> {
  const folder = ['--data-folder', dataFolder];
  const ports = ['--port', '0', '--admin-port', '0'];
  const started = startCli(['up', '--json', ...folder, ...ports, ...args], options);
  const announced = JSON.parse(await started.line(/^\{.*\}$/)) as Announcement;
  return { ...started, announced };
}

function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('BYTEBASKET_')),
  );
}
