import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { openAccess } from '@bytebasket/server/gateway/access/access';
import { startGateway } from '@bytebasket/server/gateway/gateway';
import type { Gateway, GatewayOptions } from '@bytebasket/server/gateway/gateway';
import type { CallExtension, ServiceModule } from '@bytebasket/server/gateway/service-module';
import { createChannel, createClientFactory } from 'nice-grpc';
import type { Channel, CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';
import { ClientError, Status } from 'nice-grpc-common';
import {
  BadRequest,
  ErrorInfo,
  errorDetailsClientMiddleware,
  RetryInfo,
  RichClientError,
} from 'nice-grpc-error-details';
import { pino } from 'pino';
import { Registry } from 'prom-client';

/** A gateway on a free loopback port with what it logged. */
export interface TestGateway extends Gateway {
  readonly address: string;
  readonly registry: Registry;
  /** Parsed log lines, oldest first. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Starts a gateway with test defaults: no keys, no probes, info logs kept in memory. */
export async function testGateway(
  services: readonly ServiceModule[],
  options: Partial<GatewayOptions> & { readonly level?: string } = {},
): Promise<TestGateway> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: options.level ?? 'info' },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const registry = new Registry();
  const gateway = await startGateway({
    listen: { host: '127.0.0.1', port: 0 },
    services,
    access: openAccess(),
    healthProbes: [],
    clock: systemClock(),
    logger,
    registry,
    ...options,
  });
  return { ...gateway, address: `127.0.0.1:${gateway.port}`, registry, lines };
}

/** Pairs a definition with its implementation, types checked. */
export function serviceModule<Definition extends CompatServiceDefinition>(
  definition: Definition,
  implementation: ServiceImplementation<Definition, CallExtension>,
): ServiceModule {
  return { definition, implementation };
}

/** A channel with a connection of its own. */
export function ownChannel(address: string, options: Record<string, number> = {}): Channel {
  return createChannel(address, undefined, { 'grpc.use_local_subchannel_pool': 1, ...options });
}

/** A client whose errors carry google.rpc details. */
export const detailedClients = createClientFactory().use(errorDetailsClientMiddleware);

/** What a failed call told. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Of the one ErrorInfo; undefined when there is none or more than one. */
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  readonly retryMs: number | undefined;
}

/** Waits for a call to fail and reads its details. Throws when it succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  let error: unknown;
  try {
    await call;
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof ClientError)) {
    throw new Error(`expected the call to fail with a gRPC status, got ${String(error)}`, {
      cause: error,
    });
  }
  // A status that did not come from the server carries no details.
  const extra = error instanceof RichClientError ? error.extra : [];
  const infos = extra.filter((one): one is ErrorInfo => one.$type === ErrorInfo.$type);
  const info = infos.length === 1 ? infos[0] : undefined;
  const bad = extra.find((one): one is BadRequest => one.$type === BadRequest.$type);
  const retry = extra.find((one): one is RetryInfo => one.$type === RetryInfo.$type);
  const delay = retry?.retryDelay;
  return {
    code: Status[error.code],
    message: error.details,
    reason: info?.reason,
    domain: info?.domain,
    metadata: info?.metadata ?? {},
    violations: bad?.fieldViolations ?? [],
    retryMs: delay === undefined ? undefined : delay.seconds * 1_000 + delay.nanos / 1e6,
  };
}

/** Reads a stream to its end. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

/** Waits until `check` holds; throws after `timeoutMs`. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endMs)
      throw new Error(`not so after ${timeoutMs} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
