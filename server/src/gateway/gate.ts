import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Clock } from '../ports/clock.js';
import type { Access, KnownCaller } from './access/access.js';
import type { CallLog } from './call-log.js';
import type { MethodMetrics } from './call-metrics.js';
import { shuttingDown } from './error-mapping.js';
import type { GatewayLimits } from './limits.js';
import type { MemoryGuard } from './memory-guard.js';
import type { MethodEntry } from './method-table.js';
import { ServiceError } from './service-error.js';

/** A method with its counters. */
export interface GatedMethod {
  readonly entry: MethodEntry;
  readonly metrics: MethodMetrics;
}

/** A stream that a shutdown can end. */
export interface OpenStream {
  terminate(error: ServiceError): void;
}

/** A call with a deadline of ours. */
export interface ExpiringCall {
  expireBy(nowMs: number): void;
}

const EXPIRY_LOOK_MS = 100;

export interface GateOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly memory: MemoryGuard;
  readonly log: CallLog;
}

/** What every call passes: who calls, may they, is there room. Shared by all calls of one gateway. */
export class Gate {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly log: CallLog;
  readonly methods = new Map<string, GatedMethod>();
  readonly streams = new Set<OpenStream>();
  readonly expiring = new Set<ExpiringCall>();
  callsInFlight = 0;
  draining = false;
  readonly #access: Access;
  readonly #memory: MemoryGuard;
  readonly #looking: NodeJS.Timeout;

  constructor(options: GateOptions) {
    this.#access = options.access;
    this.#memory = options.memory;
    this.clock = options.clock;
    this.limits = options.limits;
    this.log = options.log;
    this.#looking = setInterval(() => {
      const nowMs = performance.now();
      for (const call of [...this.expiring]) call.expireBy(nowMs);
    }, EXPIRY_LOOK_MS);
    this.#looking.unref();
  }

  close(): void {
    clearInterval(this.#looking);
  }

  get saturated(): boolean {
    return this.#memory.saturated || this.callsInFlight > this.limits.callsMax;
  }

  /** Throws ServiceError KEY_INVALID, SCOPE_MISSING, GATEWAY_SATURATED or SHUTTING_DOWN (new streams only). */
  admit(entry: MethodEntry, authorization: string | undefined): KnownCaller | undefined {
    const caller = this.#authorise(entry, authorization);
    if (this.draining && entry.type !== 'unary') throw shuttingDown();
    if (entry.foreign) return caller;
    if (this.saturated) throw this.#saturation();
    return caller;
  }

  #authorise(entry: MethodEntry, authorization: string | undefined): KnownCaller | undefined {
    const { rule } = entry;
    if (rule.kind === 'public') return undefined;
    const caller = this.#access.authenticate(authorization);
    if (caller === undefined) {
      throw new ServiceError(
        ErrorReason.KEY_INVALID,
        authorization === undefined
          ? "no API key was sent: send 'authorization: Bearer <key>' with a live key"
          : "the API key is not known, expired or revoked: send 'authorization: Bearer <key>' with a live key",
      );
    }
    const method = `${entry.service.slice(entry.service.lastIndexOf('.') + 1)}/${entry.method}`;
    if (rule.kind === 'closed') {
      throw new ServiceError(
        ErrorReason.SCOPE_MISSING,
        `${method} declares no scope, so nobody may call it: give it one in the contract`,
        { metadata: { scope: '', method } },
      );
    }
    if (rule.kind === 'scope' && !caller.unrestricted && !caller.scopes.has(rule.scope)) {
      throw new ServiceError(
        ErrorReason.SCOPE_MISSING,
        `${rule.scope} is needed for ${method} and this key does not have it`,
        { metadata: { scope: rule.scope, method } },
      );
    }
    return caller;
  }

  #saturation(): ServiceError {
    const limit = this.#memory.saturated
      ? `${this.limits.memoryBytesMax} bytes of memory`
      : `${this.limits.callsMax} calls`;
    return new ServiceError(
      ErrorReason.GATEWAY_SATURATED,
      `the gateway holds ${limit} already: send again later`,
      { metadata: { limit } },
    );
  }
}
