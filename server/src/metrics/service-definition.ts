import {
  MetricsServiceDefinition,
  QueryMetricsResponse,
  WatchMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';

const { listMetrics, queryMetrics, watchMetrics } = MetricsServiceDefinition.methods;

/** Bytes in the shape of a writer that has written them. */
class Encoded {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  finish(): Uint8Array {
    return this.#bytes;
  }
}

/**
 * MetricsService as the gateway serves it: a message of WatchMetrics is its bytes, encoded once for all subscribers;
 * answers of QueryMetrics are whole messages that need no copy. Same names, paths and options on the wire as
 * `MetricsServiceDefinition`, which clients use.
 */
export const WIRE_METRICS_DEFINITION = {
  ...MetricsServiceDefinition,
  methods: {
    listMetrics,
    queryMetrics: {
      ...queryMetrics,
      responseType: {
        encode: (response: QueryMetricsResponse) => QueryMetricsResponse.encode(response),
        decode: (bytes: Uint8Array) => QueryMetricsResponse.decode(bytes),
      },
    },
    watchMetrics: {
      ...watchMetrics,
      responseType: {
        encode: (bytes: Uint8Array) => new Encoded(bytes),
        decode: (bytes: Uint8Array): Uint8Array =>
          WatchMetricsResponse.encode(WatchMetricsResponse.decode(bytes)).finish(),
      },
    },
  },
} as const;

export type WireMetricsDefinition = typeof WIRE_METRICS_DEFINITION;
