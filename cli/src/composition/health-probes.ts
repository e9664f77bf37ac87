import { freeBytes } from '@bytebasket/server/adapters/lmdb/failure';
import type { HealthProbe } from '@bytebasket/server/gateway/health';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';

/** As the lmdb adapter: with less room it refuses to write. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** The services that are of no use while the processor does not run. */
const PROCESSOR_SERVICES = ['bytebasket.metrics.v1.MetricsService'] as const;

/** The log answers, and there is room to write. */
export function logProbe(inputs: EventLog, dataFolder: string): HealthProbe {
  return {
    name: 'log',
    async check() {
      await inputs.bounds(TOPICS.userActivity);
      const free = await freeBytes(dataFolder);
      if (free >= FREE_BYTES_MIN) return;
      throw new Error(`${dataFolder} has ${free} bytes free, ${FREE_BYTES_MIN} are needed`);
    },
  };
}

/** The processor owns its partitions, so metrics are up to date. */
export function processorProbe(ready: () => boolean): HealthProbe {
  return {
    name: 'processor',
    services: PROCESSOR_SERVICES,
    check: () =>
      ready() ? Promise.resolve() : Promise.reject(new Error('the processor does not run yet')),
  };
}
