import http2 from 'node:http2';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  IngestServiceDefinition,
  PublishRequest,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { ServiceError } from '@bytebasket/server/gateway/service-error';
import type { ServiceContext } from '@bytebasket/server/gateway/service-module';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serviceModule, testGateway, type TestGateway } from '../support/test-gateway.js';
import { eventually } from '../support/test-gateway.js';

/** What the handler saw of the newest call. */
let seen: {
  readonly text: string | undefined;
  readonly binary: Uint8Array | undefined;
  readonly all: readonly string[];
  readonly hidden: readonly boolean[];
  readonly direct: boolean;
};
let abortedCalls = 0;

function look({ metadata }: ServiceContext): void {
  seen = {
    text: metadata.get('X-Text'),
    binary: metadata.get('x-data-bin'),
    all: metadata.getAll('x-text'),
    hidden: ['te', 'content-type', 'grpc-timeout', ':path'].map((key) => metadata.has(key)),
    // nice-grpc makes its metadata as plain objects.
    direct: Object.getPrototypeOf(metadata) !== Object.prototype,
  };
}

const ingest = serviceModule(IngestServiceDefinition, {
  async publish({ clientId }, context) {
    look(context);
    context.header.set('x-head', 'h');
    context.trailer.set('x-tail-bin', Uint8Array.of(1, 2));
    if (clientId === 'early') context.sendHeader();
    if (clientId === 'early' || clientId === 'fail') {
      throw new ServiceError(ErrorReason.GATEWAY_SATURATED, 'full – ü', {
        metadata: { limit: '9' },
      });
    }
    if (clientId === 'wait') {
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      abortedCalls += 1;
    }
    return { results: [] };
  },
  async *publishStream() {},
});

interface Reply {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const frame = (message: Uint8Array, bytes = message.length): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes, 1);
  return Buffer.concat([prefix, message]);
};
const request = (clientId: string): Buffer =>
  frame(PublishRequest.encode({ events: [], clientId, batchNumber: 0n }).finish());

describe('plain unary calls', () => {
  let gateway: TestGateway;
  let session: http2.ClientHttp2Session;

  beforeAll(async () => {
    gateway = await testGateway([ingest], { limits: { receiveBytesMax: 1_000 } });
    session = http2.connect(`http://${gateway.address}`);
  });
  beforeEach(() => (abortedCalls = 0));
  afterAll(async () => {
    session.destroy();
    await gateway.drain(1_000);
  });

  function open(type: string, headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    return session.request({
      ':method': 'POST',
      ':path': '/bytebasket.ingest.v1.IngestService/Publish',
      'content-type': type,
      te: 'trailers',
      ...headers,
    });
  }

  /** Sends the parts one after the other, each in a frame of its own, and waits for the end of the answer. */
  async function call(
    type: string,
    parts: readonly Buffer[],
    extra: http2.OutgoingHttpHeaders = {},
  ): Promise<Reply> {
    const stream = open(type, extra);
    let headers: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    let body = '';
    stream.on('response', (found) => (headers = { ...found }));
    stream.on('trailers', (found) => (trailers = { ...found }));
    stream.on('data', (chunk: Buffer) => (body += chunk.toString('hex')));
    const ended = new Promise<void>((resolve, reject) => {
      stream.on('close', resolve).on('error', reject);
    });
    for (const part of parts) {
      stream.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    stream.end();
    await ended;
    delete headers['date'];
    const message = headers['grpc-message'];
    // grpc-js calls every method that has one request so.
    if (typeof message === 'string') {
      headers['grpc-message'] = message.replace('server%20streaming', 'unary');
    }
    return { headers, trailers, body };
  }

  const CALLS: Readonly<Record<string, readonly Buffer[]>> = {
    'a good one': [request('good')],
    'one in many pieces': [...request('good')].map((byte) => Buffer.of(byte)),
    'one that fails': [request('fail')],
    'one that fails after its header was sent': [request('early')],
    'one without a message': [],
    'half of one': [request('good').subarray(0, 7)],
    'half of a prefix': [request('good').subarray(0, 3)],
    'an empty message': [frame(Buffer.alloc(0))],
    'bytes that do not decode': [frame(Buffer.from('ffffff', 'hex'))],
    'two messages': [request('good'), request('good')],
    'a message as large as allowed': [frame(Buffer.alloc(1_000, Buffer.from('1800', 'hex')))],
    'a larger one': [frame(Buffer.alloc(10), 1_001)],
  };

  test.each(Object.keys(CALLS))('%s is answered as grpc-js does', async (name) => {
    const parts = CALLS[name] ?? [];
    // Another content type of gRPC is left to grpc-js.
    const reference = await call('application/grpc+json', parts);
    expect(await call('application/grpc', parts)).toEqual(reference);
    expect(await call('application/grpc+proto', parts)).toEqual(reference);
    const status = reference.headers['grpc-status'] ?? reference.trailers['grpc-status'];
    expect(status).toMatch(/^\d+$/);
  });

  test('show their handler the same metadata', async () => {
    const extra = { 'x-text': ['a', 'b'], 'x-data-bin': 'AQI=', 'grpc-timeout': '5S' };
    await call('application/grpc+json', [request('good')], extra);
    const reference = seen;
    await call('application/grpc', [request('good')], extra);
    expect([reference.direct, seen.direct]).toEqual([false, true]);
    expect(seen).toEqual({ ...reference, direct: true });
    expect(seen).toMatchObject({ text: 'a, b', binary: Buffer.of(1, 2) });
  });

  test('end at their deadline, and their handler is told', async () => {
    const extra = { 'grpc-timeout': '40m' };
    const reference = await call('application/grpc+json', [request('wait')], extra);
    expect(await call('application/grpc', [request('wait')], extra)).toEqual(reference);
    expect(reference.headers['grpc-status']).toBe('4');
    await eventually(() => abortedCalls === 2);
    await counted('DeadlineExceeded', 2);
  });

  test('that their caller cancels abort their handler and free their place', async () => {
    const stream = open('application/grpc', {});
    stream.end(request('wait'));
    await eventually(async () => /calls_in_flight 1$/m.test(await gateway.registry.metrics()));
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await eventually(() => abortedCalls === 1);
    await eventually(async () => /calls_in_flight 0$/m.test(await gateway.registry.metrics()));
    await counted('Canceled', 1);
  });

  test('that end before their message is there never were calls', async () => {
    const stream = open('application/grpc', {});
    stream.write(request('good').subarray(0, 6));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await call('application/grpc', [request('good')]);
    expect(await gateway.registry.metrics()).toMatch(/calls_in_flight 0$/m);
  });

  async function counted(code: string, calls: number): Promise<void> {
    const line = new RegExp(`handled_total\\{[^}]*grpc_code="(\\w+)"\\} ${calls}$`, 'gm');
    await eventually(async () => {
      const text = await gateway.registry.metrics();
      return [...text.matchAll(line)].some(([, found]) => found?.startsWith(code.slice(0, 6)));
    });
  }
});
