import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Status } from 'nice-grpc-common';
import { DETAILS_KEY, toWireError } from './error-details.js';
import { ServiceError } from './service-error.js';

export interface Http2EdgeOptions {
  readonly connectionsMax: number;
  readonly serves: (path: string) => boolean;
  readonly onUnknownMethod: () => void;
}

/** What grpc-js does not do with its connections: bound them, count them, and cut them when the grace is over. */
export interface Http2Edge {
  /** Watches the connections of this port from now on. */
  attach(port: number): void;
  readonly connections: number;
  /** Cuts every connection. */
  destroy(): void;
  close(): void;
}

/**
 * grpc-js hides its HTTP/2 server, so the edge learns of it from Node's diagnostics channel `net.server.socket`. With it
 * connections past the bound are closed at once, and unknown methods get METHOD_UNKNOWN instead of a bare status. `destroy` is
 * needed because grpc-js' forceShutdown forgets its sessions while channelz is off.
 */
export function openHttp2Edge(options: Http2EdgeOptions): Http2Edge {
  const sockets = new Set<Socket>();
  let port = -1;
  let server: Server | undefined;

  const accepted = (message: unknown): void => {
    const { socket } = message as { socket: Socket & { server?: Server } };
    if (port === -1 || socket.localPort !== port || socket.server === undefined) return;
    if (server === undefined) {
      server = socket.server;
      answerUnknownMethods(server as Http2Server, options);
    }
    if (socket.server !== server) return;
    if (sockets.size >= options.connectionsMax) {
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
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      unsubscribe('net.server.socket', accepted);
    },
  };
}

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

function answerUnknownMethods(server: Http2Server, options: Http2EdgeOptions): void {
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
