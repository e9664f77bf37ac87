import {
  DecisionAction as Action,
  DecisionOrigin as Origin,
  type Decision as WireDecision,
  type Feature,
  type Reason,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { moneyAmount, type MoneyAmount } from '../reading/money-amount.js';
import { createWords } from '../reading/words.js';

/**
 * What to do with a payment, the mildest first: take it; ask the customer for more, such as 3-D Secure; take it and let a
 * person look (opens an alert); refuse it (opens an alert).
 */
export type DecisionAction = 'allow' | 'challenge' | 'review' | 'block';

/** Who decided: the gateway, asked with `fraud.score`, or the stream, which saw a payment without a decision. */
export type DecisionOrigin = 'asked' | 'stream';

/** Why a decision is as it is. */
export interface FraudReason {
  /** The rule that fired. */
  readonly ruleId: string;
  /** A sentence with the values, such as `12 cards on one device within an hour, usually 1`. */
  readonly text: string;
  /** The rule's weight, above 0 to 1. */
  readonly weight: number;
  /** What the rule asks for. */
  readonly action: DecisionAction | 'unknown';
  /** Names of the features that the rule reads. */
  readonly features: readonly string[];
}

/** A count, amount or span (unit as in the feature catalogue), a text such as a country, or a yes or no. */
export type FeatureValue = number | string | boolean;

/** How far a decision had seen a partition of the log. */
export interface SeenPosition {
  readonly topic: string;
  readonly partition: number;
  /** Everything below this offset was in the features. */
  readonly offset: bigint;
}

/** What was decided about one payment; the first decision of a payment holds. Texts are empty when unknown. */
export interface Decision {
  readonly decisionId: string;
  readonly paymentId: string;
  readonly action: DecisionAction | 'unknown';
  /** 0 (no sign of fraud) to 100. */
  readonly score: number;
  /** The heaviest first; empty when nothing fired. */
  readonly reasons: readonly FraudReason[];
  /** Every feature that was seen, by name. */
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly ruleSetVersion: string;
  readonly decideTime: Date | undefined;
  readonly origin: DecisionOrigin | 'unknown';
  /** Event of the payment; empty when asked for beforehand. */
  readonly eventId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly anonymousId: string;
  readonly sessionId: string;
  readonly amount: MoneyAmount | undefined;
  /** Rules that could not be run: they were left out, the others decided. */
  readonly failedRuleIds: readonly string[];
  readonly seenPositions: readonly SeenPosition[];
}

export const ACTIONS = createWords<DecisionAction, Action>({
  allow: Action.ALLOW,
  challenge: Action.CHALLENGE,
  review: Action.REVIEW,
  block: Action.BLOCK,
});

const ORIGINS = createWords<DecisionOrigin, Origin>({
  asked: Origin.ASKED,
  stream: Origin.STREAM,
});

/** Turns a reason off the wire into ours. */
export function reasonOf(reason: Reason): FraudReason {
  const { ruleId, text, weight, action, features } = reason;
  return { ruleId, text, weight, action: ACTIONS.nameOf(action), features };
}

/** Turns a decision off the wire into ours. */
export function decisionOf(decision: WireDecision): Decision {
  const { decisionId, paymentId, score, ruleSetVersion, decideTime, eventId } = decision;
  const { orderId, userId, anonymousId, sessionId, failedRuleIds } = decision;
  return {
    decisionId,
    paymentId,
    action: ACTIONS.nameOf(decision.action),
    score,
    reasons: decision.reasons.map(reasonOf),
    features: Object.fromEntries(decision.features.flatMap(featureEntry)),
    ruleSetVersion,
    decideTime,
    origin: ORIGINS.nameOf(decision.origin),
    eventId,
    orderId,
    userId,
    anonymousId,
    sessionId,
    amount: moneyAmount(decision.amount),
    failedRuleIds,
    seenPositions: decision.seenPositions.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset,
    })),
  };
}

/** A feature without a value, or with one of a kind that this SDK does not know, is left out. */
function featureEntry({ name, value }: Feature): [string, FeatureValue][] {
  return value === undefined ? [] : [[name, value.value]];
}
