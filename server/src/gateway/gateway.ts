import { isLoopback } from './access/access.js';
import { startAdminHttp } from './admin-http.js';
import type { AdminHttp } from './admin-http.js';
import { assembleGateway } from './assemble.js';
import type { GatewayParts } from './assemble.js';
import { drainGateway } from './drain.js';
import type { Gateway, GatewayOptions } from './gateway-options.js';
import { openServerTls } from './tls.js';
import type { ServerTls } from './tls.js';

export type { Gateway, GatewayOptions, ListenAddress } from './gateway-options.js';

/** Starts the gateway; resolves when it listens. Rejects when an address, the certificate or a limit cannot be used. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  refuseOpenAccess(options);
  const tls = options.tls === undefined ? undefined : openServerTls(options.tls, options.logger);
  let parts: GatewayParts | undefined;
  try {
    parts = await assembleGateway(options);
    return await listen(options, parts, tls);
  } catch (error) {
    parts?.server.forceShutdown();
    parts?.close();
    tls?.close();
    throw error;
  }
}

async function listen(
  options: GatewayOptions,
  parts: GatewayParts,
  tls: ServerTls | undefined,
): Promise<Gateway> {
  const { host, port: wanted } = options.listen;
  const address = `${host.includes(':') ? `[${host}]` : host}:${wanted}`;
  const port = await parts.server.listen(address, tls?.credentials);
  parts.edge.attach(port);
  const admin = await startAdmin(options, parts);
  options.logger.info(
    { host, port, tls: tls !== undefined, adminPort: admin?.port },
    options.access.unrestricted
      ? 'gateway listens on loopback without API keys'
      : 'gateway listens',
  );
  let drained: Promise<void> | undefined;
  return {
    port,
    adminPort: admin?.port,
    drain: (graceMs) => {
      drained ??= drainGateway({ ...parts, admin, tls, logger: options.logger }, graceMs);
      return drained;
    },
  };
}

function startAdmin(
  { admin, registry, logger }: GatewayOptions,
  { health }: GatewayParts,
): Promise<AdminHttp | undefined> {
  if (admin === undefined) return Promise.resolve(undefined);
  return startAdminHttp({ ...admin, registry, logger, ready: () => health.serving });
}

function refuseOpenAccess({ access, listen: { host } }: GatewayOptions): void {
  if (!access.unrestricted || isLoopback(host)) return;
  throw new Error(
    `listening on ${host} without API keys is refused: make a key file with \`bytebasket keys\`, or listen on 127.0.0.1`,
  );
}
