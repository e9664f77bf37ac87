import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { FEATURES } from '@bytebasket/server/fraud/features/catalogue';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { parseRuleSet } from '@bytebasket/server/fraud/rules/parse';
import { createInProcessScorer } from '@bytebasket/server/fraud/score/in-process-scorer';
import { testSeed } from '../support/random.js';
import { Recount } from './fraud-recount.js';
import { shopEvents } from './fraud-shop.js';

const rules = compileRules(parseRuleSet(parse(readFileSync('config/rules/default.yml', 'utf8'))));
const COUNTED = new Set(
  FEATURES.filter(({ source }) => source.from !== 'payment' && source.from !== 'derived').map(
    ({ name }) => name,
  ),
);

function countedValues(decision: Decision): Record<string, number> {
  return Object.fromEntries(
    decision.features.flatMap(({ name, value }) =>
      COUNTED.has(name) && value?.$case === 'number' ? [[name, value.value]] : [],
    ),
  );
}

describe('fraud features', () => {
  test('are what a search through everything that happened finds', () => {
    const seed = testSeed();
    const scorer = createInProcessScorer({ rules });
    const recount = new Recount();
    let decided = 0;
    for (const happened of shopEvents(seed, 1_000)) {
      recount.take(happened, 'all');
      const decision = scorer.take(happened.event, happened.appendMs);
      if (decision === undefined) continue;
      decided += 1;
      expect(countedValues(decision), `seed ${seed}, ${decision.paymentId}`).toEqual(
        recount.values(happened),
      );
    }
    expect(decided).toBeGreaterThan(150);
  });

  test('have their defaults when nothing is known', () => {
    const scorer = createInProcessScorer({ rules });
    const event = Event.fromPartial({
      anonymousId: 'd',
      occurTime: new Date(1_000_000),
      payload: { $case: 'paymentAttempted', value: { paymentId: 'p' } },
    });
    const features = new Map(
      scorer.take(event, 1_000_000)?.features.map(({ name, value }) => [name, value?.value]),
    );
    // The payment itself is counted, and an amount of nothing is small.
    const own = [
      'payments_per_device_5m',
      'payments_per_device_24h',
      'small_payments_per_device_5m',
    ];
    for (const { name, default: fallback } of FEATURES) {
      expect([name, features.get(name)]).toEqual([name, own.includes(name) ? 1 : fallback]);
    }
  });
});
