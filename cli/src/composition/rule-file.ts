import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { type RuleSetDeclaration, RuleSetError } from '@bytebasket/server/fraud/rules/declaration';
import { parseRuleSet } from '@bytebasket/server/fraud/rules/parse';
import { parse } from 'yaml';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** The rules that come with the product. */
export const DEFAULT_RULES = fileURLToPath(
  new URL('../../../config/rules/default.yml', import.meta.url),
);

/**
 * Reads a file of rules and makes sure that each of them compiles. Throws CliError that lists everything that is wrong
 * with it.
 */
export async function readRuleFile(file: string = DEFAULT_RULES): Promise<RuleSetDeclaration> {
  try {
    const data: unknown = parse(await readFile(file, 'utf8'));
    const ruleSet = parseRuleSet(data);
    compileRules(ruleSet);
    return ruleSet;
  } catch (cause) {
    const remedy =
      cause instanceof RuleSetError
        ? 'Mend the rules; config/rules/default.yml shows how they are written.'
        : 'Name a YAML file of rules, such as config/rules/default.yml.';
    throw new CliError(`cannot use the rules ${file}: ${describeError(cause)}`, { remedy, cause });
  }
}
