import { crc32 } from 'node:zlib';

// A record: magic (2 bytes), type (1), length of the content (4), CRC-32 of type, length and content (4), content. Numbers
// are little-endian. A reader that meets damage looks for the next place where magic, length and CRC agree.

const MAGIC = Buffer.from([0xb5, 0xeb]);
const HEADER_BYTES = 11;
const TYPE_AT = 2;
const LENGTH_AT = 3;
const CRC_AT = 7;
const NUMBER_BYTES = 6;
/** Far above the largest event; a length beyond it is damage. */
const CONTENT_BYTES_MAX = 4 * 1024 * 1024;

const HEAD = 1;
const EVENT = 2;
const SETTLED = 3;

/** What a journal says. */
export type JournalRecord =
  /** First in each segment: what must outlive earlier segments. */
  | {
      readonly type: 'head';
      readonly instance: string;
      readonly settledNumber: number;
      readonly newestNumber: number;
    }
  /** An event and the batch it belongs to. `index` is its place in the batch. */
  | {
      readonly type: 'event';
      readonly batchNumber: number;
      readonly index: number;
      readonly bytes: Uint8Array;
    }
  /** Every batch up to this number is answered. */
  | { readonly type: 'settled'; readonly settledNumber: number };

/** A record found in a segment. */
export interface FoundRecord {
  readonly record: JournalRecord;
  /** Bytes from the start of what was scanned. */
  readonly start: number;
  readonly end: number;
}

/** How a scan went. */
export interface ScanReport {
  /** End of the last sound record. */
  readonly soundBytes: number;
  /** Places between sound records that hold something else. */
  readonly corruptRegions: number;
}

/** Writes one record. */
export function encodeRecord(record: JournalRecord): Buffer {
  switch (record.type) {
    case 'head': {
      const instance = Buffer.from(record.instance);
      const out = blank(HEAD, 2 * NUMBER_BYTES + instance.length);
      out.writeUIntLE(record.settledNumber, HEADER_BYTES, NUMBER_BYTES);
      out.writeUIntLE(record.newestNumber, HEADER_BYTES + NUMBER_BYTES, NUMBER_BYTES);
      out.set(instance, HEADER_BYTES + 2 * NUMBER_BYTES);
      return seal(out);
    }
    case 'event': {
      const out = blank(EVENT, NUMBER_BYTES + 2 + record.bytes.length);
      out.writeUIntLE(record.batchNumber, HEADER_BYTES, NUMBER_BYTES);
      out.writeUInt16LE(record.index, HEADER_BYTES + NUMBER_BYTES);
      out.set(record.bytes, HEADER_BYTES + NUMBER_BYTES + 2);
      return seal(out);
    }
    case 'settled': {
      const out = blank(SETTLED, NUMBER_BYTES);
      out.writeUIntLE(record.settledNumber, HEADER_BYTES, NUMBER_BYTES);
      return seal(out);
    }
  }
}

/** Reads every sound record in order. Never throws, whatever the bytes are. */
export function scanRecords(bytes: Buffer, found: (record: FoundRecord) => void): ScanReport {
  let soundBytes = 0;
  let corruptRegions = 0;
  for (let at = 0; at < bytes.length;) {
    const end = soundEnd(bytes, at);
    const record = end === undefined ? undefined : decode(bytes.subarray(at, end));
    if (end !== undefined && record !== undefined) {
      if (at > soundBytes) corruptRegions += 1;
      found({ record, start: at, end });
      soundBytes = end;
      at = end;
      continue;
    }
    const next = bytes.indexOf(MAGIC, at + 1);
    if (next === -1) break;
    at = next;
  }
  return { soundBytes, corruptRegions };
}

function blank(type: number, contentBytes: number): Buffer {
  const out = Buffer.allocUnsafe(HEADER_BYTES + contentBytes);
  out.set(MAGIC, 0);
  out.writeUInt8(type, TYPE_AT);
  out.writeUInt32LE(contentBytes, LENGTH_AT);
  return out;
}

function seal(out: Buffer): Buffer {
  out.writeUInt32LE(crcOf(out), CRC_AT);
  return out;
}

function crcOf(record: Buffer): number {
  return crc32(record.subarray(HEADER_BYTES), crc32(record.subarray(TYPE_AT, CRC_AT)));
}

/** End of a sound record that starts here; undefined when there is none. */
function soundEnd(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  if (bytes[at] !== MAGIC[0] || bytes[at + 1] !== MAGIC[1]) return undefined;
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  const end = at + HEADER_BYTES + length;
  if (length > CONTENT_BYTES_MAX || end > bytes.length) return undefined;
  const sound = bytes.readUInt32LE(at + CRC_AT) === crcOf(bytes.subarray(at, end));
  return sound ? end : undefined;
}

/** Undefined for a sound record of a type or length that this version does not know: it counts as damage. */
function decode(record: Buffer): JournalRecord | undefined {
  const content = record.subarray(HEADER_BYTES);
  const type = record.readUInt8(TYPE_AT);
  if (type === HEAD && content.length >= 2 * NUMBER_BYTES) {
    return {
      type: 'head',
      settledNumber: content.readUIntLE(0, NUMBER_BYTES),
      newestNumber: content.readUIntLE(NUMBER_BYTES, NUMBER_BYTES),
      instance: content.toString('utf8', 2 * NUMBER_BYTES),
    };
  }
  if (type === EVENT && content.length >= NUMBER_BYTES + 2) {
    return {
      type: 'event',
      batchNumber: content.readUIntLE(0, NUMBER_BYTES),
      index: content.readUInt16LE(NUMBER_BYTES),
      bytes: content.subarray(NUMBER_BYTES + 2),
    };
  }
  if (type === SETTLED && content.length === NUMBER_BYTES) {
    return { type: 'settled', settledNumber: content.readUIntLE(0, NUMBER_BYTES) };
  }
  return undefined;
}
