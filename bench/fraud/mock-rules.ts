import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { readRuleFile } from '../../cli/src/composition/rule-file.js';
import { pooled, ruleFigures, worst } from '../../cli/src/evaluate/rules-figures.js';
import { scoredPayments } from '../../cli/src/evaluate/rules-scoring.js';
import type { Bench, BenchRow } from '../harness/report.js';

/** Shops that nobody looked at while rules were tuned; those are 1 to 5. */
const UNSEEN_SEEDS = [101, 102, 103, 104, 105];
const DAYS = 14;
const BUDGET = 0.01;

/** The rules of the product on unseen mock shops: what the kind of fraud that comes off worst gets. */
async function measure(log: (line: string) => void): Promise<readonly BenchRow[]> {
  const { signal } = new AbortController();
  const shops = [];
  for (const seed of UNSEEN_SEEDS) {
    const rules = compileRules(await readRuleFile());
    const payments = await scoredPayments({ rules, seed, days: DAYS, signal });
    const figures = ruleFigures(payments, { days: DAYS, budget: BUDGET });
    log(`seed ${seed}: ${figures.alerts} alerts of ${figures.payments} payments`);
    shops.push(figures);
  }
  const types = pooled(shops);
  const row = (name: 'recall' | 'precision', goal: number): BenchRow => {
    const least = worst(types, name);
    const each = types.map((type) => `${type.fraudType} ${(type[name] ?? 0).toFixed(2)}`);
    return {
      id: `mock-rules-${name}`,
      value: least[name] ?? 0,
      unit: 'share',
      goal,
      better: 'higher',
      detail: `worst: ${least.fraudType}; ${each.join(', ')}`,
    };
  };
  return [row('recall', 0.6), row('precision', 0.5)];
}

export const mockRulesBench: Bench = {
  ids: ['mock-rules-recall', 'mock-rules-precision'],
  title: 'rules on unseen mock shops, 1 % of payments alerted',
  run: measure,
};
