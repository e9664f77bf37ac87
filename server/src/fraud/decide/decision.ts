import { createHash } from 'node:crypto';
import {
  type Decision,
  DecisionAction,
  DecisionOrigin,
  type Feature,
  type SeenPosition,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { FEATURES } from '../features/catalogue.js';
import type { FeatureValue } from '../features/declaration.js';
import type { FeatureValues } from '../features/feature-values.js';
import type { PaymentFacts } from '../features/payment-facts.js';
import type { Action } from '../rules/declaration.js';
import type { Rules } from '../rules/compile.js';

const ACTION: Readonly<Record<Action, DecisionAction>> = {
  allow: DecisionAction.ALLOW,
  challenge: DecisionAction.CHALLENGE,
  review: DecisionAction.REVIEW,
  block: DecisionAction.BLOCK,
};

/** What a decision is made of. */
export interface DecisionInput {
  readonly facts: PaymentFacts;
  readonly values: FeatureValues;
  readonly rules: Rules;
  readonly origin: DecisionOrigin;
  /** When it is made, milliseconds since the Unix epoch. */
  readonly decideMs: number;
  readonly seenPositions: readonly SeenPosition[];
}

/** Judges a payment and says why. Deterministic apart from rules that fail. */
export function makeDecision(input: DecisionInput): Decision {
  const { facts, values, rules, origin } = input;
  const verdict = rules.judge(values);
  return {
    decisionId: decisionId(facts.paymentId, origin),
    paymentId: facts.paymentId,
    action: ACTION[verdict.action],
    score: verdict.score,
    reasons: verdict.fired.map(({ id, text, weight, action, features }) => ({
      ruleId: id,
      text,
      weight,
      action: ACTION[action],
      features: [...features],
    })),
    features: featureList(values),
    ruleSetVersion: rules.version,
    decideTime: new Date(input.decideMs),
    origin,
    eventId: facts.eventId,
    orderId: facts.orderId,
    userId: facts.userId,
    anonymousId: facts.deviceId,
    sessionId: facts.sessionId,
    amount: facts.money,
    failedRuleIds: [...verdict.failedRuleIds],
    seenPositions: [...input.seenPositions],
  };
}

/**
 * The id of a payment's decision: the same whenever the same side decides the same payment, so an attempt that is repeated
 * after a crash makes no second alert. 37 characters, not to be guessed without the payment's id.
 */
export function decisionId(paymentId: string, origin: DecisionOrigin): string {
  const digest = createHash('sha256').update(paymentId).digest('hex').slice(0, 32);
  return `dec-${origin === DecisionOrigin.ASKED ? 'a' : 's'}${digest}`;
}

/** All values in declared order. */
export function featureList(values: FeatureValues): Feature[] {
  return FEATURES.map(({ name, default: fallback }) => ({
    name,
    value: featureValue(values[name] ?? fallback),
  }));
}

function featureValue(value: FeatureValue): NonNullable<Feature['value']> {
  if (typeof value === 'number') return { $case: 'number', value };
  if (typeof value === 'string') return { $case: 'text', value };
  return { $case: 'flag', value };
}
