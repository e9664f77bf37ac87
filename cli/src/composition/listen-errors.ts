import { createServer } from 'node:net';
import { CliError } from '../output/cli-error.js';

export interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number | undefined;
}

/** Waits for `listening`; says what to do when an address cannot be had. */
export async function listenErrors<T>(addresses: Addresses, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    throw translated(error, addresses);
  }
}

/**
 * Throws as `listenErrors` does when an address cannot be had now: before folders are opened and threads started.
 * Port 0 always can.
 */
export async function assertListenable(addresses: Addresses): Promise<void> {
  const { host, port, adminHost, adminPort } = addresses;
  await listenErrors(addresses, tryToListen(host, port));
  if (adminPort !== undefined) await listenErrors(addresses, tryToListen(adminHost, adminPort));
}

function tryToListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (port === 0) {
      resolve();
      return;
    }
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

function translated(error: unknown, { host, port, adminHost, adminPort }: Addresses): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const code = /EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND|No address added/.exec(text)?.[0];
  if (code === undefined) return error;
  // Node's own errors name the port; grpc-js puts everything into one text.
  const admin = isListenError(error) && error.port === adminPort;
  const at = admin ? hostPort(adminHost, error.port) : hostPort(host, port);
  const [portSetting, hostSetting] = admin
    ? ['--admin-port', '--admin-host']
    : ['--port', '--host'];
  const options = { cause: error };
  if (code === 'EADDRINUSE' || code === 'No address added') {
    return new CliError(`${at} is taken by another program`, {
      ...options,
      remedy: `Stop it (\`bytebasket doctor\` says whether it is ours), or use ${portSetting} 0 for a free one.`,
    });
  }
  if (code === 'EACCES') {
    return new CliError(`not allowed to listen on ${at}`, {
      ...options,
      remedy: `Ports below 1024 belong to root: use a higher ${portSetting}.`,
    });
  }
  return new CliError(`this machine has no address ${at}`, {
    ...options,
    remedy: `Use ${hostSetting} 127.0.0.1, or an address of this machine.`,
  });
}

function isListenError(error: unknown): error is Error & { readonly port: number } {
  return error instanceof Error && 'port' in error && typeof error.port === 'number';
}

/** `::1` and 80 → `[::1]:80`. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
