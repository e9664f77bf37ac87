import http2 from 'node:http2';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  IngestServiceDefinition,
  PublishRequest,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mulberry32, testSeed } from '../support/random.js';
import { detailedClients, eventually, ownChannel } from '../support/test-gateway.js';
import { serviceModule, testGateway } from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const ingest = serviceModule(IngestServiceDefinition, {
  publish: ({ events }) => Promise.resolve({ results: events.map(() => ({ status: 1 })) }),
  async *publishStream(requests) {
    for await (const { batchNumber } of requests) yield { batchNumber };
  },
});

const SEED = testSeed();
const REQUESTS = 600;

interface Attack {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  /** Break off in the middle instead of ending. */
  readonly reset: boolean;
}

/** A valid request with one to four things wrong with it. */
function attack(random: () => number): Attack {
  const below = (n: number): number => Math.floor(random() * n);
  const event = Event.fromPartial({
    eventId: `0197-${below(1e9)}`,
    anonymousId: 'a'.repeat(below(60)),
  });
  const message = Buffer.from(
    PublishRequest.encode(PublishRequest.fromPartial({ events: [event, event] })).finish(),
  );
  const gzip = random() < 0.3;
  const content = gzip ? gzipSync(message) : message;
  const head = Buffer.alloc(5);
  head.writeUInt8(gzip || random() < 0.2 ? 1 : 0, 0);
  head.writeUInt32BE(content.length, 1);
  let body = Buffer.concat([head, content]);
  for (let change = below(4); change >= 0; change--) {
    const kind = below(5);
    if (kind === 0) body[below(body.length)] = below(256);
    else if (kind === 1) body = body.subarray(0, below(body.length) + 1);
    else if (kind === 2) body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    else if (kind === 3 && body.length > 5) body.writeUInt32BE(below(2 ** 32), 1);
    else body = Buffer.concat([body, body.subarray(0, below(body.length))]);
  }
  const encodings = ['gzip', 'deflate', 'identity', 'snappy', ''];
  const headers: Record<string, string> = {
    'grpc-encoding': encodings[below(encodings.length)] ?? '',
  };
  if (random() < 0.2)
    headers['grpc-timeout'] = ['1n', '-1S', '99999999H', 'x', '0m'][below(5)] ?? '';
  if (random() < 0.2) headers['authorization'] = 'Bearer '.repeat(below(50));
  if (random() < 0.1) headers['grpc-status-details-bin'] = '!!!not base64!!!';
  return { body, headers, reset: random() < 0.15 };
}

describe('a gateway under attack', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await testGateway([ingest]);
  });
  afterAll(() => gateway.drain(500));

  const works = async (): Promise<void> => {
    const channel = ownChannel(gateway.address);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    expect(await client.publish({ events: [{}] })).toMatchObject({ results: [{ status: 1 }] });
    channel.close();
  };

  function send(
    session: http2.ClientHttp2Session,
    { body, headers, reset }: Attack,
    path: string,
  ): Promise<void> {
    return new Promise((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      // A cut message leaves the server waiting for the rest, which is right; the test does not wait with it.
      const timer = setTimeout(() => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
      }, 500);
      stream.on('error', () => undefined);
      stream.on('close', () => {
        clearTimeout(timer);
        resolve();
      });
      stream.resume();
      if (reset) {
        stream.write(body);
        setImmediate(() => {
          stream.close(http2.constants.NGHTTP2_CANCEL);
        });
      } else {
        stream.end(body);
      }
    });
  }

  test(`${REQUESTS} broken requests (seed ${SEED}) neither stop it nor leave calls behind`, async () => {
    const random = mulberry32(SEED);
    const session = http2.connect(`http://${gateway.address}`);
    session.on('error', () => undefined);
    const methods = ['Publish', 'PublishStream', 'Nothing'];
    for (let sent = 0; sent < REQUESTS; sent += 50) {
      const wave = Array.from({ length: 50 }, () => {
        const method = methods[Math.floor(random() * methods.length)] ?? '';
        return send(session, attack(random), `/bytebasket.ingest.v1.IngestService/${method}`);
      });
      await Promise.all(wave);
    }
    session.destroy();
    await works();
    await eventually(async () =>
      /^bytebasket_gateway_calls_in_flight 0$/m.test(await gateway.registry.metrics()),
    );
    expect(gateway.lines.filter((line) => line['level'] === 50)).toEqual([]);
  });

  test.each([
    ['HTTP/1.1', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['TLS to a plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    [
      'a preface and garbage',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff',
    ],
    ['nothing but a reset', ''],
  ])('%s does not stop it', async (_name, bytes) => {
    await new Promise<void>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1', () => {
        if (bytes === '') socket.resetAndDestroy();
        else socket.end(Buffer.from(bytes, 'latin1'));
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve();
      });
      socket.resume();
    });
    await works();
  });
});
