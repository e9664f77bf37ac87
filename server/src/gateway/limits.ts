import { getHeapStatistics } from 'node:v8';

/** Bounds of the gateway. Everything past a bound is refused at once, never queued. */
export interface GatewayLimits {
  /** Calls in flight on one connection, 1 or more; more wait in the client. Default 256. */
  readonly streamsPerConnectionMax: number;
  /** Open connections, 1 or more; more are closed at once. Default 2,000. */
  readonly connectionsMax: number;
  /** Calls in flight over all connections, 1 or more; more get GATEWAY_SATURATED. Default 10,000. */
  readonly callsMax: number;
  /** Bytes of one request message, inflated; more get BATCH_TOO_LARGE. Default 4 MiB. */
  readonly receiveBytesMax: number;
  /** Bytes of JavaScript heap and external memory above which new calls get GATEWAY_SATURATED. Default 80 % of V8's heap limit. */
  readonly memoryBytesMax: number;
  /** Milliseconds that a unary call without a deadline may take. Default 10,000. */
  readonly unaryDeadlineMs: number;
  /** Longest deadline of a unary call in milliseconds; a longer one is cut. Default 60,000. */
  readonly deadlineMsMax: number;
  /** Milliseconds after which a connection is asked to go, ±10 %. Default 900,000. */
  readonly connectionAgeMs: number;
  /** Milliseconds that calls may go on after that. Default 60,000. */
  readonly connectionAgeGraceMs: number;
  /** Milliseconds of silence before the server pings a connection. Default 60,000. */
  readonly keepaliveMs: number;
}

/** Fills in the defaults. Throws RangeError for a bound that is not a whole number of 1 or more. */
export function gatewayLimits(given: Partial<GatewayLimits> = {}): GatewayLimits {
  const limits: GatewayLimits = {
    streamsPerConnectionMax: 256,
    connectionsMax: 2_000,
    callsMax: 10_000,
    receiveBytesMax: 4 * 1024 * 1024,
    memoryBytesMax: Math.floor(getHeapStatistics().heap_size_limit * 0.8),
    unaryDeadlineMs: 10_000,
    deadlineMsMax: 60_000,
    connectionAgeMs: 900_000,
    connectionAgeGraceMs: 60_000,
    keepaliveMs: 60_000,
    ...given,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`gateway limit ${name} is ${value}: use a whole number of 1 or more`);
    }
  }
  return limits;
}

/** The limits as grpc-js takes them. */
export function grpcOptions(limits: GatewayLimits): Record<string, number> {
  return {
    'grpc.max_concurrent_streams': limits.streamsPerConnectionMax,
    'grpc.max_receive_message_length': limits.receiveBytesMax,
    'grpc.max_connection_age_ms': limits.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': limits.connectionAgeGraceMs,
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': 20_000,
    // Channelz keeps counters per call that nobody reads here.
    'grpc.enable_channelz': 0,
  };
}
