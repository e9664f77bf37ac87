import type { WatchMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { validateWatchMetricsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../../gateway/field-error.js';
import { decodeResumeToken } from '../../gateway/resume-token.js';
import { rangeTooLarge, WINDOWS_MAX } from '../query.js';
import { type Series, seriesOf } from '../series.js';
import type { Windows } from '../windows.js';

/** A series with the first window that its subscriber wants. */
export interface WantedSeries {
  readonly series: Series;
  readonly fromMs: number;
}

/** What a subscriber asked for. */
export interface Selection {
  readonly wanted: readonly WantedSeries[];
  /** Canonical bytes: the same for the same series in any order. Resume tokens belong to it. */
  readonly filter: Uint8Array;
}

/**
 * Reads a request. Throws ServiceError FIELD_INVALID, METRIC_UNKNOWN, DIMENSION_UNKNOWN, RANGE_TOO_LARGE, or
 * RESUME_TOKEN_INVALID for a token of another selection. A token never expires here: a new snapshot comes in any case.
 */
export function selectionOf(
  request: WatchMetricsRequest,
  windows: Windows,
  nowMs: number,
): Selection {
  const violations = validateWatchMetricsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const byId = new Map<string, Series>();
  request.series.forEach((selector, index) => {
    const series = seriesOf(selector, `series[${index}]`);
    byId.set(series.id, series);
  });
  const filter = Buffer.from(JSON.stringify([...byId.keys()].toSorted()));
  if (request.resumeToken !== '') decodeResumeToken(request.resumeToken, filter);
  const wanted = [...byId.values()].map((series) => {
    const fromMs = firstWindow(request.startTime, series, { windows, nowMs });
    return { series, fromMs };
  });
  return { wanted, filter };
}

/** Start of the first window wanted: the one before the current window unless the request says otherwise. */
function firstWindow(
  startTime: Date | undefined,
  { rule }: Series,
  { windows, nowMs }: { readonly windows: Windows; readonly nowMs: number },
): number {
  if (startTime === undefined) return windows.startBefore(rule, nowMs, 1);
  const startMs = Math.max(0, startTime.getTime());
  const count = windows.countBetween(rule, startMs, nowMs);
  if (count > WINDOWS_MAX) throw rangeTooLarge(count);
  return windows.from(rule, startMs).startMs;
}
