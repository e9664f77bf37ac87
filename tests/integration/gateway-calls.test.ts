import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { fieldError } from '@bytebasket/server/gateway/field-error';
import { ServiceError } from '@bytebasket/server/gateway/service-error';
import type { ServiceContext } from '@bytebasket/server/gateway/service-module';
import { PortError } from '@bytebasket/server/ports/errors';
import type { Channel } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, detailedClients, eventually, failureOf } from '../support/test-gateway.js';
import { ownChannel, serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

/** What the services below do, by the client id or page token of the request. */
const ERRORS: Readonly<Record<string, () => Error>> = {
  saturated: () =>
    new ServiceError(ErrorReason.GATEWAY_SATURATED, 'the gateway has 9 events waiting', {
      metadata: { limit: '9' },
      retryDelayMs: 1_250,
    }),
  metric: () =>
    new ServiceError(ErrorReason.METRIC_UNKNOWN, 'there is no metric x', {
      metadata: { metric: 'x' },
    }),
  'log-down': () => new PortError('Unavailable', 'disk of 10.0.0.7 is gone'),
  'log-full': () => new PortError('Throttled', 'queue is full', { retryAfterMs: 40 }),
  conflict: () => new PortError('Conflict', 'row 17 of secrets'),
  bug: () => new TypeError('secret is not a function'),
  fields: () =>
    fieldError(
      Array.from({ length: 20 }, (_one, index) => ({
        field: `events[${index}].${'x'.repeat(600)}`,
        rule: 'string.pattern',
        message: `bad \ud800 ${'y'.repeat(2_000)}`,
        value: 'z'.repeat(2_000),
      })),
    ),
};

/** Ends only when told to, and remembers that it was. */
const aborted: string[] = [];
async function untilAborted(name: string, context: ServiceContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => {
      aborted.push(name);
      reject(context.signal.reason as Error);
    };
    if (context.signal.aborted) abort();
    else context.signal.addEventListener('abort', abort, { once: true });
  });
}

const ingest = serviceModule(IngestServiceDefinition, {
  async publish({ clientId }, context) {
    const error = ERRORS[clientId];
    if (error !== undefined) throw error();
    if (clientId === 'wait') return untilAborted('wait', context);
    if (clientId === 'deaf') return new Promise<never>(() => undefined);
    return { results: [] };
  },
  async *publishStream(requests, context) {
    for await (const { batchNumber } of requests) {
      if (batchNumber === 66n) throw ERRORS['saturated']?.() ?? new Error();
      if (batchNumber === 77n) await untilAborted('stream', context);
      yield { batchNumber };
    }
  },
});
const metrics = serviceModule(MetricsServiceDefinition, {
  listMetrics: (_request, context) =>
    Promise.resolve({ nextPageToken: String(Math.round((context.deadlineMs ?? 0) - Date.now())) }),
  queryMetrics: () => Promise.resolve({}),
  async *watchMetrics(_request, context) {
    yield {
      event: { $case: 'checkpoint' as const, value: { resumeToken: String(context.deadlineMs) } },
    };
    await untilAborted('watch', context);
  },
});

describe('calls through the gateway', () => {
  let gateway: TestGateway;
  let channel: Channel;

  beforeAll(async () => {
    gateway = await testGateway([ingest, metrics], {
      limits: { unaryDeadlineMs: 300, deadlineMsMax: 600 },
    });
    channel = ownChannel(gateway.address, { 'grpc.max_send_message_length': -1 });
  });
  afterAll(async () => {
    channel.close();
    await gateway.drain(1_000);
  });

  /** One call over bare HTTP/2, so that the test chooses every byte and header. */
  async function rawCall(
    method: string,
    body: Buffer,
    headers: Record<string, string> = {},
  ): Promise<RawReply> {
    const session = http2.connect(`http://${gateway.address}`);
    const path = method.startsWith('/') ? method : `/bytebasket.ingest.v1.IngestService/${method}`;
    try {
      return await new Promise((resolve, reject) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': path,
          'content-type': 'application/grpc',
          te: 'trailers',
          ...headers,
        });
        const read = (found: http2.IncomingHttpHeaders): void => {
          if (found['grpc-status'] === undefined) return;
          const details = String(found['grpc-status-details-bin'] ?? '');
          const text = Buffer.from(details, 'base64').toString('latin1');
          const reason = Object.keys(ErrorReason).find((name) =>
            text.includes(`\n${String.fromCharCode(name.length)}${name}`),
          );
          resolve({ status: Number(found['grpc-status']), reason });
        };
        stream.on('response', read).on('trailers', read).on('error', reject);
        stream.resume();
        stream.end(body);
      });
    } finally {
      session.destroy();
    }
  }

  const publish = (clientId: string, signal?: AbortSignal): Promise<unknown> =>
    detailedClients
      .create(IngestServiceDefinition, channel)
      .publish({ events: [], clientId }, signal === undefined ? {} : { signal });

  describe('errors', () => {
    test('a ServiceError leaves with its code, one ErrorInfo and its own RetryInfo', async () => {
      expect(await failureOf(publish('saturated'))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        reason: 'GATEWAY_SATURATED',
        domain: 'bytebasket.dev',
        message: 'the gateway has 9 events waiting',
        metadata: { limit: '9' },
        retryMs: 1_250,
      });
    });

    test.each([
      ['metric', { code: 'NOT_FOUND', reason: 'METRIC_UNKNOWN', retryMs: undefined }],
      ['log-down', { code: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE', retryMs: 500 }],
      ['log-full', { code: 'RESOURCE_EXHAUSTED', reason: 'GATEWAY_SATURATED', retryMs: 40 }],
    ])('%s', async (clientId, expected) => {
      const failure = await failureOf(publish(clientId));
      expect(failure).toMatchObject(expected);
      expect(JSON.stringify(failure)).not.toMatch(/10\.0\.0\.7|queue is full/);
    });

    test.each(['bug', 'conflict'])(
      '%s leaves as INTERNAL; its cause is in the log only',
      async (clientId) => {
        const failure = await failureOf(publish(clientId));
        expect(failure).toMatchObject({ code: 'INTERNAL', reason: 'INTERNAL' });
        expect(JSON.stringify(failure)).not.toContain('secret');
        const { incident } = failure.metadata;
        expect(incident).toMatch(/^[0-9a-f]{12}$/);
        const line = gateway.lines.find((one) => one['incident'] === incident);
        expect(JSON.stringify(line)).toContain('secret');
      },
    );

    test('twenty long violations stay below 8 KiB of trailer and lose no ErrorInfo', async () => {
      const failure = await failureOf(publish('fields'));
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' });
      expect(failure.violations.length).toBeGreaterThanOrEqual(2);
      expect(failure.message).toMatch(/^bad \uFFFD y{900,1100}…$/);
      expect(JSON.stringify(failure).length).toBeLessThan(8_192);
    });

    test('a stream ends with the typed error after what it had answered', async () => {
      const client = detailedClients.create(IngestServiceDefinition, channel);
      const answers: bigint[] = [];
      const call = async (): Promise<void> => {
        for await (const one of client.publishStream(numbers(1n, 2n, 66n, 3n)))
          answers.push(one.batchNumber);
      };
      expect(await failureOf(call())).toMatchObject({
        reason: 'GATEWAY_SATURATED',
        retryMs: 1_250,
      });
      expect(answers).toEqual([1n, 2n]);
    });
  });

  describe('messages that cannot be read', () => {
    test('bytes that do not decode are MALFORMED_MESSAGE', async () => {
      const reply = await rawCall('Publish', frame(Buffer.from([0x0a, 0xff, 0x01])));
      expect(reply).toMatchObject({ status: 3, reason: 'MALFORMED_MESSAGE' });
    });

    test('so are the bytes of a stream', async () => {
      const reply = await rawCall('PublishStream', frame(Buffer.from([0x0a, 0xff, 0x01])));
      expect(reply).toMatchObject({ status: 3, reason: 'MALFORMED_MESSAGE' });
    });

    test('a message above 4 MiB is BATCH_TOO_LARGE', async () => {
      const client = detailedClients.create(IngestServiceDefinition, channel);
      const failure = await failureOf(client.publish({ clientId: 'x'.repeat(5_000_000) }));
      expect(failure).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'BATCH_TOO_LARGE',
        metadata: { limit: '4194304' },
      });
    });

    test('so is a small one that inflates to more', async () => {
      const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
      const reply = await rawCall('Publish', frame(bomb, 1), { 'grpc-encoding': 'gzip' });
      expect(reply).toMatchObject({ status: 3, reason: 'BATCH_TOO_LARGE' });
    });

    test('one that cannot be inflated is MALFORMED_MESSAGE', async () => {
      const reply = await rawCall('Publish', frame(Buffer.from('no gzip'), 1), {
        'grpc-encoding': 'gzip',
      });
      expect(reply).toMatchObject({ status: 3, reason: 'MALFORMED_MESSAGE' });
    });

    test('an unknown method is METHOD_UNKNOWN', async () => {
      const reply = await rawCall('Nothing', frame(Buffer.alloc(0)));
      expect(reply).toMatchObject({ status: 12, reason: 'METHOD_UNKNOWN' });
    });

    test('a grpc-timeout that is no time is FIELD_INVALID', async () => {
      const reply = await rawCall('Publish', frame(Buffer.alloc(0)), {
        'grpc-timeout': 'soon',
      });
      expect(reply).toMatchObject({ status: 3, reason: 'FIELD_INVALID' });
    });
  });

  describe('deadlines', () => {
    const timed = async (call: Promise<unknown>): Promise<number> => {
      const startMs = performance.now();
      expect(await failureOf(call)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      return performance.now() - startMs;
    };

    test.each(['wait', 'deaf'])(
      'a unary call without one ends after the default (%s)',
      async (clientId) => {
        const failure = await failureOf(publish(clientId));
        expect(failure).toMatchObject({
          reason: 'DEADLINE_EXCEEDED',
          metadata: { deadline_ms: '300' },
        });
      },
    );

    test('the handler is told', async () => {
      aborted.length = 0;
      await timed(publish('wait'));
      expect(aborted).toEqual(['wait']);
    });

    test('a longer one is cut to the longest allowed', async () => {
      const reply = rawCall('Publish', frame(Buffer.from('\x12\x04deaf')), {
        'grpc-timeout': '50S',
      });
      const startMs = performance.now();
      expect(await reply).toMatchObject({ status: 4, reason: 'DEADLINE_EXCEEDED' });
      expect(performance.now() - startMs).toBeLessThan(10_000);
    });

    test('a shorter one is kept, and answered with its length', async () => {
      const body = frame(Buffer.from('\x12\x04wait'));
      aborted.length = 0;
      const reply = await rawCall('Publish', body, { 'grpc-timeout': '80m' });
      expect(reply).toMatchObject({ status: 4, reason: 'DEADLINE_EXCEEDED' });
      await eventually(() => aborted.length === 1);
    });

    test('the service sees it', async () => {
      const client = detailedClients.create(MetricsServiceDefinition, channel);
      const { nextPageToken } = await client.listMetrics({});
      expect(Number(nextPageToken)).toBeGreaterThan(150);
      expect(Number(nextPageToken)).toBeLessThanOrEqual(300);
    });

    test('a stream has none unless it asks', async () => {
      const path = '/bytebasket.metrics.v1.MetricsService/WatchMetrics';
      const client = detailedClients.create(MetricsServiceDefinition, channel);
      const stop = new AbortController();
      const [first] = await readOne(client.watchMetrics({}, { signal: stop.signal }));
      expect(first).toMatchObject({ event: { value: { resumeToken: 'undefined' } } });
      stop.abort();
      aborted.length = 0;
      const reply = await rawCall(path, frame(Buffer.alloc(0)), {
        'grpc-timeout': '100m',
      });
      expect(reply).toMatchObject({ status: 4, reason: 'DEADLINE_EXCEEDED' });
      await eventually(() => aborted.includes('watch'));
    });
  });

  test('a cancelled call aborts its handler and frees its place', async () => {
    aborted.length = 0;
    const stop = new AbortController();
    const call = publish('wait', stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 50);
    await expect(call).rejects.toThrow('aborted');
    await eventually(() => aborted.length === 1);
    await eventually(async () =>
      (await gateway.registry.metrics()).includes('bytebasket_gateway_calls_in_flight 0'),
    );
  });

  test('the log names no payload, and failed calls once', async () => {
    const text = JSON.stringify(gateway.lines);
    expect(text).not.toContain('xxxxxxxx');
    const line = gateway.lines.find((one) => one['reason'] === 'METRIC_UNKNOWN');
    expect(line).toMatchObject({ code: 'NOT_FOUND', clientId: 'anonymous', level: 30 });
    expect(await collect(numbers(1n))).toEqual([{ batchNumber: 1n }]);
  });
});

async function* numbers(...all: readonly bigint[]): AsyncGenerator<{ batchNumber: bigint }> {
  await Promise.resolve();
  for (const batchNumber of all) yield { batchNumber };
}

async function readOne<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const step = await stream[Symbol.asyncIterator]().next();
  return step.done === true ? [] : [step.value];
}

function frame(message: Buffer, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

interface RawReply {
  readonly status: number;
  readonly reason: string | undefined;
}
