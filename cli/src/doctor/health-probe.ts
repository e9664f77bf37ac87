import { connect, constants, type ClientHttp2Session } from 'node:http2';

/**
 * `silent`: something took the connection and did not answer in time; `untrusted`: its certificate is nobody's that
 * this machine trusts.
 */
export type Health =
  'serving' | 'not serving' | 'silent' | 'untrusted' | 'unreachable' | 'not grpc';

export interface ProbeTrust {
  /** Certificates to trust, PEM; default the system's. */
  readonly ca?: string | undefined;
  /** Accepts what nobody signed: only to find out whether a port of this machine is our own. */
  readonly anyCertificate?: boolean | undefined;
}

const TIMEOUT_MS = 3_000;

/** The answer `status: SERVING` of grpc.health.v1: field 1, varint 1. */
const SERVING = Buffer.from([0x08, 0x01]);
const FRAME_HEADER_BYTES = 5;

/**
 * Asks `grpc.health.v1.Health/Check` for the whole server, over plain node:http2: a probe must work when our own client
 * does not. `endpoint` is host:port (TLS with `ca`) or a URL.
 */
export async function probeHealth(
  endpoint: string,
  signal: AbortSignal,
  { ca, anyCertificate = false }: ProbeTrust = {},
): Promise<Health> {
  const scheme = ca === undefined ? 'http' : 'https';
  const url = /^https?:\/\//.test(endpoint) ? endpoint : `${scheme}://${endpoint}`;
  const session = connect(url, { timeout: TIMEOUT_MS, ca, rejectUnauthorized: !anyCertificate });
  try {
    return await answered(session, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
  } finally {
    session.destroy();
  }
}

function answered(session: ClientHttp2Session, signal: AbortSignal): Promise<Health> {
  return new Promise((resolve) => {
    let connected = false;
    let grpc = false;
    const chunks: Buffer[] = [];
    // A session that breaks takes the stream with it, whose error then names the reason as its cause.
    const broken = (error?: NodeJS.ErrnoException): void => {
      const reason = (error?.cause ?? error) as NodeJS.ErrnoException | undefined;
      if (/CERT|ERR_TLS/.test(reason?.code ?? '')) resolve('untrusted');
      else resolve(connected ? 'not grpc' : 'unreachable');
    };
    session.once('connect', () => (connected = true));
    session.once('error', broken);
    signal.addEventListener('abort', () => resolve(connected ? 'silent' : 'unreachable'), {
      once: true,
    });
    const call = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    call.once('error', broken);
    call.once('response', (headers) => {
      grpc = String(headers[constants.HTTP2_HEADER_CONTENT_TYPE]).startsWith('application/grpc');
    });
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.once('end', () => {
      const message = Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES);
      if (grpc) resolve(message.equals(SERVING) ? 'serving' : 'not serving');
      else broken();
    });
    call.end(Buffer.alloc(FRAME_HEADER_BYTES));
  });
}
