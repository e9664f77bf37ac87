/** Entry of the processor's thread: folds the input topics into tables until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { alertsFold } from '@bytebasket/server/fraud/alerts/fold';
import { decideStage } from '@bytebasket/server/fraud/decide/decide-stage';
import { openScorer } from '@bytebasket/server/fraud/decide/scorer';
import { fraudFeaturesFold } from '@bytebasket/server/fraud/features/fold';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { openDeadLetterQuota } from '@bytebasket/server/ingest/dead-letter-quota';
import { decisionMetricsFold } from '@bytebasket/server/metrics/decision-fold';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import type { TopicPartition } from '@bytebasket/server/ports/event-log';
import { runProcessor } from '@bytebasket/server/processor/processor';
import { transactionsFold } from '@bytebasket/server/transactions/fold';
import { keepFigures, type LogLine } from './composition/processor-figures.js';
import { measuredStorage } from './composition/port-metrics.js';
import type { ProcessorMessage, ProcessorThreadOptions } from './composition/processor-protocol.js';
import { startRepeating } from './composition/repeating.js';
import { ruleTrouble } from './composition/rule-trouble.js';
import { openSetAside } from './composition/set-aside.js';
import { logOf, openStorage } from './composition/storage.js';

const FIGURES_INTERVAL_MS = 1_000;

const port = parentPort;
if (port === null) throw new Error('processor-worker runs in a thread of its own');
const post = (message: ProcessorMessage): void => port.postMessage(message);

const options = workerData as ProcessorThreadOptions;
const clock = systemClock();
const stopping = new AbortController();
port.once('message', () => stopping.abort(new Error('the processor was told to stop')));

const log = (line: LogLine): void => post({ kind: 'log', ...line });
const figures = keepFigures(log);
const storage = measuredStorage(await openStorage({ ...options, clock }), figures.called);
const { timeZone } = options;
const rules = compileRules(options.ruleSet, { observe: ruleTrouble(log, () => clock.nowMs()) });
const scorer = openScorer({ tables: storage.tables, rules, clock });
const folds = [
  metricsFold({ timeZone }),
  transactionsFold(),
  fraudFeaturesFold({ decide: decideStage({ scorer, tables: storage.tables }) }),
  decisionMetricsFold({ timeZone }),
  alertsFold(),
];
const topics = new Set(folds.flatMap((fold) => fold.topics));
const setAside = openSetAside({
  inputs: storage.inputs,
  quota: openDeadLetterQuota(clock, options.deadLetterBytesPerHour),
  notKept: figures.notKept,
  log,
});
const repeating = [
  startRepeating(FIGURES_INTERVAL_MS, () => post({ kind: 'figures', figures: figures.take() })),
  startRepeating(options.expireIntervalMs, expire),
];
try {
  await runProcessor({
    inputs: logOf(storage),
    derived: storage.derived,
    tables: storage.tables,
    folds,
    clock,
    owner: options.owner,
    onFoldFailure: setAside,
    observe: { ...figures.observer, owned: announceOnceOwned() },
    signal: stopping.signal,
    flushIntervalMs: options.flushIntervalMs,
  });
} finally {
  for (const one of repeating) await one.stop();
  post({ kind: 'figures', figures: figures.take() });
  await storage.close();
  // Nothing else keeps the thread: it ends with what the processor ended with.
  port.close();
}

async function expire(): Promise<void> {
  try {
    await storage.derived.expire(clock.nowMs());
    await storage.tables.expire(clock.nowMs());
  } catch (error) {
    const fields = { error: String(error) };
    post({ kind: 'log', level: 'warn', message: 'cannot free expired rows', fields });
  }
}

/** Tells that the processor works, once it owns every partition of every topic that it folds. */
function announceOnceOwned(): typeof figures.observer.owned {
  const owned = new Map<string, TopicPartition>();
  return (partition) => {
    figures.observer.owned?.(partition);
    const { topic } = partition;
    owned.set(`${topic}/${partition.partition}`, { topic, partition: partition.partition });
    if (owned.size === topics.size * storage.inputs.partitions) {
      post({ kind: 'ready', partitions: [...owned.values()] });
    }
  };
}
