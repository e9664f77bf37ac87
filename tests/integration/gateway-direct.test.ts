import http2 from 'node:http2';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  IngestServiceDefinition,
  PublishRequest,
  PublishStreamRequest,
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
/** Messages that streams were given. */
let taken = 0;
let release: (() => void) | undefined;

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
  async *publishStream(requests, context) {
    look(context);
    for await (const { batchNumber, clientId } of requests) {
      taken += 1;
      if (clientId === 'fail') throw new ServiceError(ErrorReason.GATEWAY_SATURATED, 'full');
      if (clientId === 'wait') {
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        abortedCalls += 1;
      }
      if (clientId === 'head') context.header.set('x-head', 'h');
      if (clientId === 'tail') context.trailer.set('x-tail', 't');
      if (clientId === 'hold') await new Promise((resolve) => (release = resolve as () => void));
      yield { batchNumber };
    }
  },
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

const batch = (batchNumber: number, clientId = ''): Buffer => {
  const message = { batchNumber: BigInt(batchNumber), events: [], clientId };
  return frame(PublishStreamRequest.encode(message).finish());
};
const bytewise = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.of(byte));
const PUBLISH = '/bytebasket.ingest.v1.IngestService/Publish';
const PUBLISH_STREAM = `${PUBLISH}Stream`;

describe('plain calls', () => {
  let gateway: TestGateway;
  let session: http2.ClientHttp2Session;

  beforeAll(async () => {
    gateway = await testGateway([ingest], { limits: { receiveBytesMax: 1_000 } });
    session = http2.connect(`http://${gateway.address}`);
  });
  beforeEach(() => {
    abortedCalls = 0;
    taken = 0;
  });
  afterAll(async () => {
    session.destroy();
    await gateway.drain(1_000);
  });

  function open(type: string, headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    return session.request({
      ':method': 'POST',
      ':path': PUBLISH,
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
    stream.on('response', (found) => (headers = { ...found } as Record<string, unknown>));
    stream.on('trailers', (found) => (trailers = { ...found } as Record<string, unknown>));
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
    'one in many pieces': bytewise(request('good')),
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

  const STREAMS: Readonly<Record<string, readonly Buffer[]>> = {
    'one message': [batch(1)],
    'messages in many pieces': bytewise(Buffer.concat([batch(1), batch(300)])),
    'many messages in one piece': [Buffer.concat([1, 2, 3, 4, 5].map((n) => batch(n)))],
    'pieces that cross messages': [
      Buffer.concat([batch(1), batch(2), batch(3).subarray(0, 3)]),
      Buffer.concat([batch(3).subarray(3), batch(4)]),
    ],
    'no message': [],
    'an empty message': [frame(Buffer.alloc(0)), batch(2)],
    'a message and half of one': [batch(1), batch(2).subarray(0, 6)],
    'a header of its own': [batch(1, 'head'), batch(2)],
    'a trailer of its own': [batch(1), batch(2, 'tail')],
    'a failure': [batch(1), batch(2, 'fail'), batch(3)],
    'a failure at once': [batch(1, 'fail')],
    'bytes that do not decode': [batch(1), frame(Buffer.from('ffffff', 'hex'))],
    'a message that is too large': [batch(1), frame(Buffer.alloc(10), 1_001)],
  };

  test.each(Object.keys(STREAMS))('a stream with %s is answered as grpc-js does', async (name) => {
    const parts = STREAMS[name] ?? [];
    const path = { ':path': PUBLISH_STREAM };
    const reference = await call('application/grpc+json', parts, path);
    expect(seen.direct).toBe(false);
    expect(await call('application/grpc', parts, path)).toEqual(reference);
    expect(seen.direct).toBe(true);
  });

  test('end streams at their deadline, and their handler is told', async () => {
    const extra = { ':path': PUBLISH_STREAM, 'grpc-timeout': '60m' };
    const parts = [batch(1), batch(2, 'wait')];
    const reference = await call('application/grpc+json', parts, extra);
    expect(await call('application/grpc', parts, extra)).toEqual(reference);
    expect(reference.trailers['grpc-status']).toBe('4');
    await eventually(() => abortedCalls === 2);
  });

  test('that stream are slowed down by a service that does not read on', async () => {
    const stream = open('application/grpc', { ':path': PUBLISH_STREAM });
    const large = frame(Buffer.concat([Buffer.of(0x1a, 0x80, 0x07), Buffer.alloc(896, 'a')]));
    stream.write(batch(1, 'hold'));
    await eventually(() => taken === 1);
    let written = 0;
    for (let i = 0; i < 2_000; i++) stream.write(large, () => (written += 1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The window of a stream is 64 KiB; what is on its way beyond it, the client keeps.
    expect(written).toBeLessThan(400);
    expect(taken).toBe(1);
    release?.();
    stream.end();
    stream.resume();
    await eventually(() => taken === 2_001);
  });

  test('that stream to a caller who does not read are held, and end when it goes', async () => {
    const stream = open('application/grpc', { ':path': PUBLISH_STREAM });
    stream.pause();
    const many = Buffer.concat(Array.from({ length: 1_000 }, (_, i) => batch(i + 1)));
    let written = 0;
    for (let i = 0; i < 60; i++) stream.write(many, () => (written += 1));
    await eventually(() => taken > 1_000);
    let before = -1;
    await eventually(async () => {
      const settled = taken === before;
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return settled;
    });
    expect(taken).toBeLessThan(40_000);
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await eventually(async () => /calls_in_flight 0$/m.test(await gateway.registry.metrics()));
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
