import { isUtf8 } from 'node:buffer';
import { EVENTS_MAX } from './limits.js';
import {
  LENGTH,
  skipField,
  takeInt64,
  takeLength,
  takeTag,
  VARINT,
  WireError,
  type WireCursor,
} from './wire.js';

/**
 * Where the events of a request lie in its bytes. Made without decoding an event; each one is judged by itself later,
 * so that a bad one does not fail its neighbours.
 */
export interface RequestIndex {
  /** The whole request. An event's slice is a view of it. */
  readonly bytes: Uint8Array;
  /** Event i lies from `spans[2 * i]` to before `spans[2 * i + 1]`; at most one event more than a batch may hold. */
  readonly spans: readonly number[];
  /** Events in the request, which may be more than `spans` tells of. */
  readonly eventCount: number;
  /** As sent; empty when absent. */
  readonly clientId: string;
  /** As sent; 0 when absent. */
  readonly batchNumber: bigint;
  /** Why the bytes are no request; the other fields then mean nothing. */
  readonly malformed: string | undefined;
}

/** Field numbers of the request message. */
interface RequestFields {
  readonly name: string;
  readonly events: number;
  readonly clientId: number;
  readonly batchNumber: number;
}

const PUBLISH: RequestFields = {
  name: 'bytebasket.ingest.v1.PublishRequest',
  events: 1,
  clientId: 2,
  batchNumber: 3,
};

const PUBLISH_STREAM: RequestFields = {
  name: 'bytebasket.ingest.v1.PublishStreamRequest',
  events: 2,
  clientId: 3,
  batchNumber: 1,
};

/** Indexes the bytes of a PublishRequest. Never throws: what is wrong stands in `malformed`. */
export function indexPublishRequest(bytes: Uint8Array): RequestIndex {
  return indexRequest(bytes, PUBLISH);
}

/** Indexes the bytes of a PublishStreamRequest. Never throws: what is wrong stands in `malformed`. */
export function indexPublishStreamRequest(bytes: Uint8Array): RequestIndex {
  return indexRequest(bytes, PUBLISH_STREAM);
}

function indexRequest(bytes: Uint8Array, fields: RequestFields): RequestIndex {
  try {
    return walk(bytes, fields);
  } catch (error) {
    // An exception in a deserializer would become INTERNAL: the error travels as a value instead.
    if (!(error instanceof WireError)) throw error;
    return {
      bytes,
      spans: [],
      eventCount: 0,
      clientId: '',
      batchNumber: 0n,
      malformed: `the request is not a valid ${fields.name}: ${error.message}`,
    };
  }
}

function walk(bytes: Uint8Array, fields: RequestFields): RequestIndex {
  const cursor: WireCursor = { bytes, at: 0, end: bytes.length };
  const eventsTag = fields.events * 8 + LENGTH;
  const clientIdTag = fields.clientId * 8 + LENGTH;
  const batchNumberTag = fields.batchNumber * 8 + VARINT;
  const spans: number[] = [];
  let eventCount = 0;
  let clientId = '';
  let batchNumber = 0n;
  while (cursor.at < cursor.end) {
    const tag = takeTag(cursor);
    if (tag === eventsTag) {
      const length = takeLength(cursor);
      // One more than allowed is enough to refuse the batch; a list without a bound is not made.
      if (eventCount <= EVENTS_MAX) spans.push(cursor.at, cursor.at + length);
      eventCount += 1;
      cursor.at += length;
    } else if (tag === clientIdTag) {
      clientId = takeText(cursor);
    } else if (tag === batchNumberTag) {
      batchNumber = takeInt64(cursor);
    } else {
      skipField(cursor, tag);
    }
  }
  return { bytes, spans, eventCount, clientId, batchNumber, malformed: undefined };
}

function takeText(cursor: WireCursor): string {
  const length = takeLength(cursor);
  const { buffer, byteOffset } = cursor.bytes;
  const text = Buffer.from(buffer, byteOffset + cursor.at, length);
  if (!isUtf8(text)) throw new WireError('client_id is not UTF-8');
  cursor.at += length;
  return text.toString('utf8');
}
