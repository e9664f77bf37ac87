import { Dimension, Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { QueryMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Client } from '@grpc/grpc-js';
import { BatchMaker } from './harness/batches.js';
import { openClients, publishLoad } from './harness/load.js';
import { startProduct } from './harness/product.js';
import type { Bench, BenchRow } from './harness/report.js';
import { percentile, sorted } from './harness/stats.js';

const METRICS = '/bytebasket.metrics.v1.MetricsService/';
const identity = (bytes: Buffer) => bytes;

async function call(client: Client, method: string, request: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(`${METRICS}${method}`, identity, identity, request, (error) => {
      if (error !== null) reject(error);
      else resolve();
    });
  });
}

async function callsPerCpuSecond(method: string, request: Buffer, id: string): Promise<BenchRow> {
  const product = await startProduct({ command: 'up' });
  const clients = openClients(product.endpoint, 4);
  try {
    const maker = new BatchMaker(3);
    await publishLoad({
      endpoint: product.endpoint,
      maker,
      eventsPerCall: 100,
      inFlight: 4,
      seconds: 12,
      rate: 5_000,
    });
    const waits: number[] = [];
    const run = async (ms: number) => {
      const until = performance.now() + ms;
      await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const client = clients[index % clients.length];
          while (client !== undefined && performance.now() < until) {
            const begun = performance.now();
            await call(client, method, request);
            waits.push(performance.now() - begun);
          }
        }),
      );
    };
    await run(2_000);
    waits.length = 0;
    const cpu = product.cpuSeconds();
    await run(5_000);
    const value = waits.length / (product.cpuSeconds() - cpu);
    const order = sorted(waits);
    const detail = `16 in flight, p50 ${percentile(order, 0.5).toFixed(1)} p99 ${percentile(order, 0.99).toFixed(1)} ms`;
    return { id, value, unit: 'calls/CPU-s', goal: null, better: 'higher', detail };
  } finally {
    for (const client of clients) client.close();
    await product.close();
  }
}

const query = Buffer.from(
  QueryMetricsRequest.encode(
    QueryMetricsRequest.fromPartial({
      series: [
        { metric: 'page_views', resolution: Resolution.MINUTE },
        { metric: 'revenue', resolution: Resolution.MINUTE },
        { metric: 'product_views', resolution: Resolution.MINUTE, dimension: Dimension.COUNTRY },
      ],
    }),
  ).finish(),
);

export const readBenches: readonly Bench[] = [
  {
    ids: ['query-metrics'],
    title: 'QueryMetrics, 3 series of the last 60 minutes',
    run: async () => [await callsPerCpuSecond('QueryMetrics', query, 'query-metrics')],
  },
  {
    ids: ['list-metrics'],
    title: 'ListMetrics',
    run: async () => [await callsPerCpuSecond('ListMetrics', Buffer.alloc(0), 'list-metrics')],
  },
];
