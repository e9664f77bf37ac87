import { access, constants, mkdir } from 'node:fs/promises';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** Makes the data folder when it is absent. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CliError(`cannot use the data folder ${path}: ${describeError(cause)}`, {
      remedy: 'Change its rights, or choose another one with --data-folder.',
      cause,
    });
  }
}

/** Checks that the files of TLS can be read; what is in them the gateway checks. */
export async function assertTlsFiles(
  tls: { readonly certFile: string; readonly keyFile: string } | undefined,
): Promise<void> {
  if (tls === undefined) return;
  for (const [setting, path] of [
    ['tls.certFile', tls.certFile],
    ['tls.keyFile', tls.keyFile],
  ] as const) {
    await access(path, constants.R_OK).catch((cause: unknown) => {
      throw new CliError(`cannot read ${setting} ${path}: ${describeError(cause)}`, {
        remedy: 'Give a PEM certificate and its private key, readable by this user.',
        cause,
      });
    });
  }
}
