import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What the fuzzer needs: where to send and well-formed messages to spoil. */
export interface FuzzTarget {
  readonly host: string;
  readonly port: number;
  /** Paths of RPCs with a valid encoded request each. */
  readonly calls: readonly { readonly path: string; readonly message: Buffer }[];
}

type Random = () => number;
type Headers = Record<string, string | string[]>;

interface Attack {
  readonly headers: Headers;
  readonly body: Buffer;
  /** Resets the stream after this share of the body, 0 to 1; undefined sends it all. */
  readonly resetAt: number | undefined;
}

const pick = <T>(random: Random, from: readonly T[]): T => {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new RangeError('nothing to pick from');
  return chosen;
};
const bytes = (random: Random, length: number) =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

/** A gRPC frame: compressed flag, length, message. */
function frame(message: Buffer, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

function flipBits(random: Random, message: Buffer): Buffer {
  const copy = Buffer.from(message);
  for (let i = 0; i < 1 + Math.floor(random() * 8) && copy.length > 0; i++) {
    const at = Math.floor(random() * copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return copy;
}

/** Ways to spoil the bytes of a request. */
const BODIES: readonly ((random: Random, message: Buffer) => Buffer)[] = [
  (random, message) => frame(flipBits(random, message)),
  (random, message) => flipBits(random, frame(message)),
  (random, message) => frame(message).subarray(0, Math.floor(random() * (message.length + 5))),
  (random, message) => frame(message, 0, Math.floor(random() * 2 ** 32)),
  (random, message) =>
    frame(message, 0, Math.max(0, message.length - 1 - Math.floor(random() * 20))),
  (random) => frame(bytes(random, Math.floor(random() * 200)), 1),
  (_random, message) => frame(gzipSync(message), 1),
  (random, message) => frame(flipBits(random, gzipSync(message)), 1),
  (random, message) => frame(gzipSync(message).subarray(0, Math.floor(random() * 30)), 1),
  (random, message) => frame(message, Math.floor(random() * 256)),
  (_random, message) => Buffer.concat([frame(message), frame(message)]),
  (random) => bytes(random, Math.floor(random() * 300)),
  () => Buffer.alloc(0),
];

/** Ways to spoil its headers. */
const HEADERS: readonly ((random: Random) => Headers)[] = [
  () => ({}),
  () => ({}),
  () => ({}),
  () => ({ 'grpc-encoding': 'gzip' }),
  () => ({ 'grpc-encoding': 'deflate' }),
  (random) => ({ 'grpc-encoding': pick(random, ['br', 'identity', '', 'gzip,gzip', '\u00e9']) }),
  (random) => ({
    'grpc-timeout': pick(random, ['', '-1S', '1', '99999999999H', '1n', 'S', '0m', '1x']),
  }),
  (random) => ({
    'content-type': pick(random, ['', 'text/html', 'application/grpc+', 'application/grpc+json']),
  }),
  (random) => ({ 'some-bin': pick(random, ['%%%', '=', 'AAAA====', '\u00ff', 'a,b,,c']) }),
  (random) => ({
    authorization: pick(random, ['', 'Bearer', `Bearer ${'x'.repeat(5000)}`, 'Basic AA==']),
  }),
  (random) => ({
    [`x-${'y'.repeat(Math.floor(random() * 200))}`]: 'z'.repeat(Math.floor(random() * 6000)),
  }),
  (random) => ({ ':method': pick(random, ['GET', 'PUT', 'HEAD', 'OPTIONS']) }),
  (random) => ({
    ':path': pick(random, [
      '/',
      '//',
      '/a',
      '/a/b/c',
      `/${'p'.repeat(3000)}`,
      '/%00',
      '/grpc.health.v1.Health/Nope',
    ]),
  }),
  () => ({ te: 'gzip' }),
];

/** A spoiled request; the same random numbers give the same one. */
function attackOf(random: Random, target: FuzzTarget): Attack {
  const { path, message } = pick(random, target.calls);
  const plain: Headers = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  return {
    headers: { ...plain, ...pick(random, HEADERS)(random) },
    body: pick(random, BODIES)(random, message),
    resetAt: random() < 0.15 ? random() : undefined,
  };
}

/** A subscription never ends by itself: it is cancelled after this. */
const ANSWER_MS = 200;

/** Sends one request and resolves when its stream is closed, however it ended. */
async function send(session: ClientHttp2Session, attack: Attack): Promise<void> {
  await new Promise<void>((resolve) => {
    const stream = session.request(attack.headers);
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), ANSWER_MS);
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    stream.resume();
    if (attack.resetAt === undefined) {
      stream.end(attack.body);
      return;
    }
    stream.write(attack.body.subarray(0, Math.floor(attack.body.length * attack.resetAt)));
    setImmediate(() => stream.close(pick(Math.random, [0, 1, 2, 8])));
  });
}

/** Bytes that are no HTTP/2 at all. */
async function sendGarbage(target: FuzzTarget, garbage: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connectTcp(target.port, target.host, () => socket.end(garbage));
    const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
  });
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const AT_ONCE = 20;

/** Sends `count` spoiled requests, 20 at a time. */
export async function fuzz(target: FuzzTarget, random: Random, count: number): Promise<void> {
  let session: ClientHttp2Session | undefined;
  const open = () => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    session = connectHttp2(`http://${target.host}:${target.port}`);
    session.on('error', () => undefined);
    return session;
  };
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      if (random() > 0.01) {
        await trySend(open(), attackOf(random, target));
      } else {
        const garbage = bytes(random, Math.floor(random() * 400));
        await sendGarbage(target, random() < 0.5 ? garbage : Buffer.concat([PREFACE, garbage]));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  session?.destroy();
}

/** A session may end between `open` and the request, and Node refuses some headers itself: both are no attack. */
async function trySend(session: ClientHttp2Session, attack: Attack): Promise<void> {
  try {
    await send(session, attack);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (!code.startsWith('ERR_HTTP2') && !code.startsWith('ERR_INVALID')) throw error;
  }
}
