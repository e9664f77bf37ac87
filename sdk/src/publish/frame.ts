// Requests are put together from events that were encoded once, when they were tracked: sending and sending again copy
// bytes and encode nothing. https://protobuf.dev/programming-guides/encoding/

const LOW_BITS = 0x80;

/** Wire tags of the fields of a request (field number and wire type), all below 16, so one byte each. */
interface RequestTags {
  readonly events: number;
  readonly clientId: number;
  readonly batchNumber: number;
}

const STREAM_TAGS: RequestTags = { batchNumber: 0x08, events: 0x12, clientId: 0x1a };
const UNARY_TAGS: RequestTags = { events: 0x0a, clientId: 0x12, batchNumber: 0x18 };

/** One batch to be framed. */
export interface FrameSource {
  /** 1 or more; below 2^53. */
  readonly batchNumber: number;
  readonly events: readonly { readonly bytes: Uint8Array }[];
  /** Empty leaves the field out. */
  readonly clientId: string;
}

/** A `PublishStreamRequest`. */
export function streamFrame(source: FrameSource): Buffer {
  return frame(source, STREAM_TAGS);
}

/** A `PublishRequest`. */
export function unaryFrame(source: FrameSource): Buffer {
  return frame(source, UNARY_TAGS);
}

/** Bytes that an event takes inside a request: tag, length and content. */
export function framedSize(byteLength: number): number {
  return 1 + varintSize(byteLength) + byteLength;
}

function frame(source: FrameSource, tags: RequestTags): Buffer {
  const clientId = Buffer.from(source.clientId);
  let size = 1 + varintSize(source.batchNumber);
  if (clientId.length > 0) size += framedSize(clientId.length);
  for (const event of source.events) size += framedSize(event.bytes.length);

  const writer = new FrameWriter(size);
  writer.tag(tags.batchNumber);
  writer.varint(source.batchNumber);
  for (const event of source.events) writer.bytes(tags.events, event.bytes);
  if (clientId.length > 0) writer.bytes(tags.clientId, clientId);
  return writer.buffer;
}

/** Writes wire format into a buffer of the right size. */
class FrameWriter {
  readonly buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  tag(tag: number): void {
    this.#at = this.buffer.writeUInt8(tag, this.#at);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= LOW_BITS) {
      this.tag((rest % LOW_BITS) + LOW_BITS);
      rest = Math.floor(rest / LOW_BITS);
    }
    this.tag(rest);
  }

  bytes(tag: number, bytes: Uint8Array): void {
    this.tag(tag);
    this.varint(bytes.length);
    this.buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= LOW_BITS; rest = Math.floor(rest / LOW_BITS)) size += 1;
  return size;
}
