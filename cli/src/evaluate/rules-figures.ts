import { FRAUD_TYPES, type FraudType } from '../mock/settings.js';
import type { ScoredPayment } from './rules-scoring.js';

/** How well one kind of fraud is found. */
export interface TypeFigures {
  readonly fraudType: FraudType;
  /** Payments that are this fraud. */
  readonly payments: number;
  /** Of those, alerted. */
  readonly found: number;
  /** Honest payments alerted by rules that otherwise find this kind. */
  readonly falseAlerts: number;
  /** found / payments; undefined without payments. */
  readonly recall: number | undefined;
  /** found / (found + falseAlerts); undefined without alerts. */
  readonly precision: number | undefined;
  /** (found + falseAlerts) / days. */
  readonly alertsPerDay: number;
}

/** How well a rule set finds fraud with a budget of alerts. */
export interface RuleFigures {
  readonly payments: number;
  readonly fraud: number;
  readonly days: number;
  /** Share of payments that may be alerted. */
  readonly budget: number;
  /** Payments with this score or more are alerted; undefined when none can be. */
  readonly threshold: number | undefined;
  readonly alerts: number;
  readonly alertsPerDay: number;
  readonly recall: number | undefined;
  readonly precision: number | undefined;
  readonly types: readonly TypeFigures[];
}

/**
 * The smallest score such that at most `budget` (a share, 0 to 1) of the payments have it or more; scores of 0 are never
 * alerted. Ties stay together, so fewer may be alerted; undefined when not even the highest fit. Uses no labels: an operator can choose it the same way.
 */
export function thresholdFor(scores: readonly number[], budget: number): number | undefined {
  const most = Math.floor(budget * scores.length);
  const sorted = [...scores].sort((a, b) => b - a);
  const beyond = sorted[most] ?? 0;
  // Everything above the first score that does not fit.
  const fits = sorted.slice(0, most).filter((score) => score > beyond);
  return fits.at(-1);
}

/**
 * Judges the alerts by what the payments were. A false alert counts against the kind of fraud that its heaviest rule
 * otherwise finds (most of that rule's true alerts are of this kind); where no rule of it ever found fraud, against
 * every kind.
 */
export function ruleFigures(
  payments: readonly ScoredPayment[],
  { days, budget }: { readonly days: number; readonly budget: number },
): RuleFigures {
  const threshold = thresholdFor(
    payments.map(({ score }) => score),
    budget,
  );
  const alerts = payments.filter(({ score }) => threshold !== undefined && score >= threshold);
  const purpose = purposes(alerts);
  const falseAlerts = alerts.filter(({ fraud }) => fraud === undefined);
  const blamed = falseAlerts.map(({ ruleIds }) =>
    ruleIds.map((id) => purpose.get(id)).find((type) => type !== undefined),
  );
  const types = FRAUD_TYPES.map((fraudType): TypeFigures => {
    const of = (some: readonly ScoredPayment[]): number =>
      some.filter(({ fraud }) => fraud === fraudType).length;
    const wrong = blamed.filter((type) => type === undefined || type === fraudType).length;
    const counts = { payments: of(payments), found: of(alerts), falseAlerts: wrong };
    return typeFigures(fraudType, { ...counts, days });
  });
  const fraud = payments.filter((payment) => payment.fraud !== undefined).length;
  const found = alerts.length - falseAlerts.length;
  return {
    ...{ payments: payments.length, fraud, days, budget, threshold, alerts: alerts.length },
    alertsPerDay: alerts.length / days,
    recall: share(found, fraud),
    precision: share(found, alerts.length),
    types,
  };
}

/** For each rule that fired in a true alert: the kind of fraud that it fired for most often. */
function purposes(alerts: readonly ScoredPayment[]): ReadonlyMap<string, FraudType> {
  const counts = new Map<string, Map<FraudType, number>>();
  for (const { fraud, ruleIds } of alerts) {
    if (fraud === undefined) continue;
    for (const id of ruleIds) {
      const own = counts.get(id) ?? new Map<FraudType, number>();
      counts.set(id, own.set(fraud, (own.get(fraud) ?? 0) + 1));
    }
  }
  const purpose = new Map<string, FraudType>();
  for (const [id, own] of counts) {
    const [most] = [...own].sort((a, b) => b[1] - a[1]);
    if (most !== undefined) purpose.set(id, most[0]);
  }
  return purpose;
}

const share = (part: number, whole: number): number | undefined =>
  whole === 0 ? undefined : part / whole;

/** Each kind's figures over several shops together, each with its own threshold. */
export function pooled(shops: readonly RuleFigures[]): readonly TypeFigures[] {
  const days = shops.reduce((sum, shop) => sum + shop.days, 0);
  return FRAUD_TYPES.map((fraudType) => {
    const own = shops.flatMap(({ types }) => types.filter((type) => type.fraudType === fraudType));
    const sum = (name: 'payments' | 'found' | 'falseAlerts'): number =>
      own.reduce((total, type) => total + type[name], 0);
    return typeFigures(fraudType, {
      payments: sum('payments'),
      found: sum('found'),
      falseAlerts: sum('falseAlerts'),
      days,
    });
  });
}

/** The kind of fraud that comes off worst by a figure; one without the figure counts as 0. */
export function worst(types: readonly TypeFigures[], name: 'recall' | 'precision'): TypeFigures {
  const [first, ...others] = types;
  if (first === undefined) throw new RangeError('worst needs at least one kind of fraud');
  return others.reduce(
    (least, type) => ((type[name] ?? 0) < (least[name] ?? 0) ? type : least),
    first,
  );
}

interface TypeCounts {
  readonly payments: number;
  readonly found: number;
  readonly falseAlerts: number;
  readonly days: number;
}

function typeFigures(fraudType: FraudType, { days, ...counts }: TypeCounts): TypeFigures {
  const { payments, found, falseAlerts } = counts;
  return {
    fraudType,
    ...counts,
    recall: share(found, payments),
    precision: share(found, found + falseAlerts),
    alertsPerDay: (found + falseAlerts) / days,
  };
}
