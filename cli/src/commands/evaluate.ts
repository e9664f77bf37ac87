import type { Command } from 'commander';
import { registerEvaluateSessions } from '../evaluate/sessions-command.js';
import type { CliContext } from './context.js';
import { addEvaluateRules } from './evaluate-rules.js';

/** `bytebasket evaluate`: how good the product's answers are, measured on this machine without a server. */
export function registerEvaluate(program: Command, context: CliContext): void {
  const evaluate = program
    .command('evaluate')
    .description('measures how good the product’s answers are, without a server');
  registerEvaluateSessions(evaluate, context);
  addEvaluateRules(evaluate, context);
}
