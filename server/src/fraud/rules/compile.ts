import type { FeatureValues } from '../features/feature-values.js';
import {
  type Action,
  type RuleDeclaration,
  type RuleProblem,
  type RuleSetDeclaration,
  RuleSetError,
  stronger,
  type Thresholds,
} from './declaration.js';
import { type Expression, expressionCompiler } from './expression.js';
import { reasonWriter, type WriteReason } from './reason.js';

/** A rule that was true of a payment. */
export interface FiredRule {
  readonly id: string;
  readonly weight: number;
  readonly action: Action;
  /** The reason with its values. */
  readonly text: string;
  /** Features that the rule reads. */
  readonly features: readonly string[];
}

/** What the rules say of one payment. */
export interface Verdict {
  /** 0 to 100, two decimals. */
  readonly score: number;
  readonly action: Action;
  /** The heaviest first, then by id. */
  readonly fired: readonly FiredRule[];
  /** Rules that threw, or are switched off for being slow: they said nothing. */
  readonly failedRuleIds: readonly string[];
}

/** A rule set that runs. */
export interface Rules {
  readonly version: string;
  /** Never throws: a rule that fails is left out, the others decide. */
  judge(values: FeatureValues): Verdict;
}

/** What happens to rules that misbehave. All optional. */
export interface RulesObserver {
  /** A rule threw; it is left out of this one decision. */
  readonly failed?: ((rule: string, error: unknown) => void) | undefined;
  /** A rule took longer than its budget too often: it is switched off until the next start. */
  readonly disabled?: ((rule: string, spentMs: number) => void) | undefined;
}

export interface CompileOptions {
  readonly observe?: RulesObserver | undefined;
  /** Longest time of one rule for one payment, milliseconds; default 5. */
  readonly budgetMs?: number | undefined;
  /** So often may a rule be too slow within 1,000 payments before it is switched off; default 10. */
  readonly slowMax?: number | undefined;
  /** A clock that never steps back, milliseconds; default that of the process. */
  readonly elapsedMs?: (() => number) | undefined;
}

interface CompiledRule {
  readonly declaration: RuleDeclaration;
  readonly expression: Expression;
  readonly write: WriteReason;
  slow: number;
  disabled: boolean;
}

/** Slow runs are forgotten after so many payments. */
const SLOW_PERIOD = 1_000;

/**
 * Compiles a rule set. Throws RuleSetError that names every rule that cannot be used, with position and remedy: a set with
 * one bad rule is refused as a whole.
 */
export function compileRules(set: RuleSetDeclaration, options: CompileOptions = {}): Rules {
  const compiled = compileAll(set.rules).filter(({ declaration }) => declaration.enabled);
  const { observe = {}, budgetMs = 5, slowMax = 10 } = options;
  const elapsedMs = options.elapsedMs ?? ((): number => performance.now());
  let payments = 0;

  function run(rule: CompiledRule, values: FeatureValues): boolean | undefined {
    if (rule.disabled) return undefined;
    const startMs = elapsedMs();
    let outcome: boolean | undefined;
    try {
      outcome = rule.expression.run(values) === true;
    } catch (error) {
      observe.failed?.(rule.declaration.id, error);
    }
    const spentMs = elapsedMs() - startMs;
    if (spentMs > budgetMs) {
      rule.slow += 1;
      if (rule.slow >= slowMax) {
        rule.disabled = true;
        observe.disabled?.(rule.declaration.id, spentMs);
      }
    }
    return outcome;
  }

  return {
    version: set.version,
    judge(values) {
      payments += 1;
      if (payments % SLOW_PERIOD === 0) for (const rule of compiled) rule.slow = 0;
      const fired: FiredRule[] = [];
      const failedRuleIds: string[] = [];
      for (const rule of compiled) {
        const outcome = run(rule, values);
        if (outcome === true) fired.push(firedRule(rule, values));
        else if (outcome === undefined) failedRuleIds.push(rule.declaration.id);
      }
      fired.sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
      const score = scoreOf(fired);
      const byScore = actionOf(score, set.thresholds);
      const action = fired.reduce((most, rule) => stronger(most, rule.action), byScore);
      return { score, action, fired, failedRuleIds };
    },
  };
}

/**
 * The score of the rules that fired: 100 x (1 - product of (1 - weight)), a noisy-or: each rule is an independent sign,
 * and none takes another's away. Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2. Rounded to
 * two decimals.
 */
export function scoreOf(fired: readonly Pick<FiredRule, 'weight'>[]): number {
  const innocent = fired.reduce((product, { weight }) => product * (1 - weight), 1);
  return Math.round((1 - innocent) * 10_000) / 100;
}

function actionOf(score: number, thresholds: Thresholds): Action {
  if (score >= thresholds.block) return 'block';
  if (score >= thresholds.review) return 'review';
  return score >= thresholds.challenge ? 'challenge' : 'allow';
}

function firedRule({ declaration, expression, write }: CompiledRule, values: FeatureValues) {
  const { id, weight, action } = declaration;
  return { id, weight, action, text: write(values), features: expression.features };
}

function compileAll(rules: readonly RuleDeclaration[]): readonly CompiledRule[] {
  const compile = expressionCompiler();
  const problems: RuleProblem[] = [];
  const compiled = rules.flatMap((declaration) => {
    try {
      const expression = compile(declaration.when);
      const write = reasonWriter(declaration.reason);
      return [{ declaration, expression, write, slow: 0, disabled: false }];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ where: declaration.id, message });
      return [];
    }
  });
  if (problems.length > 0) throw new RuleSetError(problems);
  return compiled;
}
