import { decisionOf } from '@bytebasket/server/fraud/alerts/read-alerts';
import { openScorer } from '@bytebasket/server/fraud/decide/scorer';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import type { RuleSetDeclaration } from '@bytebasket/server/fraud/rules/declaration';
import { openScoreTransaction } from '@bytebasket/server/fraud/score/score-transaction';
import { openFraudService } from '@bytebasket/server/fraud/service';
import { FRAUD_DECISIONS_TABLE } from '@bytebasket/server/fraud/tables';
import type { ServiceModule } from '@bytebasket/server/gateway/service-module';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { UpdateHub } from '@bytebasket/server/gateway/watch/update-hub';
import { type Ingest, openIngest } from '@bytebasket/server/ingest/ingest';
import type { IngestLimits } from '@bytebasket/server/ingest/limits';
import { openMetricsService } from '@bytebasket/server/metrics/service';
import type { BlobCache } from '@bytebasket/server/ports/blob-cache';
import type { Clock } from '@bytebasket/server/ports/clock';
import { INPUT_TOPICS, TOPICS } from '@bytebasket/server/ports/topics';
import { openRecommendationService } from '@bytebasket/server/recommendation/service';
import type { ServingClient } from '@bytebasket/server/recommendation/serving/client';
import { lookUpPayment } from '@bytebasket/server/transactions/look-up-payment';
import { openTransactionService } from '@bytebasket/server/transactions/service';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Closers } from './closers.js';
import { hubMetrics } from './hub-metrics.js';
import { duplicateMetrics, ingestMetrics } from './ingest-metrics.js';
import { ruleTrouble } from './rule-trouble.js';
import { logOf, type Storage } from './storage.js';

export interface ServicesOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly closers: Closers;
  readonly timeZone: string;
  /** By which ScoreTransaction decides. */
  readonly ruleSet: RuleSetDeclaration;
  readonly ingestLimits: Partial<IngestLimits> | undefined;
  /** Saves time at the next start; see IngestOptions. */
  readonly idCache?: BlobCache | undefined;
  readonly subscribersMax: number | undefined;
  /** Of the recommender; absent: RecommendationService is not served. */
  readonly serving?: ServingClient | undefined;
}

/** What all services that read what is derived share. */
interface Derived extends ServicesOptions {
  readonly hub: UpdateHub;
  readonly onFailure: (error: unknown) => void;
  readonly limits: { readonly subscribersMax?: number };
}

/** Opens what the gateway serves: ingest with its admin side, and what is derived from events with its live feed. */
export async function openServices(options: ServicesOptions): Promise<readonly ServiceModule[]> {
  const { clock, registry, closers, logger, subscribersMax } = options;
  const { inputs, derived, tables } = options.storage;
  const ingest = await openIngest({
    log: inputs,
    clock,
    observe: ingestMetrics(registry),
    limits: options.ingestLimits,
    idCache: options.idCache,
  });
  closers.add('ingest', () => ingest.close());
  duplicateMetrics(registry, ingest);
  const hub = await openUpdateHub({
    derived,
    inputs: logOf(options.storage),
    inputTopics: [...INPUT_TOPICS, TOPICS.fraudDecisions],
    clock,
    tables,
    ...hubMetrics(registry, logger),
  });
  closers.add('update hub', () => hub.close());
  const onFailure = (error: unknown): void =>
    logger.warn({ err: error }, 'watches wait for a failure to pass');
  const limits = subscribersMax === undefined ? {} : { subscribersMax };
  const parts: Derived = { ...options, hub, onFailure, limits };
  return [
    ...ingest.modules,
    openMetrics(parts),
    openTransactions(parts),
    await openFraud(parts, ingest),
    ...openRecommendations(options),
  ];
}

function openMetrics({ storage, closers, ...parts }: Derived): ServiceModule {
  const service = openMetricsService({ ...parts, tables: storage.tables });
  closers.add('metrics service', () => service.close());
  return service.module;
}

function openTransactions({ storage, hub, clock, onFailure, closers }: Derived): ServiceModule {
  const { tables, derived } = storage;
  const service = openTransactionService({
    tables,
    derived,
    hub,
    clock,
    decisionOf: (paymentId) => decisionOf(tables, paymentId),
    decisionTable: FRAUD_DECISIONS_TABLE.name,
    onFailure,
  });
  closers.add('transaction service', () => service.close());
  return service.module;
}

async function openFraud(
  { storage, hub, clock, limits, onFailure, ruleSet, logger, closers }: Derived,
  { publishEvent }: Pick<Ingest, 'publishEvent'>,
): Promise<ServiceModule> {
  const { tables, derived } = storage;
  const observe = ruleTrouble(
    ({ level, message, fields }) => logger[level](fields, message),
    () => clock.nowMs(),
  );
  const scorer = openScorer({ tables, rules: compileRules(ruleSet, { observe }), clock });
  const { score } = await openScoreTransaction({ scorer, tables, derived, clock });
  const service = openFraudService({
    tables,
    derived,
    hub,
    clock,
    score,
    lookUpPayment: (id) => lookUpPayment(tables, id),
    publish: publishEvent,
    limits,
    onFailure,
  });
  closers.add('fraud service', () => service.close());
  return service.module;
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
