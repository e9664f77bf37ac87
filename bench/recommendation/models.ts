import { answer } from '@bytebasket/server/recommendation/serving/answer';
import { ReadModel } from '@bytebasket/server/recommendation/serving/read-model';
import type { RecommendRequest } from '@bytebasket/server/recommendation/serving/protocol';
import type { Bench, BenchRow } from '../harness/report.js';
import { percentile, sorted } from '../harness/stats.js';
import {
  addTrainingClicks,
  digineticaCases,
  DIGINETICA,
  digineticaPresent,
  NextItemScore,
} from './diginetica.js';

const WARM_UP = 2_000;

/** The first page of a shop for a visitor with these clicks, nothing filtered, as protocol R1 wants. */
function request(prefix: readonly string[]): RecommendRequest {
  return {
    kind: 'recommend',
    placement: 'home',
    visitor: { anonymousId: '', userId: '' },
    recent: prefix,
    itemId: '',
    basket: [],
    limit: 20,
    exclude: [],
    categories: [],
    categoryItemsMax: 0,
    includeBought: true,
    includeSeen: true,
  };
}

async function answerDiginetica(log: (line: string) => void): Promise<readonly BenchRow[]> {
  if (!digineticaPresent()) {
    log(`${DIGINETICA} is absent: set BYTEBASKET_DATA to the folder of the public data sets`);
    return [];
  }
  const model = new ReadModel({ alertTransition: () => true });
  await addTrainingClicks(model.sessions);
  const cases = await digineticaCases();
  log(`${model.sessions.size} sessions held, ${cases.length} cases`);
  const score = new NextItemScore();
  const waits: number[] = [];
  const cpu = process.cpuUsage();
  for (const { prefix, next } of cases) {
    const asked = request(prefix);
    const begun = performance.now();
    const list = answer(model, asked);
    waits.push(performance.now() - begun);
    score.add(
      list.items.map(({ itemId }) => itemId),
      next,
    );
  }
  const used = process.cpuUsage(cpu);
  const mean = (used.user + used.system) / 1_000 / cases.length;
  const order = sorted(waits.slice(WARM_UP));
  const at = (share: number) => percentile(order, share).toFixed(2);
  const detail = `${score.cases} cases, full ranking, own items eligible, ties by hash`;
  const hits = { unit: 'share', better: 'higher' } as const;
  const p99 = percentile(order, 0.99);
  return [
    {
      id: 'diginetica-hr20',
      value: score.hr20,
      goal: 0.52,
      ...hits,
      detail: `${detail}; most popular .0093, SR-GNN .507`,
    },
    {
      id: 'diginetica-mrr20',
      value: score.mrr20,
      goal: 0.187,
      ...hits,
      detail: `${detail}; most popular .0020, SR-GNN .176`,
    },
    {
      id: 'recommend-p99',
      value: p99,
      unit: 'ms',
      goal: 2,
      better: 'lower',
      detail: `in process, p50 ${at(0.5)}, p99.9 ${at(0.999)} ms, ${mean.toFixed(3)} CPU-ms each`,
    },
  ];
}

/** The recommender as it serves, over protocol R1 of Diginetica. */
export const recommendationModelBench: Bench = {
  ids: ['diginetica-hr20', 'diginetica-mrr20', 'recommend-p99'],
  title: 'recommendations of the read model, Diginetica loaded',
  run: answerDiginetica,
};
