import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Channel } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../support/manual-clock.js';
import type { ManualClock } from '../support/manual-clock.js';
import { detailedClients, eventually, failureOf } from '../support/test-gateway.js';
import { ownChannel, serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const INGEST = IngestServiceDefinition.fullName;
const METRICS = MetricsServiceDefinition.fullName;

const services = [
  serviceModule(IngestServiceDefinition, {
    publish: () => Promise.resolve({}),
    async *publishStream(requests) {
      for await (const { batchNumber } of requests) yield { batchNumber };
    },
  }),
  serviceModule(MetricsServiceDefinition, {
    listMetrics: () => Promise.resolve({}),
    queryMetrics: () => Promise.resolve({}),
    async *watchMetrics() {
      await Promise.resolve();
      yield {};
    },
  }),
];

describe('health of the gateway', () => {
  let gateway: TestGateway;
  let channel: Channel;
  let clock: ManualClock;
  let log: () => Promise<void>;

  beforeEach(async () => {
    clock = manualClock();
    log = () => Promise.resolve();
    gateway = await testGateway(services, {
      clock,
      admin: { host: '127.0.0.1', port: 0 },
      healthProbes: [{ name: 'log', services: [INGEST], check: () => log() }],
    });
    channel = ownChannel(gateway.address);
  });
  afterEach(async () => {
    channel.close();
    await gateway.drain(500);
  });

  const status = async (service: string): Promise<number> => {
    const { status: found } = await detailedClients
      .create(HealthDefinition, channel)
      .check({ service });
    return found;
  };
  const ready = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${gateway.adminPort ?? 0}/readyz`)).status;

  test('everything serves while the probes hold', async () => {
    expect([await status(''), await status(INGEST), await status(METRICS)]).toEqual([
      SERVING,
      SERVING,
      SERVING,
    ]);
    expect(await ready()).toBe(200);
  });

  test('an unknown service is NOT_FOUND', async () => {
    const client = detailedClients.create(HealthDefinition, channel);
    const failure = await failureOf(client.check({ service: 'shop.v1.Nothing' }));
    expect(failure).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a log that cannot write takes down what needs it and the whole, until it can again', async () => {
    log = () => Promise.reject(new Error('no space left'));
    await clock.advance(1_000);
    await eventually(async () => (await status('')) === NOT_SERVING);
    expect(await status(INGEST)).toBe(NOT_SERVING);
    expect(await status(METRICS)).toBe(SERVING);
    expect(await ready()).toBe(503);
    log = () => Promise.resolve();
    await clock.advance(1_000);
    await eventually(async () => (await status('')) === SERVING);
    const lines = gateway.lines.filter((line) => line['probe'] === 'log');
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'health probe failed', level: 50, reason: 'no space left' }),
      expect.objectContaining({ msg: 'healthy again', level: 30 }),
    ]);
    expect(lines[0]).not.toHaveProperty('err');
  });

  test('a probe that hangs counts as failed after a second', async () => {
    log = () => new Promise(() => undefined);
    await clock.advance(1_000);
    await eventually(async () => (await status(INGEST)) === NOT_SERVING);
  });

  test('Watch tells the state and every change, and an unknown service as such', async () => {
    const client = detailedClients.create(HealthDefinition, channel);
    const stop = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const one of client.watch({ service: INGEST }, { signal: stop.signal }))
        seen.push(one.status);
    })();
    await eventually(() => seen.length === 1);
    log = () => Promise.reject(new Error('gone'));
    await clock.advance(1_000);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([SERVING, NOT_SERVING]);
    const unknown = client.watch({ service: 'x' }, { signal: stop.signal })[Symbol.asyncIterator]();
    expect((await unknown.next()).value).toEqual({ status: SERVICE_UNKNOWN });
    stop.abort();
    await expect(watching).rejects.toThrow('aborted');
  });

  test('a drain tells watchers NOT_SERVING before their stream ends', async () => {
    const client = detailedClients.create(HealthDefinition, channel);
    const seen: number[] = [];
    const watching = (async () => {
      for await (const one of client.watch({ service: '' })) seen.push(one.status);
    })();
    await eventually(() => seen.length === 1);
    const [failure] = await Promise.all([failureOf(watching), gateway.drain(1_000)]);
    expect(seen).toEqual([SERVING, NOT_SERVING]);
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN', retryMs: 200 });
  });

  test('a probe that fails at the start is known before the first call, and is no error', async () => {
    let check = () => Promise.reject(new Error('not yet', { cause: new Error('warming up') }));
    const other = await testGateway(services, {
      clock,
      healthProbes: [{ name: 'late', check: () => check() }],
      admin: { host: '127.0.0.1', port: 0 },
    });
    const own = () => other.lines.filter((line) => line['probe'] === 'late');
    const first = { level: 30, msg: 'not healthy yet', reason: 'not yet: warming up' };
    expect((await fetch(`http://127.0.0.1:${other.adminPort ?? 0}/readyz`)).status).toBe(503);
    await clock.advance(3_000);
    expect(own()).toEqual([expect.objectContaining(first)]);
    check = () => Promise.resolve() as Promise<never>;
    await clock.advance(1_000);
    await eventually(() => own().length === 2);
    expect(own()[1]).toMatchObject({ level: 30, msg: 'healthy' });
    expect((await fetch(`http://127.0.0.1:${other.adminPort ?? 0}/readyz`)).status).toBe(200);
    await other.drain(100);
  });
});
