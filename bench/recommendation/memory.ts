import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ProductSignal } from '@bytebasket/server/recommendation/serving/input';
import {
  DEFAULT_READ_MODEL_BOUNDS,
  ReadModel,
} from '@bytebasket/server/recommendation/serving/read-model';
import { mulberry32 } from '../../tests/support/random.js';
import type { Bench, BenchRow } from '../harness/report.js';

const SESSIONS = 1_000_000;
/** The newest sessions come as events, as many as visitors are remembered; older ones are only in the index by then. */
const EVENT_SESSIONS = DEFAULT_READ_MODEL_BOUNDS.visitorsMax;
const VIEWS_PER_BATCH = 1_000;
/** Serving saves every so often; what is not saved yet is held twice. */
const VIEWS_PER_SAVE = 50_000;
/** As in Diginetica: 4.9 clicks a session. */
const CLICKS_MEAN = 4.9;
const PRODUCTS = 200_000;
const NEAR_PRODUCTS = 20;
const START_MS = Date.UTC(2026, 9, 1);

/** Views of visitors who stay near one product half of the time; few products get most of the views. */
function* views(seed: number): Generator<{ session: number; view: ProductSignal }> {
  const random = mulberry32(seed);
  for (let session = 0; session < SESSIONS; session++) {
    const id = `${(session * 2_654_435_761).toString(16).padStart(13, '0')}-${session}`;
    const clicks = 1 + Math.floor(-(CLICKS_MEAN - 0.5) * Math.log(1 - random()));
    const home = Math.floor(PRODUCTS ** random());
    for (let click = 0; click < clicks; click++) {
      const near = home + Math.floor(random() * NEAR_PRODUCTS);
      const product = random() < 0.5 ? near : Math.floor(PRODUCTS ** random());
      const view: ProductSignal = {
        kind: 'signal',
        signal: 'view',
        actor: { anonymousId: `visitor-${id}`, userId: '', sessionId: `session-${id}` },
        product: { itemId: `product-${product}`, categoryId: `category-${product % 500}` },
        occurMs: START_MS + session * 1_000 + click * 7_000,
      };
      yield { session, view };
    }
  }
}

/** What is reachable, MB, after a full collection. */
function heldMegabytes(collect: () => void): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

async function measure(log: (line: string) => void): Promise<readonly BenchRow[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const before = heldMegabytes(collect);
  const model = new ReadModel({ alertTransition: () => true });
  let taken = 0;
  const used = { microseconds: 0 };
  for (const { session, view } of views(1)) {
    if (session < SESSIONS - EVENT_SESSIONS) {
      model.sessions.append(view.actor.sessionId, view.product.itemId, view.occurMs);
      continue;
    }
    const begun = process.cpuUsage();
    model.apply(view);
    const cpu = process.cpuUsage(begun);
    used.microseconds += cpu.user + cpu.system;
    taken += 1;
    if (taken % VIEWS_PER_BATCH === 0) model.takeActors();
    if (taken % VIEWS_PER_SAVE === 0) model.changedChunks();
  }
  model.takeActors();
  const items = ['product-1', 'product-77', 'product-4321'];
  const answered = model.recommender.recommend({ items, k: 20 }).length;
  const value = heldMegabytes(collect) - before;
  const { sessions, clicks, items: products, bytes } = model.sessions.figures();
  const perView = (used.microseconds / taken).toFixed(1);
  log(`${taken} views taken, ${perView} CPU-us each; an answer has ${answered} items`);
  const detail =
    `${sessions} sessions, ${clicks} clicks, ${products} products; ` +
    `of it ${(bytes / 1e6).toFixed(0)} MB sessions`;
  return [{ id: 'serving-memory', value, unit: 'MB', goal: 200, better: 'lower', detail }];
}

/** Memory of the read model at the bound of its sessions, visitors and catalogue included. */
export const servingMemoryBench: Bench = {
  ids: ['serving-memory'],
  title: 'memory of the read model with 1,000,000 sessions',
  run: measure,
};
