/** What a rule or a score asks for, the mildest first. */
export const ACTIONS = ['allow', 'challenge', 'review', 'block'] as const;
export type Action = (typeof ACTIONS)[number];

/** A rule as it stands in a rule set. */
export interface RuleDeclaration {
  /** Lower case words with hyphens, 1 to 64 characters; stable: decisions name it. */
  readonly id: string;
  /** A CEL expression of type bool over the declared features. */
  readonly when: string;
  /** How sure the rule is by itself: above 0, at most 1. */
  readonly weight: number;
  /** Why, for an operator: `{feature}` stands for the feature's value. */
  readonly reason: string;
  /** What the rule asks for whatever the score; default allow: only its weight counts. */
  readonly action: Action;
  /** A rule that is not enabled is checked but not run. Default true. */
  readonly enabled: boolean;
}

/** Least scores, 0 to 100, of the actions; each at least as large as the one before. */
export interface Thresholds {
  readonly challenge: number;
  readonly review: number;
  readonly block: number;
}

/** A rule set: data with a version that decisions name. */
export interface RuleSetDeclaration {
  /** 1 to 64 characters; change it with every change of the rules. */
  readonly version: string;
  readonly thresholds: Thresholds;
  /** At most 500. */
  readonly rules: readonly RuleDeclaration[];
}

/** Something wrong with a rule set. */
export interface RuleProblem {
  /** The rule's id, or where in the data it stands, such as `rules[3]`. */
  readonly where: string;
  /** What is wrong, the value, and what to do. */
  readonly message: string;
}

/** A rule set is refused as a whole; the message lists all problems. */
export class RuleSetError extends Error {
  override readonly name = 'RuleSetError';
  readonly problems: readonly RuleProblem[];

  constructor(problems: readonly RuleProblem[]) {
    const lines = problems.map(({ where, message }) => `${where}: ${message}`);
    super(`the rule set is refused: ${lines.join('; ')}`);
    this.problems = problems;
  }
}

/** The stronger of two actions. */
export function stronger(a: Action, b: Action): Action {
  return ACTIONS.indexOf(a) >= ACTIONS.indexOf(b) ? a : b;
}
