import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { mulberry32 } from '../support/random.js';
import { startProduct, type Product } from '../../bench/harness/product.js';
import { freePort } from '../support/free-port.js';
import { checkHistory, type Attempt } from '../support/history.js';
import { readLog } from '../support/read-log.js';
import { isPageView } from './shopper-events.js';
import { SdkShopper } from './sdk-shopper.js';
import { queryTotals, TotalsWatcher, type Totals } from './totals.js';
import { UnaryShopper } from './unary-shopper.js';

export interface CampaignOptions {
  /** How often the whole product is ended with SIGKILL. */
  readonly kills: number;
  readonly seed: number;
}

export interface CampaignReport {
  /** Broken promises, in words; empty when all held. */
  readonly broken: readonly string[];
  readonly events: number;
  readonly accepted: number;
  readonly kills: number;
  /** What was sent and what was found, for showing that the checker sees a planted loss. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  readonly log: Awaited<ReturnType<typeof readLog>>;
}

const SETTLE_MS = 30_000;

/**
 * Shoppers publish (unary with retries, and through the SDK's stream) and a subscriber watches, while the whole product is
 * killed again and again. Afterwards the log is read from disk and every answer, and every total, is held against it.
 */
export async function killCampaign({ kills, seed }: CampaignOptions): Promise<CampaignReport> {
  const random = mulberry32(seed);
  const port = await freePort();
  let product = await startProduct({ command: 'up', port });
  const attempts = new Map<string, Attempt>();
  const shoppers = [
    ...Array.from({ length: 3 }, (_, index) => new UnaryShopper(product.endpoint, attempts, index)),
    new SdkShopper(product.endpoint, attempts),
  ];
  const watcher = new TotalsWatcher(product.endpoint);
  const broken: string[] = [];
  try {
    for (let kill = 0; kill < kills; kill++) {
      await delay(400 + random() * 1_600);
      await product.kill('SIGKILL');
      product = await startProduct({ command: 'up', port, folder: product.folder });
    }
    await delay(1_000);
    await Promise.all(shoppers.map(async (shopper) => await shopper.stop()));
    broken.push(...(await checkTotals(product, attempts, watcher)));
  } finally {
    await watcher.stop();
    await Promise.all(shoppers.map(async (shopper) => await shopper.stop()));
    await product.close({ keep: true });
  }
  const log = await readLog(product.folder);
  rmSync(product.folder, { recursive: true, force: true });
  broken.push(...checkHistory(attempts, log), ...watcher.broken);
  const accepted = [...attempts.values()].filter((a) => a.outcome === 'accepted').length;
  return { broken, events: attempts.size, accepted, kills, attempts, log };
}

/** After everything settled, tables and subscription must both show each accepted event once. */
async function checkTotals(
  product: Product,
  attempts: ReadonlyMap<string, Attempt>,
  watcher: TotalsWatcher,
): Promise<string[]> {
  const accepted = [...attempts.values()].filter((a) => a.outcome === 'accepted');
  const expected = countOf(accepted.map((attempt) => attempt.eventId));
  const until = performance.now() + SETTLE_MS;
  let tables = await queryTotals(product.endpoint);
  while (
    performance.now() < until &&
    !(same(tables, expected) && same(watcher.totals(), expected))
  ) {
    await delay(200);
    tables = await queryTotals(product.endpoint);
  }
  const lines: string[] = [];
  if (!same(tables, expected))
    lines.push(`tables show ${show(tables)}, accepted were ${show(expected)}`);
  if (!same(watcher.totals(), expected)) {
    lines.push(`the subscription shows ${show(watcher.totals())}, accepted were ${show(expected)}`);
  }
  return lines;
}

function countOf(ids: readonly string[]): Totals {
  const pageViews = ids.filter(isPageView).length;
  return { pageViews, productViews: ids.length - pageViews };
}

const same = (a: Totals, b: Totals) =>
  a.pageViews === b.pageViews && a.productViews === b.productViews;
const show = (totals: Totals) =>
  `${totals.pageViews} page views, ${totals.productViews} product views`;
