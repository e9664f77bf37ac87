import {
  Metadata,
  createChannel,
  createClientFactory,
  type Channel,
  type ClientFactory,
} from 'nice-grpc';
import type { ClientMiddleware } from 'nice-grpc-common';
import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { errorDetailsClientMiddleware } from 'nice-grpc-error-details';
import { ByteBasketError } from '../errors/byte-basket-error.js';
import { ClientClosedError } from '../errors/errors.js';
import type { ByteBasketOptions } from '../options/options.js';
import { parseEndpoint } from './endpoint.js';

/** One connection to the gateway, made when it is first used. */
export interface Connection {
  readonly channel: Channel;
  /** Makes clients that send the key and understand the gateway's error details. */
  readonly clients: ClientFactory<DeadlineOptions>;
  /** Aborts with ClientClosedError at `close`. */
  readonly closed: AbortSignal;
  close(): void;
}

const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 500;
/** Answers hold one result per event; 4 MiB is far above 500 of them and a full page of points. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Opens a connection of its own: publishing and reading do not share one, so that a slow watch never holds up events.
 * The transport's retries are off, because it would keep copies of what a long stream has sent; the SDK resends itself.
 */
export function openConnection(
  options: Pick<ByteBasketOptions, 'endpoint' | 'key' | 'tls'>,
): Connection {
  const { address, credentials, serverName } = parseEndpoint(options.endpoint, options.tls);
  const channel = createChannel(address, credentials, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MIN_MS,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MAX_MS,
    'grpc.max_receive_message_length': ANSWER_BYTES_MAX,
    ...(serverName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
  });
  const clients = createClientFactory()
    .use(keyMiddleware(options.key))
    .use(errorDetailsClientMiddleware)
    .use(deadlineMiddleware);
  const closing = new AbortController();
  return {
    channel,
    clients,
    closed: closing.signal,
    close: () => {
      closing.abort(new ClientClosedError());
      channel.close();
    },
  };
}

function keyMiddleware(key: ByteBasketOptions['key']): ClientMiddleware {
  return async function* sendKey(call, options) {
    if (key === undefined) return yield* call.next(call.request, options);
    const metadata = Metadata(options.metadata);
    metadata.set('authorization', `Bearer ${typeof key === 'string' ? key : await ask(key)}`);
    return yield* call.next(call.request, { ...options, metadata });
  };
}

/** A source of keys that fails may work again: the call counts as one that can be repeated. */
async function ask(key: () => string | Promise<string>): Promise<string> {
  try {
    return await key();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ByteBasketError(`the function given as 'key' failed (${why}): it is asked again`, {
      reason: 'UNKNOWN',
      code: 'UNAUTHENTICATED',
      retryable: true,
      cause,
    });
  }
}
