import { randomFillSync } from 'node:crypto';
import type { EventLog } from '../ports/event-log.js';
import { isPortError } from '../ports/errors.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import { openColumns } from './batch-columns.js';
import { Duplicates } from './duplicates.js';
import { openEnvelope, scanEnvelope } from './envelope.js';
import { EVENT_ID_BYTES, readEventId } from './event-id.js';
import type { IdSegments } from './id-segments.js';

/** More live longer than one round of the garbage collector, which then copies them. */
const RECORDS_PER_READ = 1_000;
/** `0a 24`: field 1 of 36 bytes, as an event begins that an encoder wrote in field order. */
const ID_TAG = 0x0a;

export interface RestoreOptions {
  readonly log: EventLog;
  /** Records of each partition among which an id is unique. */
  readonly horizonRecords: number;
  /** Saves reading most of the log. */
  readonly segments?: IdSegments | undefined;
}

/**
 * Rebuilds the ids of the last `horizonRecords` records of every input partition, from segments where they fit the log, else
 * from the log. Throws the log's errors.
 */
export async function restoreDuplicates({
  log,
  horizonRecords,
  segments,
}: RestoreOptions): Promise<Duplicates> {
  const parts = await partsOf(log, horizonRecords);
  const duplicates = new Duplicates({
    partitions: log.partitions,
    horizonRecords,
    seed: segments?.seed ?? randomFillSync(new Uint32Array(4)),
    expected: parts.reduce((sum, { from, end }) => sum + end - from, 0),
    segments,
  });
  for (const part of parts) {
    duplicates.restoreEnd(part.source, part.end);
    await restorePart({ duplicates, log, segments }, part);
  }
  return duplicates;
}

/** What counts of one partition, or a piece of that. */
interface Part {
  readonly name: string;
  readonly partition: number;
  readonly source: number;
  readonly from: number;
  readonly end: number;
}

interface Restoring {
  readonly duplicates: Duplicates;
  readonly log: EventLog;
  readonly segments: IdSegments | undefined;
}

async function partsOf(log: EventLog, horizonRecords: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [topic, name] of INPUT_TOPICS.entries()) {
    for (const { partition, start, end } of await log.bounds(name)) {
      const from = Math.max(start, end - horizonRecords);
      parts.push({ name, partition, source: topic * log.partitions + partition, from, end });
    }
  }
  return parts;
}

/** Goes through a partition segment by segment. */
async function restorePart(restoring: Restoring, part: Part): Promise<void> {
  const { segments } = restoring;
  const records = segments?.records ?? Number.POSITIVE_INFINITY;
  for (let from = part.from; from < part.end;) {
    const number = Math.floor(from / records);
    const end = Math.min(part.end, (number + 1) * records);
    const piece = { ...part, from, end };
    const whole = segments !== undefined && end === (number + 1) * records;
    if (!whole || !(await restoreSegment(restoring, piece, number))) {
      await restoreFromLog(restoring, piece);
    }
    from = end;
  }
}

/** Whether a segment knows the ids of the piece, and did so rightly where it was compared with the log. */
async function restoreSegment(
  { duplicates, log, segments }: Restoring,
  piece: Part,
  number: number,
): Promise<boolean> {
  const places = await segments?.get(piece.source, number);
  if (segments === undefined || places === undefined) return false;
  const first = number * segments.records;
  const { ids } = openColumns(1);
  for (const offset of [piece.from, piece.end - 1]) {
    const value = await valueAt(log, piece, offset);
    if (value === undefined || !takeId(value, { words: ids.words, wordAt: 0 })) return false;
    duplicates.locate({ ids, count: 1 });
    const at = offset - first;
    if (places.tags[at] !== ids.tags[0] || places.shards[at] !== ids.shards[0]) {
      await segments.discard(piece.source, number);
      return false;
    }
  }
  const { source, from, end } = piece;
  duplicates.restorePlaces(places, { source, first, from: from - first, to: end - first });
  return true;
}

/** The value of one record; undefined when it is no longer kept. */
async function valueAt(
  log: EventLog,
  { name, partition }: Part,
  offset: number,
): Promise<Uint8Array | undefined> {
  try {
    for await (const [record] of log.read(name, partition, { from: offset, recordsMax: 1 })) {
      return record?.value;
    }
  } catch (error) {
    if (!isPortError(error, 'OutOfRange')) throw error;
  }
  return undefined;
}

async function restoreFromLog(
  { duplicates, log }: Restoring,
  { name, partition, source, from, end }: Part,
): Promise<void> {
  const { ids } = openColumns(RECORDS_PER_READ);
  let next = from;
  while (next < end) {
    try {
      const read = log.read(name, partition, { from: next, recordsMax: RECORDS_PER_READ });
      for await (const records of read) {
        const offsets: number[] = [];
        for (const { offset, value } of records) {
          if (offset >= end) break;
          if (takeId(value, { words: ids.words, wordAt: 4 * offsets.length })) offsets.push(offset);
        }
        duplicates.restore(ids, offsets, source);
        next = (records.at(-1)?.offset ?? next - 1) + 1;
        if (next >= end) return;
      }
      return;
    } catch (error) {
      // Retention may free the oldest records while this reads: go on with what is left.
      if (!isPortError(error, 'OutOfRange')) throw error;
      const bounds = await log.bounds(name);
      const start = bounds[partition]?.start ?? end;
      if (start <= next) throw error;
      next = start;
    }
  }
}

/** Reads the id of an event without decoding it; false when it has none. */
export function takeId(event: Uint8Array, id: { words: Uint32Array; wordAt: number }): boolean {
  if (event[0] === ID_TAG && event[1] === EVENT_ID_BYTES && onlyId(event)) {
    return readEventId(event, 2, id);
  }
  const envelope = openEnvelope();
  scanEnvelope({ bytes: event, at: 0, end: event.length }, envelope);
  return readEventId(event, envelope.eventId.at, id);
}

/** Whether the field behind the id is another one: fields of a message may repeat, the last one counts. */
function onlyId(event: Uint8Array): boolean {
  let at = 2 + EVENT_ID_BYTES;
  while (at < event.length) {
    const tag = event[at++] ?? 0;
    if (tag === ID_TAG) return false;
    // Fields above 15 are the payload: encoders write it last, so an id behind it is looked for the slow way.
    if (tag > 0x7f) return lastField(event, at);
    if ((tag & 7) !== 2) return false;
    const length = event[at++] ?? 0;
    if (length > 0x7f) return false;
    at += length;
  }
  return true;
}

/** Whether a field with a two-byte tag, whose second byte is at `at`, fills the event to its end. */
function lastField(event: Uint8Array, at: number): boolean {
  if ((event[at] ?? 0x80) > 0x7f) return false;
  const first = event[at + 1] ?? 0;
  if (first < 0x80) return at + 2 + first === event.length;
  const second = event[at + 2] ?? 0;
  if (second > 0x7f) return false;
  return at + 3 + ((second << 7) | (first & 0x7f)) === event.length;
}
