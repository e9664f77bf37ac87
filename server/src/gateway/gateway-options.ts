import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../ports/clock.js';
import type { Access } from './access/access.js';
import type { HealthProbe } from './health.js';
import type { GatewayLimits } from './limits.js';
import type { ServiceModule } from './service-module.js';
import type { TlsFiles } from './tls.js';

/** An address to listen on. */
export interface ListenAddress {
  /** Host name or IP address; IPv6 without brackets. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface GatewayOptions {
  readonly listen: ListenAddress;
  /** The services, in any order. Health and reflection are added by the gateway. */
  readonly services: readonly ServiceModule[];
  /** Who may call; `openAccess()` needs a loopback address. */
  readonly access: Access;
  /** Absent serves plain text. */
  readonly tls?: TlsFiles | undefined;
  /** What must work for the health status SERVING. */
  readonly healthProbes: readonly HealthProbe[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes the gateway's metrics; one gateway per registry. */
  readonly registry: Registry;
  /** Address of `/metrics`, `/healthz` and `/readyz`; absent starts none. */
  readonly admin?: ListenAddress | undefined;
  readonly limits?: Partial<GatewayLimits> | undefined;
  /** Scope by method path; default the contract's. A method without one is refused. */
  readonly methodScopes?: Readonly<Record<string, string>> | undefined;
  /** FileDescriptorSet for reflection; default the contract's. */
  readonly descriptors?: Uint8Array | undefined;
}

export interface Gateway {
  readonly port: number;
  /** Undefined without an admin address. */
  readonly adminPort: number | undefined;
  /**
   * Stops without a failed call: health NOT_SERVING, streams end with SHUTTING_DOWN, connections get GOAWAY, unary calls
   * finish; what is left after `graceMs` (0 or more) is cut. Resolves when everything is closed; a second call waits for the first.
   */
  drain(graceMs: number): Promise<void>;
}
