import type { Logger } from 'pino';
import type { AdminHttp } from './admin-http.js';
import type { GatewayParts } from './assemble.js';
import { shuttingDown } from './error-mapping.js';
import type { ServerTls } from './tls.js';

export interface Draining extends GatewayParts {
  readonly admin: AdminHttp | undefined;
  readonly tls: ServerTls | undefined;
  readonly logger: Logger;
}

// Time for health watchers to read NOT_SERVING before their own streams end.
const NOTICE_MS = 20;

// Clients that do not answer a ping by then are closed as they are.
const RETIRE_MS = 1_000;

/**
 * Stops a gateway in the order that fails no call: NOT_SERVING, then every client is asked to open no more calls, the streams
 * end with SHUTTING_DOWN, the unary calls finish and the connections close; after the grace they are cut.
 */
export async function drainGateway(gateway: Draining, graceMs: number): Promise<void> {
  const { gate, server, health, edge, logger } = gateway;
  logger.info({ streams: gate.streams.size, calls: gate.callsInFlight, graceMs }, 'gateway stops');
  gate.draining = true;
  health.drain();
  await new Promise((resolve) => setTimeout(resolve, Math.min(NOTICE_MS, graceMs)));
  for (const stream of [...gate.streams]) stream.terminate(shuttingDown());
  await edge.retire(Math.min(RETIRE_MS, graceMs));
  const closed = server.shutdown();
  const grace = setTimeout(() => {
    logger.info({ calls: gate.callsInFlight }, 'grace is over, cutting connections');
    edge.destroy();
  }, graceMs);
  try {
    await closed;
  } finally {
    clearTimeout(grace);
    edge.destroy();
    gateway.close();
    gateway.tls?.close();
    await gateway.admin?.close();
  }
  logger.info('gateway stopped');
}
