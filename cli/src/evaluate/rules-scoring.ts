import { setImmediate as turn } from 'node:timers/promises';
import type { Rules } from '@bytebasket/server/fraud/rules/compile';
import { createInProcessScorer } from '@bytebasket/server/fraud/score/in-process-scorer';
import { mockEvents } from '../mock/mock-events.js';
import { fraudRates, MOCK_DEFAULTS, type FraudType, type MockSettings } from '../mock/settings.js';

/** A payment of the mock shop, what the rules said of it and what it was. */
export interface ScoredPayment {
  /** 0 to 100. */
  readonly score: number;
  /** Rules that fired, the heaviest first. */
  readonly ruleIds: readonly string[];
  /** Undefined for honest customers. */
  readonly fraud: FraudType | undefined;
}

export interface ScoringOptions {
  readonly seed: number;
  /** Days that are measured, above 0. */
  readonly days: number;
  /** Days before those: a shop that opens today has only strangers. Default 10. */
  readonly burnInDays?: number;
  /** Payments a day, about. Default 1,500. */
  readonly paymentsPerDay?: number;
  readonly rules: Rules;
  readonly signal: AbortSignal;
  /** Is called every so often with the share that is done, 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

export const BURN_IN_DAYS = 10;
export const PAYMENTS_PER_DAY = 1_500;
/** Events of a payment at the conversion below: half of the visits buy, so that most events are about buying. */
const EVENTS_PER_PAYMENT = 45;
const CONVERSION = 0.5;
/** Everybody pays about every week. */
const VISITORS_PER_PAYMENT = 7;
const DAY_MS = 86_400_000;
/** A fixed Monday, so that a seed says everything. */
const START_MS = Date.UTC(2026, 0, 5);
const EVENTS_PER_TURN = 2_000;

/** The shop that rules are measured on. */
export function measuredShop(seed: number, paymentsPerDay: number): MockSettings {
  const visitors = Math.max(100, Math.round(VISITORS_PER_PAYMENT * paymentsPerDay));
  return {
    ...MOCK_DEFAULTS,
    ...{ seed, startMs: START_MS, visitors, conversion: CONVERSION, warmUpMs: 0 },
    eventsPerSecond: (paymentsPerDay * EVENTS_PER_PAYMENT * 1_000) / DAY_MS,
    fraud: fraudRates(0.0015),
  };
}

/**
 * Runs the mock shop through the features and rules of the product, in this process and in simulated time. Returns the
 * payments after the burn-in, in order. Labels come as they come in the shop, days later.
 */
export async function scoredPayments(options: ScoringOptions): Promise<ScoredPayment[]> {
  const { rules, seed, days, signal, onProgress } = options;
  const { burnInDays = BURN_IN_DAYS, paymentsPerDay = PAYMENTS_PER_DAY } = options;
  const fromMs = START_MS + burnInDays * DAY_MS;
  const endMs = fromMs + days * DAY_MS;
  const scorer = createInProcessScorer({ rules });
  const scored: ScoredPayment[] = [];
  let count = 0;
  for (const { event, truth } of mockEvents(measuredShop(seed, paymentsPerDay))) {
    const atMs = event.occurTime?.getTime() ?? 0;
    if (atMs >= endMs) break;
    if (count++ % EVENTS_PER_TURN === 0) {
      await turn();
      signal.throwIfAborted();
      onProgress?.((atMs - START_MS) / (endMs - START_MS));
    }
    const decision = scorer.take(event, atMs);
    if (decision === undefined || atMs < fromMs) continue;
    const ruleIds = decision.reasons.map(({ ruleId }) => ruleId);
    scored.push({ score: decision.score, ruleIds, fraud: truth?.fraudType });
  }
  return scored;
}
