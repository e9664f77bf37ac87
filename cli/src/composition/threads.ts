import { hostname } from 'node:os';
import type { RuleSetDeclaration } from '@bytebasket/server/fraud/rules/declaration';
import type { HealthProbe } from '@bytebasket/server/gateway/health';
import { DEFAULT_LIMITS, type IngestLimits } from '@bytebasket/server/ingest/limits';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { processorProbe, recommenderProbe } from './health-probes.js';
import type { CallSink } from './port-metrics.js';
import { processorMetrics } from './processor-metrics.js';
import { superviseProcessor, type ProcessorThread } from './processor-thread.js';
import { servingMetrics } from './serving-metrics.js';
import { startServingThread, type ServingThread } from './serving-thread.js';
import type { StorageOptions } from './storage.js';

const EXPIRE_INTERVAL_MS = 60_000;

/** What of the server's options the threads follow. */
export interface ThreadOptions {
  readonly processor?: boolean | undefined;
  readonly flushIntervalMs?: number | undefined;
  readonly expireIntervalMs?: number | undefined;
  readonly ingestLimits?: Partial<IngestLimits> | undefined;
}

export interface ThreadParts {
  readonly storageOptions: StorageOptions;
  readonly timeZone: string;
  readonly ruleSet: RuleSetDeclaration;
  readonly registry: Registry;
  readonly calls: CallSink;
  readonly logger: Logger;
}

/** The threads beside the gateway's; without a processor there are none. */
export interface Threads {
  readonly processor: ProcessorThread | undefined;
  readonly serving: ServingThread | undefined;
  readonly probes: readonly HealthProbe[];
  /** Resolves when all are ready, or after `timeoutMs` milliseconds. */
  whenReady(timeoutMs: number): Promise<void>;
  /** Lets all finish what is under way. */
  stop(): Promise<void>;
}

/** Starts the processor and the recommender, each in a thread of its own. */
export function startThreads(options: ThreadOptions, parts: ThreadParts): Threads {
  if (options.processor === false) {
    const nothing = (): Promise<void> => Promise.resolve();
    const none = { processor: undefined, serving: undefined, probes: [] };
    return { ...none, whenReady: nothing, stop: nothing };
  }
  const processor = startProcessor(options, parts);
  const serving = startServing(parts);
  const all = [processor, serving];
  return {
    processor,
    serving,
    probes: [processorProbe(processor.ready), recommenderProbe(serving.ready)],
    whenReady: async (timeoutMs) => {
      await Promise.all(all.map((thread) => thread.whenReady(timeoutMs)));
    },
    stop: async () => {
      await Promise.all(all.map((thread) => thread.stop()));
    },
  };
}

function startProcessor(
  { flushIntervalMs = 100, expireIntervalMs = EXPIRE_INTERVAL_MS, ingestLimits }: ThreadOptions,
  { storageOptions, timeZone, ruleSet, registry, calls, logger }: ThreadParts,
): ProcessorThread {
  const { dataFolder, inputsNotifier, derivedNotifier, retention } = storageOptions;
  const { deadLetterBytesPerHour = DEFAULT_LIMITS.deadLetterBytesPerHour } = ingestLimits ?? {};
  return superviseProcessor({
    metrics: processorMetrics(registry, calls),
    logger,
    optionsOf: (run) => ({
      dataFolder,
      inputsNotifier,
      derivedNotifier,
      retention,
      timeZone,
      ruleSet,
      flushIntervalMs,
      expireIntervalMs,
      deadLetterBytesPerHour,
      owner: `${hostname()}/${process.pid}/${run}`,
    }),
  });
}

function startServing({ storageOptions, registry, logger }: ThreadParts): ServingThread {
  const { dataFolder, inputsNotifier, derivedNotifier, retention } = storageOptions;
  return startServingThread({
    metrics: servingMetrics(registry),
    logger,
    optionsOf: () => ({ dataFolder, inputsNotifier, derivedNotifier, retention }),
  });
}
