import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { type Decision, DecisionOrigin } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { makeDecision } from '../decide/decision.js';
import { ENTITY_KINDS, type EntityKind } from '../features/declaration.js';
import type { Entity } from '../features/entity.js';
import { FeatureState, STATE_LIMITS, type StateLimits } from '../features/feature-state.js';
import { featureValues } from '../features/feature-values.js';
import { featureTime } from '../features/fold.js';
import { entityIds, type PaymentFacts } from '../features/payment-facts.js';
import type { Rules } from '../rules/compile.js';

/** Scores a stream of events in memory: the same features and rules as the running product, without log and tables. */
export interface InProcessScorer {
  /**
   * Takes the next event, in log order over both topics. `appendMs`: when the log would have taken it. Returns the
   * decision of a payment that carries none, at its first attempt; undefined for everything else.
   */
  take(event: Event, appendMs: number): Decision | undefined;
}

/** `limits`: what is remembered; default ten times that of one partition of the product. */
export function createInProcessScorer(options: {
  readonly rules: Rules;
  readonly limits?: Partial<StateLimits> | undefined;
}): InProcessScorer {
  const state = new FeatureState({
    entitiesMax: 10 * STATE_LIMITS.entitiesMax,
    viewersMax: 10 * STATE_LIMITS.viewersMax,
    purchasesMax: 10 * STATE_LIMITS.purchasesMax,
    ...options.limits,
  });

  return {
    take(event, appendMs) {
      const atMs = featureTime(event.occurTime?.getTime() ?? appendMs, appendMs);
      const asked = state.take({ event, atMs, writeTime: appendMs * 1_000 });
      state.discardChanges();
      if (asked === undefined) return undefined;
      return makeDecision({
        facts: asked,
        values: featureValues(asked, entitiesOf(state, asked)),
        rules: options.rules,
        origin: DecisionOrigin.STREAM,
        decideMs: appendMs,
        seenPositions: [],
      });
    },
  };
}

/** The payment was counted just now, so these are the entities as every decision sees them. */
function entitiesOf(state: FeatureState, facts: PaymentFacts): Partial<Record<EntityKind, Entity>> {
  const ids = entityIds(facts);
  const entities: Partial<Record<EntityKind, Entity>> = {};
  for (const kind of ENTITY_KINDS) {
    const entity = ids[kind] === '' ? undefined : state.peek(kind, ids[kind]);
    if (entity !== undefined) entities[kind] = entity;
  }
  return entities;
}
