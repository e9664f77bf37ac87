import { FEATURES } from './catalogue.js';
import type { EntityKind, FeatureDeclaration, FeatureValue } from './declaration.js';
import { DERIVED, PAYMENT_FIELDS } from './derived.js';
import type { Entity } from './entity.js';
import { seriesPlace } from './layout.js';
import type { PaymentFacts } from './payment-facts.js';
import { WINDOWS } from './windows.js';

/** Merged entities of a payment, the payment itself counted; kinds that it does not name are absent. */
export type PaymentEntities = Partial<Readonly<Record<EntityKind, Entity>>>;

/** A value for every declared feature, by name, in the order of their declaration. */
export type FeatureValues = Readonly<Record<string, FeatureValue>>;

type Reader = (facts: PaymentFacts, entities: PaymentEntities) => FeatureValue;

const READERS: readonly (readonly [name: string, read: Reader])[] = FEATURES.map((feature) => [
  feature.name,
  readerOf(feature),
]);

/** The features of a payment. What is not known has its declared default. */
export function featureValues(facts: PaymentFacts, entities: PaymentEntities): FeatureValues {
  const values: Record<string, FeatureValue> = {};
  for (const [name, read] of READERS) values[name] = read(facts, entities);
  return values;
}

function readerOf(feature: FeatureDeclaration): Reader {
  const { name, source, default: fallback } = feature;
  switch (source.from) {
    case 'count': {
      const place = seriesPlace(source.kind, source.tally, WINDOWS[source.window]);
      return ({ atMs }, entities) => entities[source.kind]?.series[place]?.total(atMs) ?? fallback;
    }
    case 'distinct': {
      const { lengthMs } = WINDOWS[source.window];
      return ({ atMs }, entities) =>
        entities[source.kind]?.setOf(source.set)?.count(atMs, lengthMs) ?? fallback;
    }
    case 'amount':
      return ({ atMs, currency }, entities) => {
        const sums = entities[source.kind]?.amounts.get(currency)?.sums;
        const sum = sums?.find(({ rule }) => rule.name === source.window);
        return sum === undefined ? fallback : sum.total(atMs) / 1_000_000;
      };
    case 'since':
      return ({ atMs }, entities) => {
        const markMs = entities[source.kind]?.markOf(source.mark) ?? 0;
        if (markMs === 0) return fallback;
        const passed = Math.max(0, atMs - markMs) / source.unitMs;
        return typeof fallback === 'number' && fallback > 0 ? Math.min(passed, fallback) : passed;
      };
    case 'streak':
      return ({ atMs }, entities) => entities[source.kind]?.streak(atMs) ?? fallback;
    case 'payment':
      return named(PAYMENT_FIELDS, name);
    case 'derived':
      return named(DERIVED, name);
  }
}

function named(readers: Readonly<Record<string, Reader>>, name: string): Reader {
  const reader = readers[name];
  if (reader === undefined) throw new TypeError(`feature ${name} is declared but not computed`);
  return reader;
}
