import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { BatchOutcome } from './batch-outcome.js';
import { createResultEncoder } from './result-encoder.js';
import type { BatchResults } from './verdict.js';
import { indexPublishRequest, indexPublishStreamRequest, type RequestIndex } from './wire-index.js';

/** A message type in the shape that nice-grpc takes, for one direction of a method. */
interface Encoded<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

function incoming(index: (bytes: Uint8Array) => RequestIndex): Encoded<RequestIndex> {
  return { decode: index, encode: ({ bytes }) => ({ finish: () => bytes }) };
}

function outgoing<Message>(encode: (message: Message) => Uint8Array): Encoded<Message> {
  return {
    encode: (message) => ({ finish: () => encode(message) }),
    decode: () => {
      throw new TypeError('this definition is for servers: clients use IngestServiceDefinition');
    },
  };
}

/**
 * The ingest service as the gateway serves it: requests arrive as an index into their bytes, answers are encoded from
 * columns. Same names, paths and options on the wire as `IngestServiceDefinition`, which clients use.
 */
export function wireIngestDefinition() {
  const encoder = createResultEncoder();
  const { publish, publishStream } = IngestServiceDefinition.methods;
  return {
    ...IngestServiceDefinition,
    methods: {
      publish: {
        ...publish,
        requestType: incoming(indexPublishRequest),
        responseType: outgoing<BatchResults>(encoder.publishResponse),
      },
      publishStream: {
        ...publishStream,
        requestType: incoming(indexPublishStreamRequest),
        responseType: outgoing<BatchOutcome>(encoder.publishStreamResponse),
      },
    },
  } as const;
}

export type WireIngestDefinition = ReturnType<typeof wireIngestDefinition>;
