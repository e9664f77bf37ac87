import type { UpdatesGap } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';

/** What the update hub tells of trouble that it survives. */
export interface HubObserver {
  readonly onGap: (gap: UpdatesGap) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Registers the metrics of the update hub; returns the observer that feeds and logs them. */
export function hubMetrics(registry: Registry, logger: Logger): HubObserver {
  const registers = [registry];
  const gaps = new Counter({
    name: 'bytebasket_updates_gaps_total',
    help: 'Times that changed rows did not reach the watches, which then read them again.',
    labelNames: ['partition'],
    registers,
  });
  const failures = new Counter({
    name: 'bytebasket_updates_failures_total',
    help: 'Times that changed rows could not be read or handed on.',
    registers,
  });
  return {
    onGap({ partition, from, to, error }) {
      gaps.inc({ partition });
      const text = 'changed rows were missed: watches read them again';
      logger.warn({ partition, from, to, ...(error === undefined ? {} : { err: error }) }, text);
    },
    onFailure(error) {
      failures.inc();
      logger.warn({ err: error }, 'changed rows cannot be read or handed on: trying again');
    },
  };
}
