import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import {
  QueryMetricsRequest,
  type QueryMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { validateQueryMetricsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { decodePageToken, encodePageToken } from '../gateway/page-token.js';
import { ServiceError } from '../gateway/service-error.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { type PointCursor, readSeries, type SeriesSource } from './read-series.js';
import { type Series, seriesOf } from './series.js';
import type { Windows } from './windows.js';

/** Windows of one series that a range may hold. */
export const WINDOWS_MAX = 10_000;
const WINDOWS_DEFAULT = 60;
const PAGE_DEFAULT = 1_000;

/** What a query goes on with: the range is that of its first page, however late the next is asked for. */
interface QueryCursor {
  readonly startMs: number | undefined;
  readonly endMs: number;
  readonly nowMs: number;
  readonly series: number;
  readonly after: PointCursor | undefined;
}

export interface QueryCall {
  readonly request: QueryMetricsRequest;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers QueryMetrics. Throws ServiceError FIELD_INVALID, METRIC_UNKNOWN, DIMENSION_UNKNOWN, RANGE_TOO_LARGE (more
 * than 10,000 windows in one series) or PAGE_TOKEN_INVALID, and what the table store throws.
 */
export async function queryMetrics(
  source: SeriesSource,
  call: QueryCall,
): Promise<QueryMetricsResponse> {
  const { request, signal } = call;
  const violations = validateQueryMetricsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const all = request.series.map((selector, index) => seriesOf(selector, `series[${index}]`));
  const identity = identityOf(request);
  const cursor = cursorOf(call, identity);
  const starts = all.map((series) => startOf(source.windows, series, cursor));
  const pageSize = request.pageSize === 0 ? PAGE_DEFAULT : request.pageSize;
  const points: Point[] = [];
  let last: QueryCursor | undefined;
  for (let index = cursor.series; index < all.length; index++) {
    const series = all[index];
    const fromMs = starts[index];
    if (series === undefined || fromMs === undefined) break;
    const after = index === cursor.series ? cursor.after : undefined;
    const range = { series, fromMs, toMs: cursor.endMs, nowMs: cursor.nowMs, after, signal };
    for await (const read of readSeries(source, range)) {
      if (points.length === pageSize && last !== undefined) {
        return { points, nextPageToken: encodePageToken(identity, encodeCursor(last)) };
      }
      points.push(read.point);
      last = { ...cursor, series: index, after: read.cursor };
    }
  }
  return { points, nextPageToken: '' };
}

/** First instant of the range of a series. Throws RANGE_TOO_LARGE. */
function startOf(windows: Windows, series: Series, cursor: QueryCursor): number {
  if (cursor.startMs === undefined) {
    return windows.startBefore(series.rule, cursor.endMs - 1, WINDOWS_DEFAULT - 1);
  }
  const count = windows.countBetween(series.rule, cursor.startMs, cursor.endMs);
  if (count > WINDOWS_MAX) throw rangeTooLarge(count);
  return cursor.startMs;
}

/** RANGE_TOO_LARGE for a range of `count` windows. */
export function rangeTooLarge(count: number): ServiceError {
  const text = `the range gives ${count} points: at most ${WINDOWS_MAX}, use a coarser resolution`;
  return new ServiceError(ErrorReason.RANGE_TOO_LARGE, text, {
    metadata: { field: 'start_time', value: String(count), limit: String(WINDOWS_MAX) },
  });
}

function cursorOf(call: QueryCall, identity: Uint8Array): QueryCursor {
  const { request, nowMs } = call;
  if (request.pageToken !== '') {
    return readCursor(decodePageToken(request.pageToken, identity));
  }
  // A range that ends now holds the current window.
  const endMs = Math.max(0, request.endTime?.getTime() ?? nowMs + 1);
  const startMs = request.startTime === undefined ? undefined : request.startTime.getTime();
  if (startMs !== undefined && startMs > endMs) throw backwards(request.startTime, endMs);
  return {
    startMs: startMs === undefined ? undefined : Math.max(0, startMs),
    endMs,
    nowMs,
    series: 0,
    after: undefined,
  };
}

function backwards(start: Date | undefined, endMs: number): ServiceError {
  const value = start?.toISOString() ?? '';
  const end = new Date(endMs).toISOString();
  const message = `start_time is ${value}, after end_time ${end}: use an earlier one`;
  return fieldError([{ field: 'start_time', rule: 'range.ordered', message, value }]);
}

/** What makes requests pages of the same list: everything but the page fields. */
function identityOf(request: QueryMetricsRequest): Uint8Array {
  return QueryMetricsRequest.encode({ ...request, pageSize: 0, pageToken: '' }).finish();
}

function encodeCursor(cursor: QueryCursor): Uint8Array {
  const writer = new ByteWriter(64);
  writer.varint(cursor.startMs === undefined ? 0 : cursor.startMs + 1);
  writer.varint(cursor.endMs);
  writer.varint(cursor.nowMs);
  writer.varint(cursor.series);
  writer.varint(cursor.after?.startMs ?? 0);
  writer.text(cursor.after?.dimensionValue ?? '');
  writer.text(cursor.after?.currency ?? '');
  return writer.finish();
}

function readCursor(bytes: Uint8Array): QueryCursor {
  try {
    return decodeCursor(bytes);
  } catch (cause) {
    const text = 'page_token does not belong to this request: start without a token';
    const metadata = { field: 'page_token' };
    throw new ServiceError(ErrorReason.PAGE_TOKEN_INVALID, text, { metadata, cause });
  }
}

function decodeCursor(bytes: Uint8Array): QueryCursor {
  const reader = new ByteReader(bytes);
  const start = reader.varint();
  return {
    startMs: start === 0 ? undefined : start - 1,
    endMs: reader.varint(),
    nowMs: reader.varint(),
    series: reader.varint(),
    after: {
      startMs: reader.varint(),
      dimensionValue: reader.text(),
      currency: reader.text(),
    },
  };
}
