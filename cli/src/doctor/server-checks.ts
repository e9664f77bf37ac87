import { createServer } from 'node:net';
import { ok, fail, warn, type Check, type Finding } from './check.js';
import { probeHealth } from './health-probe.js';

/** The ports of `up`: free, or taken by our own server. */
export const checkPorts: Check = async ({ config, signal }) => {
  const scheme = config['tls.certFile'] === undefined ? 'http' : 'https';
  const main = await portFinding('port', config, async () => {
    const url = `${scheme}://${reachable(config.host)}:${config.port}`;
    const health = await probeHealth(url, signal, { anyCertificate: true });
    return health === 'serving' || health === 'not serving';
  });
  const { adminHost, adminPort } = config;
  const admin = await portFinding('admin port', { host: adminHost, port: adminPort }, () =>
    servesMetrics(`http://${reachable(adminHost)}:${adminPort}/metrics`, signal),
  );
  return [main, admin];
};

async function portFinding(
  name: string,
  { host, port }: { readonly host: string; readonly port: number },
  ours: () => Promise<boolean>,
): Promise<Finding> {
  const at = `${host}:${port}`;
  const problem = await listenProblem(host, port);
  if (problem === undefined) return ok(name, `${at} is free`);
  if (problem !== 'EADDRINUSE') {
    return fail(name, `cannot listen on ${at} (${problem})`, 'Choose another address or port.');
  }
  if (await ours()) return ok(name, `${at} is served by a running server`);
  const setting = name === 'port' ? '--port' : '--admin-port';
  return fail(name, `${at} is taken by another program`, `Stop it, or use ${setting}.`);
}

/** The error code of listening there; undefined when it works. */
function listenProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function servesMetrics(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(3_000)]);
    const text = await (await fetch(url, { signal: limit })).text();
    return text.includes('bytebasket_');
  } catch (error) {
    // Whatever answers there does not speak HTTP: not ours.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false;
    throw error;
  }
}

/** An address to call for one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** The server that client commands talk to. */
export const checkServer: Check = async ({ connection, signal }) => {
  const { endpoint } = connection;
  const health = await probeHealth(endpoint, signal, { ca: connection.tls?.ca });
  if (health === 'serving') return [ok('server', `${endpoint} is serving`)];
  if (health === 'unreachable') {
    return [warn('server', `nothing answers on ${endpoint}`, 'Start it with `npm start`.')];
  }
  const remedy = {
    'not grpc': 'Another program listens there, or it wants TLS: give the right --endpoint.',
    untrusted: 'Give the certificates to trust with --ca.',
    silent: 'The server hangs: look at its log, then restart it.',
    'not serving':
      'Look at the log of the server: its disk or its processor has a problem. After a failed write it refuses ' +
      'everything until it is restarted: check the disk, then restart the server.',
  }[health];
  return [fail('server', `${endpoint} answers, but is ${health}`, remedy)];
};
