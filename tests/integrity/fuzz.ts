import { Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  PublishRequest,
  PublishStreamRequest,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import {
  QueryMetricsRequest,
  WatchMetricsRequest,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { ReconcileRequest } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { mulberry32 } from '../support/random.js';
import { startProduct } from '../../bench/harness/product.js';
import { fuzz, type FuzzTarget } from '../support/fuzz.js';
import { queryTotals } from './totals.js';
import { newEventId } from './shopper-events.js';

export function wellFormed(): FuzzTarget['calls'] {
  const events = Array.from({ length: 3 }, () =>
    Event.fromPartial({
      eventId: newEventId(),
      anonymousId: 'fuzzer',
      occurTime: new Date(),
      payload: { $case: 'productsSearched', value: { query: 'schöne Schuhe' } },
    }),
  );
  const series = [{ metric: 'page_views', resolution: Resolution.MINUTE }];
  const call = (path: string, bytes: Uint8Array) => ({
    path: `/bytebasket.${path}`,
    message: Buffer.from(bytes),
  });
  return [
    call(
      'ingest.v1.IngestService/Publish',
      PublishRequest.encode(PublishRequest.fromPartial({ events })).finish(),
    ),
    call(
      'ingest.v1.IngestService/PublishStream',
      PublishStreamRequest.encode(
        PublishStreamRequest.fromPartial({ batchNumber: 1n, events }),
      ).finish(),
    ),
    call(
      'metrics.v1.MetricsService/QueryMetrics',
      QueryMetricsRequest.encode(QueryMetricsRequest.fromPartial({ series })).finish(),
    ),
    call(
      'metrics.v1.MetricsService/WatchMetrics',
      WatchMetricsRequest.encode(WatchMetricsRequest.fromPartial({ series })).finish(),
    ),
    call(
      'admin.v1.AdminService/Reconcile',
      ReconcileRequest.encode(
        ReconcileRequest.fromPartial({ clientId: 'c', startBatchNumber: 1n, endBatchNumber: 9n }),
      ).finish(),
    ),
  ];
}

export interface FuzzReport {
  /** Whether the product still answers; a query is asked. */
  readonly answers: boolean;
  /** Resident memory after the warm-up and at the end, MiB. */
  readonly rssMiB: { readonly early: number; readonly end: number };
}

/**
 * Sends spoiled requests to the whole product and looks whether it notices. `warmUp`: so many before the memory is first
 * looked at, for heaps and compiled code grow for a while.
 */
export async function fuzzProduct(
  seed: number,
  { warmUp, count }: { readonly warmUp: number; readonly count: number },
): Promise<FuzzReport> {
  const product = await startProduct({ command: 'up' });
  try {
    const [host = '127.0.0.1', port = '0'] = product.endpoint.split(':');
    const target = { host, port: Number(port), calls: wellFormed() };
    const random = mulberry32(seed);
    await fuzz(target, random, warmUp);
    const early = product.rssMiB();
    await fuzz(target, random, count);
    const end = product.rssMiB();
    const answers = await queryTotals(product.endpoint).then(
      () => product.child.exitCode === null,
      () => false,
    );
    return { answers, rssMiB: { early, end } };
  } finally {
    await product.close();
  }
}
