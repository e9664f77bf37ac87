import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { describe, expect, test } from 'vitest';
import { resolved, transitionAllowed } from './lifecycle.js';

const STATES = Object.values(AlertState).filter((state) => typeof state === 'number');

/** What an operator may do, a line per state: the whole table, written by hand. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  UNSPECIFIED: [],
  OPEN: ['ASSIGNED', 'IN_REVIEW', 'CONFIRMED_FRAUD', 'FALSE_POSITIVE', 'INCONCLUSIVE'],
  ASSIGNED: ['ASSIGNED', 'IN_REVIEW', 'CONFIRMED_FRAUD', 'FALSE_POSITIVE', 'INCONCLUSIVE'],
  IN_REVIEW: ['ASSIGNED', 'CONFIRMED_FRAUD', 'FALSE_POSITIVE', 'INCONCLUSIVE'],
  CONFIRMED_FRAUD: ['REOPENED'],
  FALSE_POSITIVE: ['REOPENED'],
  INCONCLUSIVE: ['REOPENED'],
  REOPENED: ['ASSIGNED', 'IN_REVIEW', 'CONFIRMED_FRAUD', 'FALSE_POSITIVE', 'INCONCLUSIVE'],
  UNRECOGNIZED: [],
};

describe('the lifecycle of an alert', () => {
  test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
    'from state %i to %i as the table says',
    (from, to) => {
      const allowed = ALLOWED[AlertState[from]]?.includes(AlertState[to]);
      expect(transitionAllowed(from, to)).toBe(allowed);
    },
  );

  test('knows the states that are resolved', () => {
    expect(STATES.filter(resolved).map((state) => AlertState[state])).toEqual([
      'CONFIRMED_FRAUD',
      'FALSE_POSITIVE',
      'INCONCLUSIVE',
    ]);
  });
});
