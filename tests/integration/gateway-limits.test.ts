import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { gatewayLimits } from '@bytebasket/server/gateway/limits';
import { HealthDefinition } from 'nice-grpc-server-health';
import { afterEach, describe, expect, test } from 'vitest';
import { detailedClients, eventually, failureOf, ownChannel } from '../support/test-gateway.js';
import { serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const waiting: (() => void)[] = [];
const ingest = serviceModule(IngestServiceDefinition, {
  async publish({ clientId }) {
    if (clientId === 'wait') await new Promise<void>((resolve) => waiting.push(resolve));
    return { results: [] };
  },
  async *publishStream(requests) {
    for await (const { batchNumber } of requests) yield { batchNumber };
  },
});

describe('limits of the gateway', () => {
  let gateway: TestGateway | undefined;
  const start = async (limits: Parameters<typeof gatewayLimits>[0]): Promise<TestGateway> => {
    gateway = await testGateway([ingest], limits === undefined ? {} : { limits });
    return gateway;
  };
  afterEach(async () => {
    for (const resolve of waiting.splice(0)) resolve();
    await gateway?.drain(200);
    gateway = undefined;
  });

  test('a call above the number in flight is refused at once with RetryInfo, and fits again later', async () => {
    const { address } = await start({ callsMax: 2 });
    const channel = ownChannel(address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    const held = [client.publish({ clientId: 'wait' }), client.publish({ clientId: 'wait' })];
    await eventually(() => waiting.length === 2);
    expect(await failureOf(client.publish({}))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'GATEWAY_SATURATED',
      metadata: { limit: '2 calls' },
      retryMs: 100,
    });
    for (const resolve of waiting.splice(0)) resolve();
    await Promise.all(held);
    await expect(client.publish({})).resolves.toEqual({ results: [] });
    channel.close();
  });

  test('above the memory bound new calls are refused, health still answers', async () => {
    const { address, registry } = await start({ memoryBytesMax: 1 });
    const channel = ownChannel(address);
    const failure = await failureOf(
      detailedClients.create(IngestServiceDefinition, channel).publish({}),
    );
    expect(failure).toMatchObject({
      reason: 'GATEWAY_SATURATED',
      metadata: { limit: '1 bytes of memory' },
    });
    const health = detailedClients.create(HealthDefinition, channel);
    expect(await health.check({ service: '' })).toEqual({ status: 1 });
    expect(await registry.metrics()).toMatch(/^bytebasket_gateway_saturated 1$/m);
    channel.close();
  });

  test('a connection above the bound is closed at once, the others go on', async () => {
    const { port, address, registry } = await start({ connectionsMax: 2 });
    const channel = ownChannel(address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    await client.publish({});
    const open = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          resolve(socket);
        });
        socket.on('error', () => undefined);
      });
    const second = await open();
    await eventually(async () =>
      /^bytebasket_gateway_connections 2$/m.test(await registry.metrics()),
    );
    const third = await open();
    await eventually(() => third.closed);
    expect(second.closed).toBe(false);
    await expect(client.publish({})).resolves.toEqual({ results: [] });
    second.destroy();
    channel.close();
  });

  test('one connection carries no more calls at once than allowed; the next waits for a free place', async () => {
    const { address } = await start({ streamsPerConnectionMax: 1 });
    const channel = ownChannel(address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    await client.publish({});
    const held = client.publish({ clientId: 'wait' });
    await eventually(() => waiting.length === 1);
    const next = client.publish({ clientId: 'wait' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(waiting).toHaveLength(1);
    waiting.shift()?.();
    await held;
    await eventually(() => waiting.length === 1);
    waiting.shift()?.();
    await next;
    channel.close();
  });

  test.each([
    ['callsMax', 0],
    ['receiveBytesMax', 1.5],
    ['deadlineMsMax', Number.NaN],
  ])('%s of %d is refused by name', (name, value) => {
    expect(() => gatewayLimits({ [name]: value })).toThrow(
      `gateway limit ${name} is ${value}: use a whole number of 1 or more`,
    );
  });
});
