/** Entry of the serving thread: keeps the recommendation read model and answers, until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { transitionAllowed } from '@bytebasket/server/fraud/alerts/lifecycle';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';
import type { ToServing } from '@bytebasket/server/recommendation/serving/protocol';
import { type Serving, startServing } from '@bytebasket/server/recommendation/serving/serving';
import { startRepeating } from './composition/repeating.js';
import { keepServingFigures } from './composition/serving-figures.js';
import type { ServingMessage, ServingThreadOptions } from './composition/serving-protocol.js';
import { openStorage } from './composition/storage.js';
import type { StopMessage } from './composition/supervised-thread.js';

const FIGURES_INTERVAL_MS = 1_000;

const port = parentPort;
if (port === null) throw new Error('serving-worker runs in a thread of its own');
const post = (message: ServingMessage): void => port.postMessage(message);

const options = workerData as ServingThreadOptions;
const clock = systemClock();
const stopping = new AbortController();
let serving: Serving | undefined;
port.on('message', (message: ToServing | StopMessage) => {
  if (message.kind === 'stop') stopping.abort(new Error('the recommender was told to stop'));
  // Nobody asks before it said that it is ready.
  else serving?.receive(message);
});

const figures = keepServingFigures((line) => post({ kind: 'log', ...line }));
const storage = await openStorage({ ...options, clock });
try {
  const running = await startServing({
    log: routedLog({
      [TOPICS.userActivity]: storage.inputs,
      [TOPICS.transactions]: storage.inputs,
      [TOPICS.fraudDecisions]: storage.derived,
    }),
    tables: storage.tables,
    clock,
    signal: stopping.signal,
    post,
    alertTransition: transitionAllowed,
    onReady: () => post({ kind: 'ready' }),
    bounds: options.bounds,
    saveIntervalMs: options.saveIntervalMs,
    observe: figures.observer,
  });
  serving = running;
  const repeating = startRepeating(FIGURES_INTERVAL_MS, () =>
    post({ kind: 'figures', figures: figures.take(running.model) }),
  );
  try {
    await running.ended;
  } finally {
    await repeating.stop();
    post({ kind: 'figures', figures: figures.take(running.model) });
  }
} finally {
  await storage.close();
  // Nothing else keeps the thread: it ends with what the recommender ended with.
  port.close();
}
