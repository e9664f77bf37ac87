import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A command ended with another code than 0; scripts end with the same code, without a stack trace. */
export class CommandFailed extends Error {
  constructor(command, code) {
    super(`${command} ended with code ${code}`);
    this.name = 'CommandFailed';
    this.exitCode = code;
  }
}

/** Runs a command in the repository's folder with this process's output; SIGINT and SIGTERM reach it too. */
export async function run(command, args, options = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) throw new CommandFailed([command, ...args].join(' '), code);
}

/** As `run`, but returns the exit code. */
export function exitCodeOf(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      shell: command.endsWith('.cmd'),
      ...options,
    });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const done = (settle) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      settle();
    };
    child.once('error', (cause) =>
      done(() => reject(new Error(`cannot run ${command}: ${cause.message}`, { cause }))),
    );
    child.once('exit', (code, signal) => done(() => resolve(signal === null ? code : 1)));
  });
}

/** Runs a script's body; a failed command becomes the exit code and one line. */
export async function script(body) {
  try {
    await body();
  } catch (error) {
    process.exitCode = error instanceof CommandFailed ? error.exitCode : 1;
    process.stderr.write(`${error instanceof CommandFailed ? error.message : error.stack}\n`);
  }
}
