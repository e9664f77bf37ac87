import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { constants } from 'node:http2';
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Status } from 'nice-grpc-common';
import type { DirectServer } from './direct-server.js';
import { DETAILS_KEY, toWireError } from './error-details.js';
import { ServiceError } from './service-error.js';

export interface Http2EdgeOptions {
  readonly connectionsMax: number;
  readonly serves: (path: string) => boolean;
  readonly onUnknownMethod: () => void;
  /** Asked before grpc-js. */
  readonly direct: DirectServer;
}

/** What grpc-js does not do with its connections: bound them, count them, and cut them when the grace is over. */
export interface Http2Edge {
  /** Watches the connections of this port from now on. */
  attach(port: number): void;
  readonly connections: number;
  /**
   * Asks every client to open no more calls here, and resolves when all have heard it, or after `timeoutMs`. New
   * connections are closed at once from then on. Closing a session without this refuses the calls that cross with the GOAWAY.
   */
  retire(timeoutMs: number): Promise<void>;
  /** Cuts every connection. */
  destroy(): void;
  close(): void;
}

/**
 * grpc-js hides its HTTP/2 server, so the edge learns of it from Node's diagnostics channel `net.server.socket`. With it
 * connections past the bound are closed at once, unknown methods get METHOD_UNKNOWN instead of a bare status, and plain calls
 * take the direct way. `destroy` is
 * needed because grpc-js' forceShutdown forgets its sessions while channelz is off.
 */
export function openHttp2Edge(options: Http2EdgeOptions): Http2Edge {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let retired = false;
  let port = -1;
  let server: Server | undefined;

  const accepted = (message: unknown): void => {
    const { socket } = message as { socket: Socket & { server?: Server } };
    if (port === -1 || socket.localPort !== port || socket.server === undefined) return;
    if (server === undefined) {
      server = socket.server;
      serveStreams(server as Http2Server, options);
      (server as Http2Server).on('session', (session) => {
        sessions.add(session);
        session.once('close', () => sessions.delete(session));
      });
    }
    if (socket.server !== server) return;
    if (retired || sockets.size >= options.connectionsMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  subscribe('net.server.socket', accepted);
  return {
    attach(listening) {
      port = listening;
    },
    get connections() {
      return sockets.size;
    },
    async retire(timeoutMs) {
      retired = true;
      await Promise.all([...sessions].map((session) => retireSession(session, timeoutMs)));
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      unsubscribe('net.server.socket', accepted);
    },
  };
}

// A GOAWAY with the highest stream id refuses nothing: it only asks the client to open no more (RFC 9113, 6.8).
const LAST_STREAM_ID = 2 ** 31 - 1;

/** The answer to a ping that follows the GOAWAY shows that the client has read it, and that its earlier calls are here. */
function retireSession(session: ServerHttp2Session, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (session.closed || session.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    session.once('close', done);
    session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID);
    if (!session.ping(done)) done();
  });
}

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

function serveStreams(server: Http2Server, options: Http2EdgeOptions): void {
  const served = server.listeners('stream') as StreamListener[];
  server.removeAllListeners('stream');
  server.on('stream', (stream, headers) => {
    const path = headers[':path'] ?? '';
    const grpc = headers['content-type']?.startsWith('application/grpc') === true;
    if (grpc && !options.serves(path)) {
      options.onUnknownMethod();
      refuse(stream, path);
      return;
    }
    if (options.direct(stream, headers)) return;
    for (const listener of served) listener.call(server, stream, headers);
  });
}

function refuse(stream: ServerHttp2Stream, path: string): void {
  const error = new ServiceError(
    ErrorReason.METHOD_UNKNOWN,
    `there is no method ${path}: list them by reflection`,
    { metadata: { method: path } },
  );
  const wire = toWireError(error);
  // The caller may go away meanwhile; there is nobody left to tell.
  stream.on('error', () => undefined);
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': Status.UNIMPLEMENTED,
      'grpc-message': encodeURI(wire.error.details),
      [DETAILS_KEY]: Buffer.from(wire.details).toString('base64'),
    },
    { endStream: true },
  );
  stream.resume();
}
