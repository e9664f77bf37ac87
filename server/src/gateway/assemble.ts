import { contractDescriptors } from '@bytebasket/proto';
import { METHOD_SCOPES } from '@bytebasket/proto/options';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { ServerOptions } from '@grpc/grpc-js';
import { createServer } from 'nice-grpc';
import type { Server, ServiceDefinition, ServiceImplementation } from 'nice-grpc';
import { collectDefaultMetrics } from 'prom-client';
import { callInterceptor } from './call-interceptor.js';
import { callLog } from './call-log.js';
import { callMetrics } from './call-metrics.js';
import type { CallMetrics } from './call-metrics.js';
import { callMiddleware } from './call-middleware.js';
import type { DirectMethod, DirectStreamMethod, DirectUnaryMethod } from './direct-method.js';
import { directServer } from './direct-server.js';
import { Gate } from './gate.js';
import type { GatewayOptions } from './gateway-options.js';
import { openHealth } from './health.js';
import type { Health } from './health.js';
import { openHttp2Edge } from './http2-edge.js';
import type { Http2Edge } from './http2-edge.js';
import { gatewayLimits, grpcOptions } from './limits.js';
import { memoryGuard } from './memory-guard.js';
import { guardedDefinition, methodEntries } from './method-table.js';
import { reflectionModules } from './reflection.js';
import type { CallExtension, ServiceModule } from './service-module.js';

/** A gateway that does not listen yet. */
export interface GatewayParts {
  readonly server: Server<CallExtension>;
  readonly gate: Gate;
  readonly health: Health;
  readonly edge: Http2Edge;
  /** Stops timers and listeners; after the server is closed. */
  close(): void;
}

/** Builds the server with every service, health and reflection. Rejects when a limit or the descriptor set cannot be used. */
export async function assembleGateway(options: GatewayOptions): Promise<GatewayParts> {
  const limits = gatewayLimits(options.limits);
  const descriptors = options.descriptors ?? contractDescriptors();
  const names = serviceNames(options.services);
  const log = callLog(options.logger);
  const memory = memoryGuard(limits.memoryBytesMax);
  const gate = new Gate({ access: options.access, clock: options.clock, limits, memory, log });
  const metrics = callMetrics(options.registry, {
    callsInFlight: () => gate.callsInFlight,
    connections: () => edge.connections,
    saturated: () => gate.saturated,
  });
  const onTransportEnd = (reason: ErrorReason): void => {
    metrics.refusedInTransport(reason);
  };
  const direct = new Map<string, DirectMethod>();
  const edge = openHttp2Edge({
    connectionsMax: limits.connectionsMax,
    direct: directServer({ gate, methods: direct, onTransportEnd }),
    serves: (path) => gate.methods.has(path),
    onUnknownMethod: () => {
      onTransportEnd(ErrorReason.METHOD_UNKNOWN);
    },
  });
  const serverOptions: ServerOptions = {
    ...grpcOptions(limits),
    interceptors: [callInterceptor(onTransportEnd)],
  };
  // nice-grpc hands its options on to grpc-js' server, which takes interceptors; its type names channel options only.
  const server = createServer(serverOptions).use(callMiddleware(gate));
  const health = await openHealth({
    probes: options.healthProbes,
    services: names,
    clock: options.clock,
    logger: options.logger,
  });
  const scopes = options.methodScopes ?? METHOD_SCOPES;
  const foreign = [health.module, ...reflectionModules(descriptors, names)];
  for (const module of [...options.services, ...foreign]) {
    addModule({ server, gate, metrics, scopes, direct }, module);
  }
  if (options.registry.getSingleMetric('process_cpu_seconds_total') === undefined) {
    collectDefaultMetrics({ register: options.registry });
  }
  const close = (): void => {
    health.close();
    gate.close();
    edge.close();
    memory.close();
    log.close();
  };
  return { server, gate, health, edge, close };
}

interface Registration {
  readonly server: Server<CallExtension>;
  readonly gate: Gate;
  readonly metrics: CallMetrics;
  readonly scopes: Readonly<Record<string, string>>;
  readonly direct: Map<string, DirectMethod>;
}

function addModule(to: Registration, module: ServiceModule): void {
  const definition = guardedDefinition(module.definition);
  for (const entry of methodEntries(definition, to.scopes)) {
    if (to.gate.methods.has(entry.path)) {
      throw new Error(`method ${entry.path} is in two service modules: give it to one`);
    }
    to.gate.methods.set(entry.path, { entry, metrics: to.metrics.method(entry) });
  }
  // The guard keeps the keys of the methods, so the implementation fits as it did before.
  const implementation = module.implementation as ServiceImplementation<
    ServiceDefinition,
    CallExtension
  >;
  to.server.add(definition, implementation);
  for (const [name, method] of Object.entries(definition)) {
    const handler = (implementation as Readonly<Record<string, unknown>>)[name];
    const direct = directMethod(to.gate, method, (handler as Handler).bind(implementation));
    if (direct !== undefined) to.direct.set(method.path, direct);
  }
}

type Handler = DirectUnaryMethod['handle'] & DirectStreamMethod['handle'];

/** How a method is served without grpc-js; undefined for kinds that are not. */
function directMethod(
  gate: Gate,
  { path, requestDeserialize: decode, responseSerialize: encode }: ServiceDefinition[string],
  handle: Handler,
): DirectMethod | undefined {
  const gated = gate.methods.get(path);
  if (gated === undefined || gated.entry.foreign) return undefined;
  const { type } = gated.entry;
  if (type === 'unary') return { kind: type, gated, decode, encode, handle };
  return type === 'bidi_stream' ? { kind: type, gated, decode, encode, handle } : undefined;
}

function serviceNames(modules: readonly ServiceModule[]): string[] {
  const entries = modules.flatMap((one) => methodEntries(guardedDefinition(one.definition), {}));
  return [...new Set(entries.map((entry) => entry.service))];
}
