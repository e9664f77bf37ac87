import {
  PublishResponse,
  PublishStreamResponse,
  type EventResult,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { Connection } from '../connection/connection.js';
import { fromCallError } from '../errors/from-call.js';
import { createFeed, type Feed } from './feed.js';

/** The two calls of IngestService, with requests as bytes that were framed before. */
export interface IngestCalls {
  /** Opens a publish stream; requests go into the feed. The answers throw what the call threw. */
  stream(signal: AbortSignal): {
    readonly requests: Feed<Buffer>;
    readonly answers: AsyncIterable<PublishStreamResponse>;
  };
  /** Publishes one framed request. Throws errors of the SDK. */
  publish(
    request: Buffer,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<readonly EventResult[]>;
}

const SERVICE = '/bytebasket.ingest.v1.IngestService';

const RAW_INGEST = {
  publish: {
    path: `${SERVICE}/Publish`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (frame: Buffer) => frame,
    requestDeserialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseSerialize: (answer: PublishResponse) => PublishResponse.encode(answer).finish(),
    responseDeserialize: (bytes: Uint8Array) => PublishResponse.decode(bytes),
    options: { idempotencyLevel: 'IDEMPOTENT' },
  },
  publishStream: {
    path: `${SERVICE}/PublishStream`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (frame: Buffer) => frame,
    requestDeserialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseSerialize: (answer: PublishStreamResponse) =>
      PublishStreamResponse.encode(answer).finish(),
    responseDeserialize: (bytes: Uint8Array) => PublishStreamResponse.decode(bytes),
    options: {},
  },
} as const;

export function createIngestCalls(connection: Connection): IngestCalls {
  const client = connection.clients.create(RAW_INGEST, connection.channel);
  return {
    stream(signal) {
      const requests = createFeed<Buffer>();
      return { requests, answers: client.publishStream(requests, { signal }) };
    },
    async publish(request, deadlineMs, signal) {
      try {
        const answer = await client.publish(request, { deadline: deadlineMs, signal });
        return answer.results;
      } catch (error) {
        throw fromCallError(error);
      }
    },
  };
}
