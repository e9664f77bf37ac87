import type { CallContext, CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';

/** Who calls. Without a key file everybody is `anonymous` and may do everything (loopback only). */
export interface Caller {
  /** The key's client; `anonymous` without keys. */
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** True when the server runs without keys. */
  readonly unrestricted: boolean;
}

/** What the gateway's interceptors add to every call. */
export interface CallExtension {
  readonly caller: Caller;
  /** Milliseconds since the Unix epoch when the call must be answered; undefined for streams without a deadline. */
  readonly deadlineMs: number | undefined;
}

/** The context that every service method gets. */
export type ServiceContext = CallContext & CallExtension;

/** A service as a domain folder hands it to the gateway. */
export interface ServiceModule<
  Definition extends CompatServiceDefinition = CompatServiceDefinition,
> {
  readonly definition: Definition;
  readonly implementation: ServiceImplementation<Definition, CallExtension>;
}
