import { describe, expect, test } from 'vitest';
import { FEATURES } from '../features/catalogue.js';
import type { FeatureValues } from '../features/feature-values.js';
import { compileRules, type CompileOptions, scoreOf } from './compile.js';
import { type RuleDeclaration, RuleSetError } from './declaration.js';
import { parseRuleSet } from './parse.js';

const DEFAULTS: FeatureValues = Object.fromEntries(
  FEATURES.map((feature) => [feature.name, feature.default]),
);

function rule(id: string, when: string, more: Partial<RuleDeclaration> = {}): RuleDeclaration {
  return { id, when, weight: 0.5, reason: 'because', action: 'allow', enabled: true, ...more };
}

function compiled(rules: readonly RuleDeclaration[], options: CompileOptions = {}) {
  const thresholds = { challenge: 40, review: 60, block: 90 };
  return compileRules({ version: 'v1', thresholds, rules }, options);
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof RuleSetError) {
      return error.problems.map(({ where, message }) => `${where}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('compiling rules', () => {
  test.each([
    ['an expression that ends early', 'amount >', /Unexpected token.*at line 1, column 9/],
    [
      'a name that is no feature',
      'cards_per_devise_1h > 3',
      /Unknown variable.*line 1, column 1.*nearest one is cards_per_device_1h/,
    ],
    ['a position on a later line', 'amount > 1 &&\n  nothing > 1', /line 2, column 3/],
    ['an int among doubles', 'amount * 2 > 5.0', /no such overload.*write 2\.0 for 2/],
    ['a text compared with a number', 'country > 3', /no such overload/],
    ['an expression that is no condition', 'amount + 1.0', /is a double: compare it/],
    ['a dynamic value', 'dyn(amount) > 3', /dyn at line 1, column 1 is refused/],
    [
      'a regular expression',
      'country.matches("(a+)+$")',
      /matches at .* is refused, a regular expression can keep the process busy/,
    ],
    ['a loop', '[1.0, 2.0].exists(x, x > amount)', /exists at .* is refused/],
    ['splitting', 'country.split("") == ["D", "E"]', /split at .* is refused/],
    [
      'a huge expression',
      Array.from({ length: 150 }, () => 'signed_in').join(' || '),
      /Exceeded maxAstNodes.*split the rule/,
    ],
    ['a long expression', `country == "${'x'.repeat(2_000)}"`, /has 2013 characters, at most 2000/],
    [
      'deep nesting',
      `${'('.repeat(60)}signed_in${')'.repeat(60)}`,
      /Exceeded maxDepth.*split the rule/,
    ],
  ])('refuses %s', (_, when, message) => {
    const problems = problemsOf(() => compiled([rule('bad', when)]));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^bad: /);
    expect(problems[0]).toMatch(message);
  });

  test('refuses a reason that names no feature', () => {
    const bad = rule('bad', 'signed_in', { reason: '{cards} cards' });
    expect(problemsOf(() => compiled([bad]))).toEqual([
      'bad: the reason names {cards}, which is no feature: correct the name',
    ]);
  });

  test('refuses the whole set and names every bad rule, enabled or not', () => {
    const rules = [
      rule('good', 'signed_in'),
      rule('bad-one', 'nothing'),
      rule('bad-two', 'amount', { enabled: false }),
    ];
    const problems = problemsOf(() => compiled(rules));
    expect(problems.map((line) => line.split(':')[0])).toEqual(['bad-one', 'bad-two']);
  });
});

describe('judging a payment', () => {
  test('adds up the weights of the rules that fire as a noisy-or', () => {
    expect(scoreOf([])).toBe(0);
    expect(scoreOf([{ weight: 0.5 }])).toBe(50);
    expect(scoreOf([{ weight: 0.5 }, { weight: 0.5 }])).toBe(75);
    expect(scoreOf([{ weight: 0.8 }, { weight: 0.3 }, { weight: 0.1 }])).toBe(87.4);
    expect(scoreOf([{ weight: 1 }, { weight: 0.2 }])).toBe(100);
  });

  test.each([
    [[], 'allow'],
    [[0.39], 'allow'],
    [[0.4], 'challenge'],
    [[0.6], 'review'],
    [[0.6, 0.75], 'block'],
  ])('turns the weights %j into the action %s', (weights, action) => {
    const rules = compiled(weights.map((weight, i) => rule(`r${i}`, 'true', { weight })));
    expect(rules.judge(DEFAULTS).action).toBe(action);
  });

  test('takes the strongest action of the rules that fire, whatever the score', () => {
    const rules = compiled([
      rule('asks', 'signed_in', { weight: 0.01, action: 'block' }),
      rule('silent', '!signed_in', { weight: 0.01, action: 'review' }),
    ]);
    expect(rules.judge(DEFAULTS)).toMatchObject({ score: 1, action: 'review' });
    expect(rules.judge({ ...DEFAULTS, signed_in: true })).toMatchObject({ action: 'block' });
  });

  test('gives reasons with their values, the heaviest first', () => {
    const rules = compiled([
      rule('light', 'amount > 10', { weight: 0.2, reason: '{amount} from {country}' }),
      rule('heavy', 'cards_per_device_1h >= 4 && country == "DE"', {
        weight: 0.8,
        reason:
          '{cards_per_device_1h} cards, code wrong: {cvc_mismatch}, ships to {shipping_country}',
      }),
      rule('off', 'true', { enabled: false }),
    ]);
    const values = { ...DEFAULTS, amount: 12.3456, country: 'DE', cards_per_device_1h: 12 };
    expect(rules.judge(values)).toEqual({
      score: 84,
      action: 'review',
      fired: [
        {
          id: 'heavy',
          weight: 0.8,
          action: 'allow',
          text: '12 cards, code wrong: no, ships to unknown',
          features: ['cards_per_device_1h', 'country'],
        },
        { id: 'light', weight: 0.2, action: 'allow', text: '12.3 from DE', features: ['amount'] },
      ],
      failedRuleIds: [],
    });
  });

  test('leaves a rule out that throws, tells it, and lets the others decide', () => {
    const failures: string[] = [];
    const failed = (id: string) => failures.push(id);
    const rules = compiled([rule('throws', 'double(country) > 1.0'), rule('goes', 'true')], {
      observe: { failed },
    });
    const verdict = rules.judge({ ...DEFAULTS, country: 'DE' });
    expect(verdict).toMatchObject({ score: 50, failedRuleIds: ['throws'] });
    expect(verdict.fired.map(({ id }) => id)).toEqual(['goes']);
    expect(failures).toEqual(['throws']);
    expect(rules.judge({ ...DEFAULTS, country: '2' })).toMatchObject({
      score: 75,
      failedRuleIds: [],
    });
  });

  test('switches a rule off that is too slow too often, and says so', () => {
    let nowMs = 0;
    let slowId = 'slow';
    const disabled: string[] = [];
    // Each rule reads the clock twice; the slow one lets 6 ms pass in between.
    const order = ['quick', 'slow'];
    let reads = 0;
    const elapsedMs = (): number => {
      if (reads % 2 === 1 && order[Math.floor(reads / 2) % 2] === slowId) nowMs += 6;
      reads += 1;
      return nowMs;
    };
    const rules = compiled([rule('quick', 'true'), rule('slow', 'true')], {
      elapsedMs,
      slowMax: 3,
      observe: { disabled: (id, spentMs) => disabled.push(`${id} ${spentMs}`) },
    });
    for (let payment = 0; payment < 3; payment++) {
      expect(rules.judge(DEFAULTS)).toMatchObject({ score: 75, failedRuleIds: [] });
    }
    slowId = '';
    expect(disabled).toEqual(['slow 6']);
    expect(rules.judge(DEFAULTS)).toMatchObject({ score: 50, failedRuleIds: ['slow'] });
  });
});

describe('reading a rule set', () => {
  const good = {
    version: 3,
    thresholds: { challenge: 40, review: 60, block: 90 },
    rules: [{ id: 'a-1', when: 'signed_in', weight: 0.5, reason: 'because' }],
  };

  test('fills in the defaults', () => {
    expect(parseRuleSet(good)).toEqual({
      ...good,
      version: '3',
      rules: [rule('a-1', 'signed_in')],
    });
  });

  test.each([
    ['no data', undefined, /the rule set: is absent: write version, thresholds, rules/],
    ['a list', [], /the rule set: is a list/],
    ['an unknown key', { ...good, rule: [] }, /rule: is not known: use version/],
    ['no version', { ...good, version: '' }, /version: is ""/],
    [
      'thresholds out of order',
      { ...good, thresholds: { challenge: 60, review: 40, block: 90 } },
      /thresholds.review: is 40: write a score from 60 to 100/,
    ],
    ['no rules', { ...good, rules: undefined }, /rules: is absent/],
    [
      'too many rules',
      {
        ...good,
        rules: Array.from({ length: 501 }, (_, i) => ({ ...good.rules[0], id: `r${i}` })),
      },
      /at most 500 rules/,
    ],
    ['a rule that is a text', { ...good, rules: ['x'] }, /rules\[0\]: is a string/],
    ['a bad id', { ...good, rules: [{ ...good.rules[0], id: 'A b' }] }, /rules\[0\]: id is "A b"/],
    ['the same id twice', { ...good, rules: [good.rules[0], good.rules[0]] }, /a-1: stands twice/],
    ['a weight of 0', { ...good, rules: [{ ...good.rules[0], weight: 0 }] }, /a-1: weight is 0/],
    [
      'a weight that is a text',
      { ...good, rules: [{ ...good.rules[0], weight: '1' }] },
      /weight is "1"/,
    ],
    [
      'an unknown action',
      { ...good, rules: [{ ...good.rules[0], action: 'deny' }] },
      /action is "deny": use allow, challenge, review, block/,
    ],
    [
      'a misspelt field',
      { ...good, rules: [{ ...good.rules[0], wieght: 1 }] },
      /wieght is not known/,
    ],
    ['no reason', { ...good, rules: [{ ...good.rules[0], reason: '' }] }, /reason is ""/],
    [
      'enabled in words',
      { ...good, rules: [{ ...good.rules[0], enabled: 'no' }] },
      /enabled is "no"/,
    ],
  ])('refuses %s', (_, data, message) => {
    expect(problemsOf(() => parseRuleSet(data)).join('; ')).toMatch(message);
  });
});
