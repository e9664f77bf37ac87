import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileRules, type Rules } from '@bytebasket/server/fraud/rules/compile';
import { RuleSetError } from '@bytebasket/server/fraud/rules/declaration';
import { parseRuleSet } from '@bytebasket/server/fraud/rules/parse';
import { parse } from 'yaml';
import type { CliContext } from '../commands/context.js';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import { textTable } from '../output/text-table.js';
import { showProgress } from '../replay/progress.js';
import { ruleFigures, type RuleFigures } from './rules-figures.js';
import { scoredPayments } from './rules-scoring.js';

/** The rules that come with the product. */
export const DEFAULT_RULES = fileURLToPath(
  new URL('../../../config/rules/default.yml', import.meta.url),
);

export interface EvaluateRulesOptions {
  readonly seed: number;
  readonly days: number;
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
  const file = options.rules === undefined ? DEFAULT_RULES : resolve(context.cwd, options.rules);
  const rules = await rulesOf(file);
  let done = 0;
  const stop = showProgress(context.stderr, () => `${Math.round(done * 100)} % of the shop's days`);
  const { signal } = context;
  const onProgress = (share: number): void => {
    done = share;
  };
  let figures: RuleFigures;
  try {
    const payments = await scoredPayments({ rules, seed, days, signal, onProgress });
    figures = ruleFigures(payments, { days, budget });
  } finally {
    await stop();
  }
  const lines = json
    ? [JSON.stringify({ ruleSetVersion: rules.version, seed, ...figures })]
    : report(figures, rules.version);
  for (const line of lines) await context.stdout.line(line);
}

/** Reads and compiles a rule file. Throws CliError that lists everything that is wrong with it. */
export async function rulesOf(file: string): Promise<Rules> {
  try {
    const data: unknown = parse(await readFile(file, 'utf8'));
    return compileRules(parseRuleSet(data));
  } catch (cause) {
    const remedy =
      cause instanceof RuleSetError
        ? 'Mend the rules; config/rules/default.yml shows how they are written.'
        : 'Name a YAML file of rules, such as config/rules/default.yml.';
    throw new CliError(`cannot use the rules ${file}: ${describeError(cause)}`, { remedy, cause });
  }
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
