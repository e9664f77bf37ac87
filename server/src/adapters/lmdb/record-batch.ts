import type { LogRecord, NewRecord, RecordHeaders } from '../../ports/event-log.js';
import {
  putText,
  putVarint,
  reserve,
  takeVarint,
  textBytesMax,
  type ByteWriter,
  type Cursor,
} from './bytes.js';

/*
 * A record batch, the value of one key of the log:
 *   u8 format (1), u8 0, u16 header sets, u32 records, f64 append ms, u32 position of the header sets,
 *   records: varint header set, varint key bytes, varint value bytes, key, value
 *   header sets: varint pairs, then per pair varint bytes + text, twice
 * Offsets are not inside: the first one is in the key, so a batch is encoded before the transaction assigns it.
 */
const FORMAT = 1;
const FIXED_BYTES = 20;
const APPEND_MS_AT = 8;

/** A batch is closed once it holds this much; a larger single record gets a batch of its own. */
export const BATCH_BYTES_MAX = 256 * 1024;
/** Also the most header sets, which have 16 bits. */
export const BATCH_RECORDS_MAX = 65_535;

/** A batch inside a writer's buffer. */
export interface EncodedBatch {
  readonly start: number;
  readonly end: number;
  readonly records: number;
}

/** Bytes of the names and values of a headers object, as UTF-8. */
export function headerBytes(headers: RecordHeaders): number {
  let bytes = 0;
  for (const name in headers) {
    bytes += Buffer.byteLength(name, 'utf8') + Buffer.byteLength(headers[name] ?? '', 'utf8');
  }
  return bytes;
}

/** Bytes that a headers object takes in a batch, at most. */
function storedHeaderBytesMax(headers: RecordHeaders): number {
  let bytes = 8;
  for (const name in headers) {
    bytes += 16 + textBytesMax(name) + textBytesMax(headers[name] ?? '');
  }
  return bytes;
}

/** Encodes records from index `from` on, as many as fit one batch, behind what `writer` holds. */
export function encodeBatch(
  writer: ByteWriter,
  records: readonly NewRecord[],
  from: number,
): EncodedBatch {
  const start = writer.length;
  reserve(writer, FIXED_BYTES + BATCH_BYTES_MAX);
  let at = start + FIXED_BYTES;
  const sets = new Map<RecordHeaders, number>();
  let last: RecordHeaders | undefined;
  let lastIndex = 0;
  let next = from;
  while (next < records.length && next - from < BATCH_RECORDS_MAX) {
    const record = records[next];
    if (record === undefined) break;
    const { key, value, headers } = record;
    const needed = key.length + value.length + 24;
    if (next > from && at - start + needed > BATCH_BYTES_MAX) break;
    if (at + needed > writer.buffer.length) {
      writer.length = at;
      reserve(writer, needed);
    }
    if (headers !== last) {
      lastIndex = sets.get(headers) ?? sets.size;
      sets.set(headers, lastIndex);
      last = headers;
    }
    const { buffer } = writer;
    at = putVarint(buffer, at, lastIndex);
    at = putVarint(buffer, at, key.length);
    at = putVarint(buffer, at, value.length);
    buffer.set(key, at);
    at += key.length;
    buffer.set(value, at);
    at += value.length;
    next += 1;
  }
  writer.length = at;
  putHeaderSets(writer, sets);
  const { buffer } = writer;
  buffer[start] = FORMAT;
  buffer[start + 1] = 0;
  buffer.writeUInt16BE(sets.size, start + 2);
  buffer.writeUInt32BE(next - from, start + 4);
  buffer.writeUInt32BE(at - start, start + 16);
  return { start, end: writer.length, records: next - from };
}

function putHeaderSets(writer: ByteWriter, sets: ReadonlyMap<RecordHeaders, number>): void {
  for (const set of sets.keys()) {
    reserve(writer, storedHeaderBytesMax(set));
    const entries = Object.entries(set);
    writer.length = putVarint(writer.buffer, writer.length, entries.length);
    for (const [name, value] of entries) {
      putSized(writer, name);
      putSized(writer, value);
    }
  }
}

function putSized(writer: ByteWriter, text: string): void {
  const size = Buffer.byteLength(text, 'utf8');
  const at = putVarint(writer.buffer, writer.length, size);
  writer.length = putText(writer.buffer, at, text);
}

/** Stamps an encoded batch inside its writer's buffer. */
export function stampBatch(buffer: Buffer, batch: EncodedBatch, appendMs: number): void {
  buffer.writeDoubleBE(appendMs, batch.start + APPEND_MS_AT);
}

/** What retention needs of a batch, without its records. */
export interface BatchSummary {
  readonly records: number;
  readonly appendMs: number;
}

export function summariseBatch(bytes: Buffer): BatchSummary {
  return { records: bytes.readUInt32BE(4), appendMs: bytes.readDoubleBE(APPEND_MS_AT) };
}

/** Yields the records of one batch in order; key and value are views, made when asked for. */
export interface BatchReader {
  /** Offset of the record that `next` gives, or of the end when there is none. */
  readonly offset: number;
  readonly end: number;
  next(): LogRecord;
}

/** `bytes` must stay unchanged; records before offset `from` are skipped. */
export function openBatch(bytes: Buffer, first: number, from: number): BatchReader {
  const { records, appendMs } = summariseBatch(bytes);
  const batch: OpenBatch = { bytes, appendMs, headers: takeHeaderSets(bytes) };
  const cursor: Cursor = { bytes, at: FIXED_BYTES };
  let offset = first;
  while (offset < from) {
    takeVarint(cursor);
    const keyBytes = takeVarint(cursor);
    const valueBytes = takeVarint(cursor);
    cursor.at += keyBytes + valueBytes;
    offset += 1;
  }
  return {
    get offset() {
      return offset;
    },
    end: first + records,
    next: () => new StoredRecord(batch, offset++, cursor),
  };
}

function takeHeaderSets(bytes: Buffer): readonly RecordHeaders[] {
  const sets = bytes.readUInt16BE(2);
  const cursor: Cursor = { bytes, at: bytes.readUInt32BE(16) };
  const taken: RecordHeaders[] = [];
  for (let i = 0; i < sets; i++) {
    const pairs = takeVarint(cursor);
    const set: Record<string, string> = {};
    for (let pair = 0; pair < pairs; pair++) {
      const name = takeSized(bytes, cursor);
      set[name] = takeSized(bytes, cursor);
    }
    taken.push(set);
  }
  return taken;
}

function takeSized(bytes: Buffer, cursor: Cursor): string {
  const size = takeVarint(cursor);
  const at = cursor.at;
  cursor.at = at + size;
  return bytes.toString('utf8', at, cursor.at);
}

interface OpenBatch {
  readonly bytes: Buffer;
  readonly appendMs: number;
  readonly headers: readonly RecordHeaders[];
}

const NO_HEADERS: RecordHeaders = Object.freeze({});

// Making two views per record costs more than all the rest of reading, and many readers want only the value.
class StoredRecord implements LogRecord {
  readonly offset: number;
  readonly headers: RecordHeaders;
  private readonly batch: OpenBatch;
  private readonly keyAt: number;
  private readonly valueAt: number;
  private readonly end: number;

  /** Takes the record at `cursor` and moves it to the next one. */
  constructor(batch: OpenBatch, offset: number, cursor: Cursor) {
    this.batch = batch;
    this.offset = offset;
    this.headers = batch.headers[takeVarint(cursor)] ?? NO_HEADERS;
    const keyBytes = takeVarint(cursor);
    const valueBytes = takeVarint(cursor);
    this.keyAt = cursor.at;
    this.valueAt = this.keyAt + keyBytes;
    this.end = this.valueAt + valueBytes;
    cursor.at = this.end;
  }

  get appendMs(): number {
    return this.batch.appendMs;
  }

  get key(): Uint8Array {
    const { buffer, byteOffset } = this.batch.bytes;
    return new Uint8Array(buffer, byteOffset + this.keyAt, this.valueAt - this.keyAt);
  }

  get value(): Uint8Array {
    const { buffer, byteOffset } = this.batch.bytes;
    return new Uint8Array(buffer, byteOffset + this.valueAt, this.end - this.valueAt);
  }
}
