import type { SeriesSelector } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { Dimension } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { OptionError } from '../errors/errors.js';
import {
  DIMENSION_NAMES,
  RESOLUTION_NAMES,
  dimensionNumber,
  resolutionNumber,
  type MetricDimension,
  type MetricResolution,
} from './point.js';

/** Names one or more series of one metric. A bare name means the whole shop by minute. */
export type SeriesInput =
  | string
  | {
      /** The metric's name; see `metrics.list()`. */
      readonly metric: string;
      /** Length of the windows; default `minute`. */
      readonly resolution?: MetricResolution | undefined;
      /** The split; default the whole shop. Amounts give one point per currency in any case. */
      readonly dimension?: MetricDimension | undefined;
      /** Only these values of the split, at most 100; default all. */
      readonly dimensionValues?: readonly string[] | undefined;
    };

/** Turns series as callers write them into the contract's. Throws OptionError for a word that it does not have. */
export function selectorsOf(series: readonly SeriesInput[]): SeriesSelector[] {
  return series.map((one, at) => selectorOf(typeof one === 'string' ? { metric: one } : one, at));
}

function selectorOf(series: Exclude<SeriesInput, string>, at: number): SeriesSelector {
  const { metric, resolution = 'minute', dimension, dimensionValues = [] } = series;
  const resolutionValue = resolutionNumber(resolution);
  const dimensionValue =
    dimension === undefined ? Dimension.UNSPECIFIED : dimensionNumber(dimension);
  if (resolutionValue === undefined) {
    throw unknownWord(`series[${at}].resolution`, resolution, RESOLUTION_NAMES);
  }
  if (dimensionValue === undefined) {
    throw unknownWord(`series[${at}].dimension`, String(dimension), DIMENSION_NAMES);
  }
  return {
    metric,
    resolution: resolutionValue,
    dimension: dimensionValue,
    dimensionValues: [...dimensionValues],
  };
}

function unknownWord(option: string, value: string, words: readonly string[]): OptionError {
  return new OptionError(option, `${option} is '${value}': use ${words.join(', ')}`);
}
