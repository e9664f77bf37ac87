import type { ServiceModule } from '@bytebasket/server/gateway/service-module';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import { openIngest } from '@bytebasket/server/ingest/ingest';
import type { IngestLimits } from '@bytebasket/server/ingest/limits';
import { openMetricsService } from '@bytebasket/server/metrics/service';
import type { BlobCache } from '@bytebasket/server/ports/blob-cache';
import type { Clock } from '@bytebasket/server/ports/clock';
import { INPUT_TOPICS, TOPICS } from '@bytebasket/server/ports/topics';
import { openRecommendationService } from '@bytebasket/server/recommendation/service';
import type { ServingClient } from '@bytebasket/server/recommendation/serving/client';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Closers } from './closers.js';
import { hubMetrics } from './hub-metrics.js';
import { duplicateMetrics, ingestMetrics } from './ingest-metrics.js';
import { logOf, type Storage } from './storage.js';

export interface ServicesOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly closers: Closers;
  readonly timeZone: string;
  readonly ingestLimits: Partial<IngestLimits> | undefined;
  /** Saves time at the next start; see IngestOptions. */
  readonly idCache?: BlobCache | undefined;
  readonly subscribersMax: number | undefined;
  /** Of the recommender; absent: RecommendationService is not served. */
  readonly serving?: ServingClient | undefined;
}

/** Opens what the gateway serves: ingest with its admin side, and the metrics with their live feed. */
export async function openServices(options: ServicesOptions): Promise<readonly ServiceModule[]> {
  const { clock, registry, closers, logger, timeZone, ingestLimits, subscribersMax } = options;
  const { inputs, derived, tables } = options.storage;
  const observe = ingestMetrics(registry);
  const ingest = await openIngest({
    log: inputs,
    clock,
    observe,
    limits: ingestLimits,
    idCache: options.idCache,
  });
  closers.add('ingest', () => ingest.close());
  duplicateMetrics(registry, ingest);
  const trouble = hubMetrics(registry, logger);
  const hub = await openUpdateHub({
    derived,
    inputs: logOf(options.storage),
    inputTopics: [...INPUT_TOPICS, TOPICS.fraudDecisions],
    clock,
    tables,
    ...trouble,
  });
  closers.add('update hub', () => hub.close());
  const metrics = openMetricsService({
    tables,
    hub,
    clock,
    timeZone,
    limits: subscribersMax === undefined ? {} : { subscribersMax },
    onFailure: (error) => logger.warn({ err: error }, 'watches wait for a failure to pass'),
  });
  closers.add('metrics service', () => metrics.close());
  const recommendations = openRecommendations(options);
  return [...ingest.modules, metrics.module, ...recommendations];
}

function openRecommendations({
  serving,
  clock,
  closers,
}: ServicesOptions): readonly ServiceModule[] {
  if (serving === undefined) return [];
  const service = openRecommendationService({ serving, clock });
  closers.add('recommendation service', () => service.close());
  return [service.module];
}
