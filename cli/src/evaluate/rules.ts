import { resolve } from 'node:path';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import type { CliContext } from '../commands/context.js';
import { readRuleFile } from '../composition/rule-file.js';
import { textTable } from '../output/text-table.js';
import { showProgress } from '../replay/progress.js';
import { ruleFigures, type RuleFigures } from './rules-figures.js';
import { scoredPayments } from './rules-scoring.js';

export interface EvaluateRulesOptions {
  readonly seed: number;
  readonly days: number;
  /** Days before those. */
  readonly burnIn: number;
  /** Payments a day, about. */
  readonly payments: number;
  /** Rule file; default the one that comes with the product. */
  readonly rules?: string | undefined;
  /** Share of payments that may be alerted, above 0, at most 1. */
  readonly budget: number;
  readonly json: boolean;
}

/** Measures a rule set on the mock shop and prints what it found. Throws CliError for a rule file that cannot be used. */
export async function evaluateRules(
  context: CliContext,
  options: EvaluateRulesOptions,
): Promise<void> {
  const { seed, days, budget, json } = options;
  const { rules: given } = options;
  const file = given === undefined ? undefined : resolve(context.cwd, given);
  const rules = compileRules(await readRuleFile(file));
  let done = 0;
  const stop = showProgress(context.stderr, () => `${Math.round(done * 100)} % of the shop's days`);
  const { signal } = context;
  const onProgress = (share: number): void => {
    done = share;
  };
  let figures: RuleFigures;
  try {
    const shop = { seed, days, burnInDays: options.burnIn, paymentsPerDay: options.payments };
    const payments = await scoredPayments({ ...shop, rules, signal, onProgress });
    figures = ruleFigures(payments, { days, budget });
  } finally {
    await stop();
  }
  const lines = json
    ? [JSON.stringify({ ruleSetVersion: rules.version, seed, ...figures })]
    : report(figures, rules.version);
  for (const line of lines) await context.stdout.line(line);
}

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${(share * 100).toFixed(1)} %`;

function report(figures: RuleFigures, version: string): string[] {
  const { types, payments, fraud, days, budget, threshold, alerts } = figures;
  const rows = types.map((type) => [
    type.fraudType,
    String(type.payments),
    percent(type.recall),
    percent(type.precision),
    type.alertsPerDay.toFixed(2),
  ]);
  const all = [
    'all',
    String(fraud),
    percent(figures.recall),
    percent(figures.precision),
    figures.alertsPerDay.toFixed(2),
  ];
  const head = ['fraud', 'payments', 'recall', 'precision', 'alerts a day'];
  return [
    `rules ${version}: ${payments} payments in ${days} days, ${fraud} of them fraud`,
    threshold === undefined
      ? 'no payment can be alerted within the budget'
      : `${alerts} alerted, with a score of ${threshold} or more: at most ${percent(budget)} of payments`,
    textTable([head, ...rows, all]),
  ];
}
