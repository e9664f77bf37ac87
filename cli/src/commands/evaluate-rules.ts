import { type Command, InvalidArgumentError } from 'commander';
import { evaluateRules, type EvaluateRulesOptions } from '../evaluate/rules.js';
import { BURN_IN_DAYS, PAYMENTS_PER_DAY } from '../evaluate/rules-scoring.js';
import type { CliContext } from './context.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('use a whole number from 0');
}

function days(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 365) return value;
  throw new InvalidArgumentError('use a number from 1 to 365');
}

function payments(text: string): number {
  const value = Number(text);
  if (value >= 10 && value <= 100_000) return value;
  throw new InvalidArgumentError('use a number from 10 to 100000');
}

function budget(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('use a share above 0, at most 1, such as 0.01');
}

/** `bytebasket evaluate rules`: how well fraud rules find the frauds of the mock shop. */
export function addEvaluateRules(evaluate: Command, context: CliContext): void {
  evaluate
    .command('rules')
    .description('measures fraud rules on the mock shop: recall, precision and alerts a day')
    .option('--seed <number>', 'which mock shop', wholeNumber, 1)
    .option('--days <days>', 'days that are measured', days, 14)
    .option('--burn-in <days>', 'days before those, to know its customers', days, BURN_IN_DAYS)
    .option('--payments <count>', 'payments a day, about', payments, PAYMENTS_PER_DAY)
    .option('--rules <file>', 'rule file (default: the rules of the product)')
    .option('--budget <share>', 'share of payments that may be alerted', budget, 0.01)
    .option('--json', 'prints the figures as one JSON object', false)
    .action(async (options: EvaluateRulesOptions) => {
      await evaluateRules(context, options);
    });
}
