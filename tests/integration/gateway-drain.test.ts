import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { createChannel } from 'nice-grpc';
import { afterEach, describe, expect, test } from 'vitest';
import { detailedClients, eventually, failureOf, ownChannel } from '../support/test-gateway.js';
import { serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function inFlight(metrics: string): number {
  return Number(/^bytebasket_gateway_calls_in_flight (\d+)$/m.exec(metrics)?.[1]);
}

const ingest = serviceModule(IngestServiceDefinition, {
  async publish({ clientId }) {
    await pause(clientId === 'slow' ? 300 : 2);
    return clientId === 'stuck' ? new Promise<never>(() => undefined) : { results: [] };
  },
  async *publishStream(requests) {
    for await (const { batchNumber } of requests) yield { batchNumber };
  },
});
const metrics = serviceModule(MetricsServiceDefinition, {
  listMetrics: () => Promise.resolve({}),
  queryMetrics: () => Promise.resolve({}),
  async *watchMetrics({ resumeToken }) {
    for (;;) {
      // The firehose never waits, so its reader's window fills up; the other one waits for ever and does not look at its signal.
      yield { event: { $case: 'checkpoint' as const, value: { resumeToken: 'x'.repeat(10_000) } } };
      if (resumeToken !== 'firehose') await new Promise(() => undefined);
    }
  },
});

describe('draining the gateway', () => {
  const running: TestGateway[] = [];
  const start = async (): Promise<TestGateway> => {
    const gateway = await testGateway([ingest, metrics]);
    running.push(gateway);
    return gateway;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.drain(100)));
  });

  interface Load {
    /** Resolves after so many more answers. */
    answers(count: number): Promise<void>;
    /** Failures until now, once the workers have stopped. */
    stop(): Promise<readonly unknown[]>;
  }

  /** Calls without pause from eight workers. */
  function load(publish: () => Promise<unknown>): Load {
    let stopped = false;
    let ok = 0;
    const failed: unknown[] = [];
    const worker = async (): Promise<void> => {
      while (!stopped) {
        await publish().then(
          () => ok++,
          (error: unknown) => failed.push(error),
        );
      }
    };
    const workers = Promise.all(Array.from({ length: 8 }, worker));
    return {
      answers: async (count) => {
        const goal = ok + count;
        await eventually(() => ok >= goal || failed.length > 0, 20_000);
      },
      stop: async () => {
        stopped = true;
        await workers;
        return failed;
      },
    };
  }

  test('no unary call of a client without a retry policy fails while gateways are replaced one after the other', async () => {
    let current = await start();
    let next = await start();
    for (let round = 0; round < 3; round++) {
      const channel = createChannel(`ipv4:${current.address},${next.address}`, undefined, {
        'grpc.use_local_subchannel_pool': 1,
      });
      const client = detailedClients.create(IngestServiceDefinition, channel);
      const calls = load(() => client.publish({ events: [] }));
      await calls.answers(50);
      await current.drain(20_000);
      await calls.answers(50);
      expect(await calls.stop()).toEqual([]);
      channel.close();
      current = next;
      next = await start();
    }
  });

  test('a retrying client of one address sees no failure when a gateway restarts on its port', async () => {
    const first = await start();
    const channel = ownChannel(first.address, {
      'grpc.initial_reconnect_backoff_ms': 20,
      'grpc.max_reconnect_backoff_ms': 50,
    });
    const client = detailedClients.create(IngestServiceDefinition, channel);
    const publish = async (attempt = 0): Promise<unknown> => {
      try {
        return await client.publish({ events: [] });
      } catch (error) {
        if (attempt === 200) throw error;
        await pause(25);
        return publish(attempt + 1);
      }
    };
    const calls = load(() => publish());
    await calls.answers(50);
    await first.drain(20_000);
    const second = await testGateway([ingest, metrics], {
      listen: { host: '127.0.0.1', port: first.port },
    });
    running.push(second);
    await calls.answers(50);
    expect(await calls.stop()).toEqual([]);
    channel.close();
    expect(await second.registry.metrics()).toMatch(/handled_total{[^}]*Publish[^}]*"OK"} [1-9]/);
  });

  test('calls under way are answered before it resolves', async () => {
    const gateway = await start();
    const channel = ownChannel(gateway.address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    const slow = client.publish({ clientId: 'slow' });
    await eventually(async () => inFlight(await gateway.registry.metrics()) === 1);
    await gateway.drain(5_000);
    await expect(slow).resolves.toEqual({ results: [] });
    channel.close();
  });

  test('streams end with SHUTTING_DOWN and RetryInfo, though their handlers do not look at the signal', async () => {
    const gateway = await start();
    const channel = ownChannel(gateway.address);
    let seen = 0;
    const watching = (async () => {
      const client = detailedClients.create(MetricsServiceDefinition, channel);
      for await (const one of client.watchMetrics({})) if (one.event !== undefined) seen++;
    })();
    const publishing = (async () => {
      const client = detailedClients.create(IngestServiceDefinition, channel);
      async function* batches(): AsyncGenerator<{ batchNumber: bigint }> {
        yield { batchNumber: 1n };
        await new Promise(() => undefined);
      }
      for await (const one of client.publishStream(batches())) if (one.batchNumber === 1n) seen++;
    })();
    await eventually(() => seen === 2);
    const startMs = performance.now();
    const ended = Promise.all([failureOf(watching), failureOf(publishing)]);
    await gateway.drain(5_000);
    expect(performance.now() - startMs).toBeLessThan(4_000);
    const expected = { code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN', retryMs: 200 };
    expect(await ended).toMatchObject([expected, expected]);
    channel.close();
  });

  test('what is left after the grace is cut: a stuck call and a reader that reads nothing', async () => {
    const gateway = await start();
    const channel = ownChannel(gateway.address);
    const stuck = failureOf(
      detailedClients.create(IngestServiceDefinition, channel).publish({ clientId: 'stuck' }),
    );
    const watcher = detailedClients.create(MetricsServiceDefinition, channel);
    const stalled = watcher.watchMetrics({ resumeToken: 'firehose' });
    await stalled[Symbol.asyncIterator]().next();
    await eventually(async () => inFlight(await gateway.registry.metrics()) === 2);
    const startMs = performance.now();
    await gateway.drain(300);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(['UNAVAILABLE', 'CANCELLED']).toContain((await stuck).code);
    channel.close();
  });

  test('a second drain waits for the first, and nothing listens afterwards', async () => {
    const gateway = await start();
    const first = gateway.drain(1_000);
    expect(gateway.drain(0)).toBe(first);
    await first;
    const channel = ownChannel(gateway.address);
    const call = detailedClients.create(IngestServiceDefinition, channel).publish({});
    expect(await failureOf(call)).toMatchObject({ code: 'UNAVAILABLE' });
    channel.close();
  });
});
