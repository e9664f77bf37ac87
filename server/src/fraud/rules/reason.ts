import { FEATURES } from '../features/catalogue.js';
import type { FeatureValue } from '../features/declaration.js';
import type { FeatureValues } from '../features/feature-values.js';

const PLACE = /\{([^{}]*)\}/g;
const NAMES: ReadonlySet<string> = new Set(FEATURES.map((feature) => feature.name));

/** Writes a rule's reason with the values that it saw. */
export type WriteReason = (values: FeatureValues) => string;

/** Throws RangeError for a `{name}` that is no feature. */
export function reasonWriter(template: string): WriteReason {
  for (const [, name = ''] of template.matchAll(PLACE)) {
    if (!NAMES.has(name)) {
      throw new RangeError(`the reason names {${name}}, which is no feature: correct the name`);
    }
  }
  return (values) =>
    template.replaceAll(PLACE, (_, name: string) => valueInWords(values[name] ?? ''));
}

/** Whole numbers as they are, others with three significant digits; `yes` and `no`. */
export function valueInWords(value: FeatureValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? 'unknown' : value;
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
