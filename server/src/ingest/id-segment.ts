import { createHash } from 'node:crypto';

/*
 * A segment keeps where the ids of consecutive records of one partition belong in the id table, 5 bytes each, so that a
 * start need not read the records themselves:
 *   words 0-7: mark, records, source, segment, seed (4); then a 32-bit tag per record; then a byte per record; then the
 *   SHA-256 of all that.
 * Numbers in the machine's own order: another machine's mark does not match, and the log is read instead.
 */
const MARK = 0x4249_4431;
const HEAD_WORDS = 8;
const HEAD_BYTES = 4 * HEAD_WORDS;
const DIGEST_BYTES = 32;

/** Which records a segment is about: those of `source` with offsets from `number * records` on. */
export interface SegmentPlace {
  readonly source: number;
  readonly number: number;
  readonly records: number;
}

/** Where ids belong, by offset within the segment; a tag is never 0, so 0 means not known. */
export interface IdPlaces {
  readonly tags: Int32Array;
  readonly shards: Uint8Array;
}

export function encodeSegment(
  { source, number, records }: SegmentPlace,
  seed: Uint32Array,
  { tags, shards }: IdPlaces,
): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + 5 * records + DIGEST_BYTES);
  new Uint32Array(bytes.buffer, 0, HEAD_WORDS).set([MARK, records, source, number, ...seed]);
  new Int32Array(bytes.buffer, HEAD_BYTES, records).set(tags);
  bytes.set(shards, HEAD_BYTES + 4 * records);
  const end = bytes.length - DIGEST_BYTES;
  bytes.set(digest(bytes.subarray(0, end)), end);
  return bytes;
}

export interface Segment extends IdPlaces {
  readonly seed: Uint32Array;
}

/** Undefined when the bytes are not a whole segment of that place. */
export function decodeSegment(
  given: Uint8Array,
  { source, number, records }: SegmentPlace,
): Segment | undefined {
  if (given.length !== HEAD_BYTES + 5 * records + DIGEST_BYTES) return undefined;
  // A copy begins at a position that words need.
  const bytes = Uint8Array.from(given);
  const head = new Uint32Array(bytes.buffer, 0, HEAD_WORDS);
  if (![MARK, records, source, number].every((word, i) => head[i] === word)) return undefined;
  const end = bytes.length - DIGEST_BYTES;
  if (Buffer.compare(digest(bytes.subarray(0, end)), bytes.subarray(end)) !== 0) return undefined;
  return {
    seed: head.slice(4),
    tags: new Int32Array(bytes.buffer, HEAD_BYTES, records),
    shards: new Uint8Array(bytes.buffer, HEAD_BYTES + 4 * records, records),
  };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
