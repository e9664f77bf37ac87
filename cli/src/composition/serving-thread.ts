import {
  openServingConnection,
  type ServingClient,
} from '@bytebasket/server/recommendation/serving/client';
import type { Logger } from 'pino';
import type { ServingMetrics } from './serving-metrics.js';
import type { ServingMessage, ServingThreadOptions } from './serving-protocol.js';
import { type SupervisedThread, superviseThread } from './supervised-thread.js';

export interface ServingSupervision {
  /** Options of one run; `run` counts from 1. */
  readonly optionsOf: (run: number) => ServingThreadOptions;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
  /** Requests that may wait for their answers at a time; default 1,000. */
  readonly inFlightMax?: number | undefined;
}

/** The serving thread; it is ready while it holds all that the log held when it started. */
export interface ServingThread extends SupervisedThread {
  /** Good for as long as the process lives; fails with RECOMMENDER_STARTING while the thread is away. */
  readonly client: ServingClient;
}

/** Keeps the recommendation read model running in a worker thread: nothing else waits for it, or stops with it. */
export function startServingThread(supervision: ServingSupervision): ServingThread {
  const { optionsOf, metrics, logger, inFlightMax } = supervision;
  const connection = openServingConnection({ inFlightMax });
  const thread = superviseThread<ServingMessage>({
    name: 'recommender',
    entry: 'serving-worker',
    dataOf: optionsOf,
    logger,
    onMessage: (message, post) => {
      if (message.kind === 'figures') metrics.record(message.figures);
      else if (message.kind === 'ready') connection.attach(post);
      else connection.receive(message);
    },
    onUp: (up) => {
      metrics.up(up);
      if (up) connection.ready();
      else connection.detach();
    },
    onRestart: () => metrics.restarted(),
  });
  return { ...thread, client: connection.client };
}
