import type { Logger } from 'pino';
import type { ProcessorMetrics } from './processor-metrics.js';
import type { ProcessorMessage, ProcessorThreadOptions } from './processor-protocol.js';
import { type SupervisedThread, superviseThread } from './supervised-thread.js';

/** The processor's thread; it is ready while it owns every partition: metrics are up to date. */
export type ProcessorThread = SupervisedThread;

export interface ProcessorSupervision {
  /** Options of one run; `run` counts from 1. */
  readonly optionsOf: (run: number) => ProcessorThreadOptions;
  readonly metrics: ProcessorMetrics;
  readonly logger: Logger;
}

/**
 * Keeps the processor running in a worker thread: ingest must not stop because a fold has a defect. What it did since its
 * last snapshot it does again, with the same result.
 */
export function superviseProcessor({
  optionsOf,
  metrics,
  logger,
}: ProcessorSupervision): ProcessorThread {
  return superviseThread<ProcessorMessage>({
    name: 'processor',
    entry: 'processor-worker',
    dataOf: optionsOf,
    logger,
    onMessage: (message) => {
      if (message.kind === 'figures') metrics.record(message.figures);
    },
    onUp: (up) => metrics.up(up),
    onRestart: () => metrics.restarted(),
  });
}
