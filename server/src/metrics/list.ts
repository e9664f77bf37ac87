import type { Metric } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import type {
  ListMetricsRequest,
  ListMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { validateListMetricsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../gateway/field-error.js';
import { decodePageToken, encodePageToken } from '../gateway/page-token.js';
import { CATALOGUE, type MetricDefinition } from './catalogue.js';

const PAGE_DEFAULT = 50;
/** Every ListMetrics request asks for the same list. */
const IDENTITY = Buffer.from('ListMetrics');

/** Answers ListMetrics. Throws ServiceError FIELD_INVALID or PAGE_TOKEN_INVALID. */
export function listMetrics(request: ListMetricsRequest): ListMetricsResponse {
  const violations = validateListMetricsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const after =
    request.pageToken === ''
      ? ''
      : Buffer.from(decodePageToken(request.pageToken, IDENTITY)).toString('utf8');
  const rest = CATALOGUE.filter((definition) => definition.name > after);
  const page = rest.slice(0, request.pageSize === 0 ? PAGE_DEFAULT : request.pageSize);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > page.length;
  return {
    metrics: page.map(metricOf),
    nextPageToken: more ? encodePageToken(IDENTITY, Buffer.from(last.name)) : '',
  };
}

function metricOf(definition: MetricDefinition): Metric {
  return {
    metric: definition.name,
    description: definition.description,
    kind: definition.kind,
    unit: definition.unit,
    dimensions: [...definition.dimensions],
    approximate: definition.approximate,
    errorBound: definition.errorBound,
  };
}
