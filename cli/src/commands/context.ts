import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ByteBasket, ByteBasketOptions } from '@bytebasket/sdk';
import { type Command, Option } from 'commander';
import { CliError, EXIT, usageError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import type { TextOutput } from '../output/text-output.js';

export type { ByteBasket };

/** Flags that every command which talks to a server has; see `addConnectionOptions`. */
export interface ConnectionFlags {
  readonly endpoint?: string | undefined;
  readonly key?: string | undefined;
  /** File of certificates to trust (PEM). */
  readonly ca?: string | undefined;
}

/** Where and as whom to connect, as the SDK takes it. */
export interface Connection {
  readonly endpoint: string;
  readonly key?: string;
  readonly tls?: { readonly ca: string };
}

/** What a command may use of the world; tests give their own. Commands never touch `process`. */
export interface CliContext {
  readonly stdin: Readable;
  /** Results: what a script may read. */
  readonly stdout: TextOutput;
  /** Progress, notes and warnings. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from. */
  readonly cwd: string;
  /** Aborts at the first SIGINT or SIGTERM: end cleanly and soon. A second signal exits at once. */
  readonly signal: AbortSignal;
  /** The exit code when the command ends without throwing; the highest one set wins. Throw CliError to stop. */
  setExitCode(code: number): void;
  /** Flags, then BYTEBASKET_ENDPOINT, BYTEBASKET_KEY and BYTEBASKET_CA_FILE, then the local default. */
  connection(flags: ConnectionFlags): Connection;
  /** Opens the SDK on `connection(flags)`. Imports the SDK only now: other commands start without it. */
  connect(flags: ConnectionFlags, options?: ClientOptions): Promise<ByteBasket>;
}

/** What a command may say about its client besides the connection. */
export type ClientOptions = Pick<ByteBasketOptions, 'batch' | 'observer' | 'retry'>;

/** Where `bytebasket up` listens unless told otherwise. */
export const DEFAULT_ENDPOINT = '127.0.0.1:50051';

/** Adds `--endpoint`, `--key` and `--ca` to a command. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--endpoint <host:port>',
        `server to talk to (BYTEBASKET_ENDPOINT; ${DEFAULT_ENDPOINT})`,
      ),
    )
    .addOption(
      new Option('--key <key>', 'API key (BYTEBASKET_KEY, which process lists do not show)'),
    )
    .addOption(
      new Option('--ca <file>', "certificates to trust besides the system's (BYTEBASKET_CA_FILE)"),
    );
}

/** Resolves flags and environment to a connection. */
export function resolveConnection(
  flags: ConnectionFlags,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  const endpoint = flags.endpoint ?? (env['BYTEBASKET_ENDPOINT'] || DEFAULT_ENDPOINT);
  if (!/^(?:https?:\/\/)?(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(endpoint)) {
    throw usageError(
      `endpoint '${endpoint}' is not host:port`,
      `Use something like ${DEFAULT_ENDPOINT} or https://shop.example:50051.`,
    );
  }
  const key = flags.key ?? (env['BYTEBASKET_KEY'] || undefined);
  const caFile = flags.ca ?? (env['BYTEBASKET_CA_FILE'] || undefined);
  return {
    endpoint,
    ...(key === undefined ? {} : { key }),
    ...(caFile === undefined ? {} : { tls: { ca: readCertificates(caFile) } }),
  };
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError(`cannot read the certificates ${path}: ${describeError(cause)}`, {
      remedy: 'Give a PEM file with --ca.',
      exitCode: EXIT.usage,
      cause,
    });
  }
}
