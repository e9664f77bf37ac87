import { join, resolve } from 'node:path';
import { fileBlobCache } from '@bytebasket/server/adapters/files/blob-cache';
import { lockFolder } from '@bytebasket/server/adapters/lmdb/folder-lock';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { startGateway } from '@bytebasket/server/gateway/gateway';
import type { IngestLimits } from '@bytebasket/server/ingest/limits';
import type { Clock } from '@bytebasket/server/ports/clock';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { openAccessOf } from './composition/access.js';
import { Closers } from './composition/closers.js';
import { assertTlsFiles, makeDataFolder } from './composition/folders.js';
import { derivedProbe, logProbe } from './composition/health-probes.js';
import { assertListenable, hostPort, listenErrors } from './composition/listen-errors.js';
import { type CallSink, measuredStorage, portMetrics } from './composition/port-metrics.js';
import { startRepeating } from './composition/repeating.js';
import { readRuleFile } from './composition/rule-file.js';
import { openServices } from './composition/services.js';
import { openShop } from './composition/shop-file.js';
import { openStorage, type Storage, type StorageOptions } from './composition/storage.js';
import { startThreads } from './composition/threads.js';
import { DEFAULT_RETENTION, type RetentionSettings } from './composition/topic-declarations.js';

const EXPIRE_INTERVAL_MS = 60_000;

/** How long the start waits for the threads, so that the first answers are complete. */
const THREADS_WAIT_MS = 1_000;

export interface EmbeddedOptions {
  /** Holds everything; made when absent. One process at a time. */
  readonly dataFolder: string;
  /** Default 127.0.0.1; anything but loopback needs `keysFile`. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly adminHost?: string | undefined;
  /** Absent: no admin endpoint; 0: a free one. */
  readonly adminPort?: number | undefined;
  /** Absent: everybody may call. */
  readonly keysFile?: string | undefined;
  /** Absent: plain text. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Of the shop's days; absent takes the folder's own (new folder: UTC). Fixed when the folder is made. */
  readonly timeZone?: string | undefined;
  /** Default true; false takes events, and derives nothing from them: no metrics, alerts, recommendations. */
  readonly processor?: boolean | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  readonly retention?: RetentionSettings | undefined;
  readonly ingestLimits?: Partial<IngestLimits> | undefined;
  /** How often records and rows past their retention are freed, milliseconds; default 60,000. */
  readonly expireIntervalMs?: number | undefined;
  /** Milliseconds, default 100. */
  readonly flushIntervalMs?: number | undefined;
  /** YAML file of fraud rules; default: those that come with the product. */
  readonly rulesFile?: string | undefined;
  /** Metric subscriptions at the same time. */
  readonly subscribersMax?: number | undefined;
  /** How long calls under way may go on at `close`, milliseconds; default 10,000. */
  readonly drainMs?: number | undefined;
}

/** A running server. */
export interface Embedded {
  /** host:port of the gRPC services. */
  readonly endpoint: string;
  readonly port: number;
  /** host:port of the admin endpoint; undefined without one. */
  readonly adminEndpoint: string | undefined;
  readonly adminPort: number | undefined;
  /** Absolute. */
  readonly dataFolder: string;
  readonly timeZone: string;
  /** Whether a processor runs here. */
  readonly processor: boolean;
  /** Drains calls, flushes metrics, frees the folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the whole product in this process, the processor in a thread of its own. Resolves when it serves. Rejects with
 * a CliError when the folder is in use, a port is taken, the time zone is another one than the folder's.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const logger = options.logger ?? pino({ level: 'silent' });
  const closers = new Closers(logger);
  try {
    return await start({ ...options, logger }, closers);
  } catch (error) {
    // What cannot be closed either is in the log; why the start failed is what the caller must hear.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

type StartOptions = EmbeddedOptions & { readonly logger: Logger };

async function start(options: StartOptions, closers: Closers): Promise<Embedded> {
  const { logger, host = '127.0.0.1', port = 0, adminHost = '127.0.0.1', adminPort } = options;
  const clock = systemClock();
  const registry = new Registry();
  const access = openAccessOf({ keysFile: options.keysFile, host }, { clock, logger, closers });
  await assertListenable({ host, port, adminHost, adminPort });
  await assertTlsFiles(options.tls);
  const ruleSet = await readRuleFile(options.rulesFile);
  const data = await openData(options, { clock, registry, closers });
  const { dataFolder, storage, timeZone } = data;
  const threads = startThreads(options, { ...data, ruleSet, registry, logger });
  closers.add('threads', () => threads.stop());
  const services = await openServices({
    ...data,
    ruleSet,
    clock,
    registry,
    logger,
    closers,
    ingestLimits: options.ingestLimits,
    // Beside the log that it is about: whoever removes or copies that takes it along.
    idCache: fileBlobCache(join(dataFolder, 'inputs', 'ids')),
    subscribersMax: options.subscribersMax,
    serving: threads.serving?.client,
  });

  // Usually there by now; without them the server starts all the same, with what needs them NOT_SERVING.
  await threads.whenReady(THREADS_WAIT_MS);
  const probes = [logProbe(storage.inputs, dataFolder), derivedProbe(storage.derived)];
  const gateway = await listenErrors(
    { host, port, adminHost, adminPort },
    startGateway({
      listen: { host, port },
      admin: adminPort === undefined ? undefined : { host: adminHost, port: adminPort },
      services,
      access,
      tls: options.tls,
      healthProbes: [...probes, ...threads.probes],
      clock,
      logger,
      registry,
    }),
  );
  closers.add('gateway', () => gateway.drain(options.drainMs ?? 10_000));
  return {
    endpoint: hostPort(host, gateway.port),
    port: gateway.port,
    adminEndpoint:
      gateway.adminPort === undefined ? undefined : hostPort(adminHost, gateway.adminPort),
    adminPort: gateway.adminPort,
    dataFolder,
    timeZone,
    processor: threads.processor !== undefined,
    close: () => closers.close(),
  };
}

/** What the data folder holds, opened by this process alone. */
interface Data {
  readonly dataFolder: string;
  readonly timeZone: string;
  readonly storage: Storage;
  /** With which threads open handles of their own. */
  readonly storageOptions: StorageOptions;
  readonly calls: CallSink;
}

interface DataParts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly closers: Closers;
}

async function openData(
  options: StartOptions,
  { clock, registry, closers }: DataParts,
): Promise<Data> {
  const { logger, expireIntervalMs = EXPIRE_INTERVAL_MS } = options;
  const dataFolder = resolve(options.dataFolder);
  await makeDataFolder(dataFolder);
  const lock = await lockFolder(dataFolder);
  closers.add('folder lock', () => lock.release());
  const { timeZone } = await openShop(dataFolder, options.timeZone, clock.nowMs());
  const storageOptions = {
    dataFolder,
    inputsNotifier: createNotifierMemory(),
    derivedNotifier: createNotifierMemory(),
    retention: options.retention ?? DEFAULT_RETENTION,
    clock,
  };
  const calls = portMetrics(registry, dataFolder);
  const storage = measuredStorage(await openStorage(storageOptions), calls);
  closers.add('storage', () => storage.close());
  const { inputs } = storage;
  const expiry = startRepeating(expireIntervalMs, () => expireInputs(inputs, clock, logger));
  closers.add('expiry', () => expiry.stop());
  return { dataFolder, timeZone, storage, storageOptions, calls };
}

async function expireInputs(inputs: EventLog, clock: Clock, logger: Logger): Promise<void> {
  try {
    const freed = await inputs.expire(clock.nowMs());
    if (freed > 0) logger.info({ freed }, 'records past their retention are gone');
  } catch (error) {
    // Tried again in a minute; a disk that stays broken shows in the health of the log.
    logger.warn({ err: error }, 'cannot free records past their retention');
  }
}
