import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { FEATURES } from '../features/catalogue.js';
import type { FeatureValues } from '../features/feature-values.js';

/** Bounds of one expression; together with the functions allowed they bound the time that it takes. */
export const EXPRESSION_LIMITS = {
  characters: 2_000,
  maxAstNodes: 200,
  maxDepth: 24,
  maxListElements: 64,
  maxMapEntries: 0,
  maxCallArguments: 3,
} as const;

/** Functions that take a time in proportion to the expression and the texts in a payment. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'double',
  'string',
]);

/** A checked expression. */
export interface Expression {
  /** Features that it reads, in order of first use. */
  readonly features: readonly string[];
  /** Throws what the evaluation throws. */
  run(values: FeatureValues): unknown;
}

/** An expression that cannot be used: what is wrong, where, and what to do. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Compiles expressions over the declared features. */
export function expressionCompiler(): (text: string) => Expression {
  const environment = new Environment({
    limits: {
      maxAstNodes: EXPRESSION_LIMITS.maxAstNodes,
      maxDepth: EXPRESSION_LIMITS.maxDepth,
      maxListElements: EXPRESSION_LIMITS.maxListElements,
      maxMapEntries: EXPRESSION_LIMITS.maxMapEntries,
      maxCallArguments: EXPRESSION_LIMITS.maxCallArguments,
    },
  });
  for (const { name, type, description } of FEATURES) {
    environment.registerVariable(name, type, { description });
  }
  return (text) => compile(environment, text);
}

function compile(environment: Environment, text: string): Expression {
  if (text.length > EXPRESSION_LIMITS.characters) {
    throw new ExpressionError(
      `the expression has ${text.length} characters, at most ${EXPRESSION_LIMITS.characters} are ` +
        'allowed: split the rule',
    );
  }
  const checked = environment.check(text);
  if (!checked.valid) {
    const { error } = checked;
    throw new ExpressionError(
      `${error?.summary ?? 'not valid'} at ${position(text, error?.range?.start ?? 0)}` +
        `: ${remedy(error?.code ?? '', error?.summary ?? '')}`,
      { cause: error },
    );
  }
  if (checked.type !== 'bool') {
    throw new ExpressionError(
      `the expression is a ${checked.type ?? 'dyn'}: compare it, so that it is true or false`,
    );
  }
  const parsed = environment.parse(text);
  const features = new Set<string>();
  walk(parsed.ast, text, features);
  return {
    features: [...features],
    run: (values): unknown => parsed(values),
  };
}

/** Collects the features that are read, and refuses what could take long. */
function walk(node: ASTNode, text: string, features: Set<string>): void {
  if (node.op === 'id') features.add(node.args);
  if (node.op === 'call' || node.op === 'rcall') {
    const [name] = node.args;
    if (!FUNCTIONS.has(name)) {
      throw new ExpressionError(
        `${name} at ${position(text, node.start)} is refused, ` +
          (name === 'matches'
            ? 'a regular expression can keep the process busy for minutes'
            : 'it is not among the functions of bounded time') +
          `: use ${[...FUNCTIONS].join(', ')}, comparisons and in`,
      );
    }
  }
  for (const child of childrenOf(node.args)) walk(child, text, features);
}

/** Nodes among the arguments of a node, however deep in lists. */
function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

function remedy(code: string, summary: string): string {
  if (code === 'unknown_variable') {
    const name = summary.split(': ').at(-1) ?? '';
    return `there is no such feature; the nearest one is ${nearest(name)}`;
  }
  if (code === 'no_such_overload') {
    return 'numbers of features are doubles: write 2.0 for 2, and compare texts with texts';
  }
  if (code === 'limit_exceeded') return 'split the rule';
  return 'correct the expression';
}

/** The declared feature that shares the most pairs of letters with a name. */
function nearest(name: string): string {
  const pairs = pairsOf(name);
  let best = { likeness: -1, name: '' };
  for (const feature of FEATURES) {
    const others = pairsOf(feature.name);
    const shared = [...pairs].filter((pair) => others.has(pair)).length;
    const likeness = (2 * shared) / (pairs.size + others.size + 1);
    if (likeness > best.likeness) best = { likeness, name: feature.name };
  }
  return best.name;
}

function pairsOf(name: string): ReadonlySet<string> {
  return new Set(
    Array.from({ length: Math.max(0, name.length - 1) }, (_, i) => name.slice(i, i + 2)),
  );
}
