import { FREE_BYTES_MIN, freeBytes } from '@bytebasket/server/adapters/lmdb/failure';
import type { HealthProbe } from '@bytebasket/server/gateway/health';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';

/** The services that are of no use while the processor does not run. */
const PROCESSOR_SERVICES = [
  'bytebasket.metrics.v1.MetricsService',
  'bytebasket.transaction.v1.TransactionService',
  'bytebasket.fraud.v1.FraudService',
] as const;

/** The log answers, and there is room to write. */
export function logProbe(
  inputs: Pick<EventLog, 'bounds'>,
  dataFolder: string,
  freeBytesOf: (folder: string) => Promise<number> = freeBytes,
): HealthProbe {
  return {
    name: 'log',
    async check() {
      await inputs.bounds(TOPICS.userActivity);
      const free = await freeBytesOf(dataFolder);
      if (free >= FREE_BYTES_MIN) return;
      throw new Error(
        `${dataFolder} has ${free} bytes free, ${FREE_BYTES_MIN} are needed to write: free some space`,
      );
    },
  };
}

/** Tables and updates answer: a failed write there stops what is derived, though events are still taken. */
export function derivedProbe(derived: Pick<EventLog, 'bounds'>): HealthProbe {
  return {
    name: 'tables',
    services: PROCESSOR_SERVICES,
    async check() {
      await derived.bounds(TOPICS.updates);
    },
  };
}

/** The processor owns its partitions, so metrics, transactions and alerts are up to date. */
export function processorProbe(ready: () => boolean): HealthProbe {
  return {
    name: 'processor',
    services: PROCESSOR_SERVICES,
    check: () =>
      ready() ? Promise.resolve() : Promise.reject(new Error('the processor does not run yet')),
  };
}

/** The recommender has read the log up to its start. */
export function recommenderProbe(ready: () => boolean): HealthProbe {
  return {
    name: 'recommender',
    services: ['bytebasket.recommendation.v1.RecommendationService'],
    check: () =>
      ready() ? Promise.resolve() : Promise.reject(new Error('the recommender is starting')),
  };
}
