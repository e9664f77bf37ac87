import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

export interface AdminOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  readonly ready: () => boolean;
  readonly logger: Logger;
}

export interface AdminHttp {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics` (Prometheus), `/healthz` (the process lives) and `/readyz` (it serves); nothing else. */
export async function startAdminHttp(options: AdminOptions): Promise<AdminHttp> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error({ err: error, path: request.url }, 'admin request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: AdminOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    text(response, 405, 'use GET');
    return;
  }
  if (path === '/healthz') {
    text(response, 200, 'ok');
  } else if (path === '/readyz') {
    const ready = options.ready();
    text(response, ready ? 200 : 503, ready ? 'ready' : 'not ready');
  } else if (path === '/metrics') {
    const body = await options.registry.metrics();
    response.writeHead(200, { 'content-type': options.registry.contentType });
    response.end(body);
  } else {
    text(response, 404, 'there is /metrics, /healthz and /readyz');
  }
}

function text(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${body}\n`);
}
