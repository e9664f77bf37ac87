import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { Channel } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, detailedClients, ownChannel } from '../support/test-gateway.js';
import { serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const ingest = serviceModule(IngestServiceDefinition, {
  publish: ({ clientId }) =>
    clientId === 'bug' ? Promise.reject(new Error('bug')) : Promise.resolve({}),
  async *publishStream(requests) {
    for await (const { batchNumber } of requests) yield { batchNumber };
  },
});

describe('the admin address', () => {
  let gateway: TestGateway;
  let channel: Channel;
  beforeAll(async () => {
    gateway = await testGateway([ingest], {
      admin: { host: '127.0.0.1', port: 0 },
      level: 'debug',
    });
    channel = ownChannel(gateway.address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    for (let call = 0; call < 3; call++) await client.publish({});
    await client.publish({ clientId: 'bug' }).catch(() => undefined);
    const batches = async function* (): AsyncGenerator<{ batchNumber: bigint }> {
      await Promise.resolve();
      yield { batchNumber: 1n };
    };
    await collect(client.publishStream(batches()));
  });
  afterAll(async () => {
    channel.close();
    await gateway.drain(500);
  });

  const get = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${gateway.adminPort ?? 0}${path}`, { method });

  test('/metrics counts calls by method and code under the usual names', async () => {
    const text = await (await get('/metrics')).text();
    const labels = (type: string, method: string, code: string): string =>
      `{grpc_type="${type}",grpc_service="bytebasket.ingest.v1.IngestService",grpc_method="${method}",grpc_code="${code}"`;
    expect(text).toContain(`grpc_server_handled_total${labels('unary', 'Publish', 'OK')}} 3`);
    expect(text).toContain(`grpc_server_handled_total${labels('unary', 'Publish', 'Internal')}} 1`);
    expect(text).toContain(
      `grpc_server_handled_total${labels('bidi_stream', 'PublishStream', 'OK')}} 1`,
    );
    expect(text).toContain('# TYPE grpc_server_handling_seconds histogram');
    const histogram = labels('unary', 'Publish', 'OK');
    expect(text).toContain(`grpc_server_handling_seconds_bucket${histogram},le="0.0005"}`);
    expect(text).toContain(`grpc_server_handling_seconds_bucket${histogram},le="10"} 3`);
    expect(text).toContain(`grpc_server_handling_seconds_bucket${histogram},le="+Inf"} 3`);
    expect(text).toContain(`grpc_server_handling_seconds_count${histogram}} 3`);
  });

  test('/metrics holds the process, connections and calls in flight', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^bytebasket_gateway_connections 1$/m);
    expect(text).toMatch(/^bytebasket_gateway_calls_in_flight 0$/m);
    expect(text).toMatch(/^bytebasket_gateway_saturated 0$/m);
  });

  test('bucket counts never fall', async () => {
    const text = await (await get('/metrics')).text();
    const counts = [...text.matchAll(/handling_seconds_bucket{[^}]*code="OK",le="[^"]+"} (\d+)/g)]
      .slice(0, 15)
      .map(([, count]) => Number(count));
    expect(counts).toHaveLength(15);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  test('/healthz answers while the process lives, everything else is not there', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics/../../etc/passwd')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
  });

  test('at debug every call has a line with method, code, time and client', () => {
    const calls = gateway.lines.filter((line) => line['msg'] === 'call');
    expect(calls).toHaveLength(5);
    expect(calls.at(-1)).toMatchObject({
      method: '/bytebasket.ingest.v1.IngestService/PublishStream',
      code: 'OK',
      clientId: 'anonymous',
      messages: 1,
    });
    expect(calls.every((line) => Number(line['ms']) > 0)).toBe(true);
  });
});
