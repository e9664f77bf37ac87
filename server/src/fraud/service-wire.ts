import {
  FraudServiceDefinition,
  WatchAlertsResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';

const { watchAlerts } = FraudServiceDefinition.methods;

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
 * FraudService as the gateway serves it: a message of WatchAlerts is its bytes, encoded once for all who watch. Same
 * names, paths and options on the wire as `FraudServiceDefinition`, which clients use.
 */
export const WIRE_FRAUD_DEFINITION = {
  ...FraudServiceDefinition,
  methods: {
    ...FraudServiceDefinition.methods,
    watchAlerts: {
      ...watchAlerts,
      responseType: {
        encode: (bytes: Uint8Array) => new Encoded(bytes),
        decode: (bytes: Uint8Array): Uint8Array =>
          WatchAlertsResponse.encode(WatchAlertsResponse.decode(bytes)).finish(),
      },
    },
  },
} as const;

export type WireFraudDefinition = typeof WIRE_FRAUD_DEFINITION;
