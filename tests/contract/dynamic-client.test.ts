import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, type Client, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createEventIds } from '@bytebasket/sdk';
import { startTestGateway, type TestGateway } from '@bytebasket/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const path = (from: string) => fileURLToPath(new URL(from, import.meta.url));

type Call = (
  request: unknown,
  callback: (error: ServiceError | null, answer: unknown) => void,
) => void;
type DynamicClient = Client & Record<string, Call>;
type Constructor = new (
  endpoint: string,
  secure: ReturnType<typeof credentials.createInsecure>,
) => DynamicClient;

/** A client made of the proto files at run time, as a program in any language with a dynamic client has it. */
function clientOf(endpoint: string, file: string, service: string): DynamicClient {
  const definition = loadSync(`bytebasket/${file}`, {
    includeDirs: [
      path('../../proto'),
      path('../../third_party'),
      path('../../node_modules/google-proto-files'),
    ],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
  });
  const found = service
    .split('.')
    .reduce<unknown>(
      (at, name) => (at as Record<string, unknown>)[name],
      loadPackageDefinition(definition),
    );
  return new (found as Constructor)(
    endpoint.replace(/^http:\/\//, ''),
    credentials.createInsecure(),
  );
}

async function call(client: DynamicClient, method: string, request: unknown): Promise<unknown> {
  const rpc = client[method];
  if (rpc === undefined) throw new Error(`no method ${method}`);
  return await new Promise((resolve, reject) => {
    rpc.call(client, request, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

describe('a client made of the proto files at run time', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    // buf/validate is in no package as text; it is printed from its descriptor.
    execFileSync(process.execPath, ['scripts/contract/print-validate-proto.mjs']);
    gateway = await startTestGateway({ processor: true });
  });
  afterAll(() => gateway.close());

  test('publishes an event and reads its metric', async () => {
    const ingest = clientOf(
      gateway.endpoint,
      'ingest/v1/ingest_service.proto',
      'bytebasket.ingest.v1.IngestService',
    );
    const metrics = clientOf(
      gateway.endpoint,
      'metrics/v1/metrics_service.proto',
      'bytebasket.metrics.v1.MetricsService',
    );
    const event = {
      event_id: createEventIds()(),
      anonymous_id: 'visitor',
      occur_time: { seconds: Math.floor(Date.now() / 1000) },
      page_viewed: { category: 'home' },
    };
    expect(await call(ingest, 'Publish', { events: [event] })).toMatchObject({
      results: [
        {
          status: 'EVENT_STATUS_ACCEPTED',
          position: { stream: 'STREAM_USER_ACTIVITY' },
        },
      ],
    });
    const query = { series: [{ metric: 'page_views' }] };
    await expect
      .poll(async () => await call(metrics, 'QueryMetrics', query), { timeout: 10_000 })
      .toMatchObject({ points: [{ metric: 'page_views', value: 'count', count: '1' }] });
    ingest.close();
    metrics.close();
  });
});
