import { ServerError, Status } from 'nice-grpc-common';
import { HealthDefinition } from 'nice-grpc-server-health';
import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.js';
import { isAbort } from './error-mapping.js';
import type { ServiceContext, ServiceModule } from './service-module.js';

/** Something that services need to work. */
export interface HealthProbe {
  /** For the log, such as `log`. */
  readonly name: string;
  /** Full names of the services that need it; undefined means all. */
  readonly services?: readonly string[];
  /** Resolves when it works; rejects, or takes longer than a second, when it does not. */
  check(signal: AbortSignal): Promise<void>;
}

export interface HealthOptions {
  readonly probes: readonly HealthProbe[];
  /** Full names of the services served. */
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two rounds, default 1,000. */
  readonly intervalMs?: number;
  /** Milliseconds that a probe may take, default 1,000. */
  readonly timeoutMs?: number;
}

export interface Health {
  /** grpc.health.v1.Health: one status per service, and the overall one under the empty name. */
  readonly module: ServiceModule;
  readonly serving: boolean;
  /** NOT_SERVING everywhere from now on. */
  drain(): void;
  close(): void;
}

// ServingStatus of grpc.health.v1; the package does not export its enum.
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

/** Runs every probe once, then in rounds; resolves after the first round, so that the first answer is true. */
export async function openHealth(options: HealthOptions): Promise<Health> {
  const state = new HealthState(options.services);
  const stop = new AbortController();
  const round = async (): Promise<void> => {
    await Promise.all(options.probes.map((probe) => runProbe(probe, options, state)));
  };
  await round();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await options.clock.sleep(options.intervalMs ?? 1_000, stop.signal);
      await round();
    }
  };
  const running = loop().catch((error: unknown) => {
    if (!isAbort(error) && error !== stop.signal.reason) {
      options.logger.error({ err: error }, 'health probes stopped');
      state.drain();
    }
  });
  return {
    module: healthModule(state),
    get serving() {
      return state.status('') === SERVING;
    },
    drain: () => {
      state.drain();
    },
    close: () => {
      stop.abort();
      void running;
    },
  };
}

function healthModule(state: HealthState): ServiceModule {
  const module: ServiceModule<typeof HealthDefinition> = {
    definition: HealthDefinition,
    implementation: {
      check: (request) => Promise.resolve({ status: knownStatus(state, request.service) }),
      watch: (request, context) => watch(state, request.service, context),
    },
  };
  return module;
}

async function runProbe(
  probe: HealthProbe,
  options: HealthOptions,
  state: HealthState,
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 1_000;
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      timeout.abort();
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([probe.check(timeout.signal), late]);
    const before = state.set(probe, true);
    if (before === 'failing') options.logger.info({ probe: probe.name }, 'healthy again');
    else if (before === 'pending') options.logger.info({ probe: probe.name }, 'healthy');
  } catch (error) {
    const before = state.set(probe, false);
    // One line without a stack: a probe fails because of the world, and its message says what to do.
    const line = { probe: probe.name, reason: reasonOf(error) };
    if (before === 'healthy') options.logger.error(line, 'health probe failed');
    else if (before === 'new') options.logger.info(line, 'not healthy yet');
  } finally {
    clearTimeout(timer);
  }
}

/** The messages of an error and of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}

/** What a probe was so far: `new` before its first answer, `pending` while it never held since the start. */
type ProbeState = 'new' | 'pending' | 'healthy' | 'failing';

/** Which probes fail, and which services that takes down. */
class HealthState {
  readonly #services: ReadonlySet<string>;
  readonly #probes = new Map<HealthProbe, ProbeState>();
  readonly #waiting = new Set<() => void>();
  #draining = false;

  constructor(services: readonly string[]) {
    this.#services = new Set(services);
  }

  /** Returns what the probe was before. */
  set(probe: HealthProbe, healthy: boolean): ProbeState {
    const before = this.#probes.get(probe) ?? 'new';
    const failed = before === 'new' || before === 'pending' ? 'pending' : 'failing';
    const now = healthy ? 'healthy' : failed;
    this.#probes.set(probe, now);
    if (now !== before) this.#changed();
    return before;
  }

  drain(): void {
    this.#draining = true;
    this.#changed();
  }

  status(service: string): number {
    if (service !== '' && !this.#services.has(service)) return SERVICE_UNKNOWN;
    const down = [...this.#probes].some(
      ([probe, state]) =>
        state !== 'healthy' && (service === '' || probe.services?.includes(service) !== false),
    );
    return this.#draining || down ? NOT_SERVING : SERVING;
  }

  /** Resolves at the next change; rejects with the signal's reason. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        this.#waiting.delete(wake);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.delete(wake);
        reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      this.#waiting.add(wake);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function knownStatus(state: HealthState, service: string): number {
  const status = state.status(service);
  if (status === SERVICE_UNKNOWN) {
    throw new ServerError(Status.NOT_FOUND, `there is no service ${service}`);
  }
  return status;
}

async function* watch(
  state: HealthState,
  service: string,
  context: ServiceContext,
): AsyncGenerator<{ status: number }, void, undefined> {
  let sent: number | undefined;
  for (;;) {
    const status = state.status(service);
    if (status !== sent) yield { status };
    sent = status;
    // A change during the yield is seen by the comparison, not by the wait.
    if (state.status(service) === sent) await state.change(context.signal);
  }
}
