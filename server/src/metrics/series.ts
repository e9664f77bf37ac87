import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Dimension } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type { SeriesSelector } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { ServiceError } from '../gateway/service-error.js';
import { type MetricDefinition, metricNamed } from './catalogue.js';
import { compareTexts, dimensionLabel, type DimensionName, dimensionName } from './dimensions.js';
import { type ResolutionRule, resolutionOf } from './resolutions.js';

/** What a selector asks for, looked up in the catalogue. */
export interface Series {
  readonly metric: MetricDefinition;
  readonly rule: ResolutionRule;
  readonly dimension: Dimension;
  readonly dimensionName: DimensionName;
  /** Wanted values in table order, without repeats; empty means all. */
  readonly values: readonly string[];
  /** The same for the same series, whatever order its values came in. */
  readonly id: string;
}

/**
 * Looks a selector up. Throws ServiceError METRIC_UNKNOWN, or DIMENSION_UNKNOWN for a dimension or resolution that
 * the metric is not kept by. `field`: the selector's path, for the error.
 */
export function seriesOf(selector: SeriesSelector, field: string): Series {
  const metric = metricNamed(selector.metric);
  if (metric === undefined) {
    const text = `there is no metric ${selector.metric}: see ListMetrics`;
    const metadata = { metric: selector.metric };
    throw new ServiceError(ErrorReason.METRIC_UNKNOWN, text, { metadata });
  }
  const rule = resolutionOf(selector.resolution);
  if (rule === undefined) {
    const value = String(selector.resolution);
    const text = `${metric.name} is not kept at resolution ${value}: use 1 to 4`;
    throw dimensionError(text, { metric: metric.name, field: `${field}.resolution`, value });
  }
  const name = dimensionName(selector.dimension);
  const kept = selector.dimension === Dimension.UNSPECIFIED;
  if (name === undefined || !(kept || metric.dimensions.includes(selector.dimension))) {
    const value = dimensionLabel(selector.dimension);
    const text = `${metric.name} is not kept by ${value}: ${offered(metric)}`;
    throw dimensionError(text, { metric: metric.name, field: `${field}.dimension`, value });
  }
  const values = [...new Set(selector.dimensionValues)].toSorted(compareTexts);
  const id = JSON.stringify([metric.name, rule.name, name, values]);
  return { metric, rule, dimension: selector.dimension, dimensionName: name, values, id };
}

function offered(metric: MetricDefinition): string {
  const names = metric.dimensions.map(dimensionLabel);
  if (names.length === 0) return 'leave the dimension out';
  return `use ${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function dimensionError(text: string, metadata: Readonly<Record<string, string>>): ServiceError {
  return new ServiceError(ErrorReason.DIMENSION_UNKNOWN, text, { metadata });
}
