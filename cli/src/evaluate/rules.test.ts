import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../../tests/support/cli-context.js';
import { registerEvaluate } from '../commands/evaluate.js';
import type { FraudType } from '../mock/settings.js';
import { pooled, ruleFigures, thresholdFor, worst } from './rules-figures.js';
import type { ScoredPayment } from './rules-scoring.js';

const payment = (
  score: number,
  fraud?: FraudType,
  ruleIds: readonly string[] = [],
): ScoredPayment => ({ score, ruleIds, fraud });
const many = (count: number, one: ScoredPayment) => Array.from({ length: count }, () => one);

describe('the threshold of a budget', () => {
  const scores = [90, 80, 80, 70, ...many(96, payment(0)).map(({ score }) => score)];

  test.each([
    [0.04, 70],
    [0.03, 80],
    // Two payments share the score of 80: with room for one more, neither is alerted.
    [0.02, 90],
    [0.01, 90],
    [0.001, undefined],
    // Payments without any sign are never alerted, however large the budget.
    [1, 70],
  ])('of %d of 100 payments is %j', (budget, threshold) => {
    expect(thresholdFor(scores, budget)).toBe(threshold);
  });

  test('is undefined when nothing scored, or nothing was paid', () => {
    expect(thresholdFor([0, 0], 1)).toBeUndefined();
    expect(thresholdFor([], 0.5)).toBeUndefined();
  });
});

describe('the figures of rules', () => {
  const payments = [
    ...many(6, payment(90, 'card_testing', ['cards'])),
    ...many(2, payment(10, 'card_testing')),
    ...many(3, payment(80, 'device_ring', ['ring', 'cards'])),
    ...many(1, payment(85, undefined, ['cards', 'ring'])),
    ...many(1, payment(85, undefined, ['odd', 'ring'])),
    ...many(1, payment(85, undefined, ['odd'])),
    ...many(986, payment(0)),
  ];
  const figures = ruleFigures(payments, { days: 7, budget: 0.012 });
  const of = (fraudType: FraudType) => figures.types.find((type) => type.fraudType === fraudType);

  test('count what was found, missed and wrong, by kind of fraud', () => {
    expect(figures).toMatchObject({ payments: 1_000, fraud: 11, alerts: 12, threshold: 80 });
    expect(figures.recall).toBeCloseTo(9 / 11);
    expect(figures.precision).toBe(0.75);
    expect(figures.alertsPerDay).toBeCloseTo(12 / 7);
    // The heaviest rule with a purpose is blamed; one that never found fraud blames every kind.
    expect(of('card_testing')).toMatchObject({
      payments: 8,
      found: 6,
      falseAlerts: 2,
      recall: 0.75,
    });
    expect(of('device_ring')).toMatchObject({ found: 3, falseAlerts: 2, precision: 0.6 });
    expect(of('promo_abuse')).toMatchObject({ payments: 0, recall: undefined, precision: 0 });
  });

  test('of several shops are added up, and the worst kind is told', () => {
    const types = pooled([figures, figures]);
    expect(types[0]).toMatchObject({ fraudType: 'card_testing', payments: 16, found: 12 });
    expect(types[0]?.alertsPerDay).toBeCloseTo(16 / 14);
    expect(worst(types.slice(0, 1), 'recall').recall).toBe(0.75);
    expect(worst(types, 'recall').recall).toBeUndefined();
  });
});

describe('bytebasket evaluate rules', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytebasket-rules-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const evaluate = (...args: readonly string[]) =>
    runCommand(registerEvaluate, ['evaluate', 'rules', ...args], { cwd: folder });
  const SMALL = ['--days', '4', '--burn-in', '2', '--payments', '200', '--budget', '0.02'];

  test('finds frauds of the mock shop with the rules of the product', async () => {
    const first = await evaluate(...SMALL, '--json');
    expect(first.code).toBe(0);
    const found = JSON.parse(first.stdout) as { payments: number; alerts: number; recall: number };
    expect(found.payments).toBeGreaterThan(500);
    expect(found.alerts).toBeLessThanOrEqual(0.02 * found.payments);
    expect(found.recall).toBeGreaterThan(0.5);
  });

  test('takes a rule file, and tells what it is worth in a table', async () => {
    const rules = `version: mine
thresholds: { challenge: 10, review: 20, block: 90 }
rules:
  - { id: never, when: 'amount < 0', weight: 0.5, reason: 'less than nothing' }
`;
    await writeFile(join(folder, 'rules.yml'), rules);
    const { code, stdout } = await evaluate(...SMALL, '--rules', 'rules.yml');
    expect(code).toBe(0);
    expect(stdout).toContain('rules mine: ');
    expect(stdout).toContain('no payment can be alerted within the budget');
    expect(stdout).toMatch(/^all +\d+ +0\.0 % +– +0\.00$/m);
  });

  test('names every rule that cannot be used', async () => {
    const rules = `version: broken
thresholds: { challenge: 10, review: 20, block: 90 }
rules:
  - { id: typo, when: 'amuont > 5.0', weight: 0.5, reason: 'too much' }
`;
    await writeFile(join(folder, 'broken.yml'), rules);
    const { code, stderr } = await evaluate('--rules', 'broken.yml');
    expect(code).toBe(1);
    expect(stderr).toContain('typo');
    expect(stderr).toContain('amuont');
    expect((await evaluate('--rules', 'absent.yml')).code).toBe(1);
  });
});
