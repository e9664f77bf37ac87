import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { PAYLOADS } from '@bytebasket/proto/options';
import { validateEvent } from '@bytebasket/proto/validation';
import type { NewRecord, RecordHeaders } from '../ports/event-log.js';
import { partitionOf } from '../ports/partition-of.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import { openEnvelope, scanEnvelope } from './envelope.js';
import { readEventId } from './event-id.js';
import {
  brokenRule,
  malformedEvent,
  occurTimeInFuture,
  payloadUnknown,
  textNotUtf8,
} from './rejections.js';
import { strictReader, TextNotUtf8Error } from './strict-reader.js';
import { pathOfText } from './text-path.js';
import type { Rejected } from './verdict.js';
import { WireCheck, type WireEvent } from './wire-check.js';
import type { MessageCheck } from './wire-check-table.js';
import { eventCheck } from './wire-rules.js';
import { assertShape } from './wire-shape.js';
import { WireError } from './wire.js';

/** An event in the bytes of its request, and where its id goes. */
export interface EventSlice extends WireEvent {
  /** Its index in the batch, for messages. */
  readonly index: number;
}

/** A good event: a record that still lacks its headers. */
export interface GoodEvent extends NewRecord {
  /** Index into `INPUT_TOPICS`. */
  readonly topic: number;
  /** Set once all events of the batch are judged; they share one object. */
  headers: RecordHeaders;
}

export type Examined = GoodEvent | Rejected;

export function isRejected(examined: Examined): examined is Rejected {
  return 'reason' in examined;
}

const NO_HEADERS: RecordHeaders = Object.freeze({});
const TOPIC_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(PAYLOADS).map(([name, { stream }]) => [name, INPUT_TOPICS.indexOf(stream)]),
);

/** Judges events. Never throws for what a client can send. */
export interface Examiner {
  /** The quick way where it is sure, else the thorough one. */
  examine(slice: EventSlice): Examined;
  /** Decodes and validates the event with the generated code; says what is wrong. */
  examineThoroughly(slice: EventSlice): Examined;
}

/** Reads the contract's rules, which takes about 50 ms: make one for all events of a log of so many partitions. */
export function createExaminer(partitions: number): Examiner {
  const shape = eventCheck();
  const check = new WireCheck(shape);
  const examineThoroughly = (slice: EventSlice): Examined => {
    const judged = examineDecoded(slice, shape);
    if ('reason' in judged) return judged;
    const { topic, key, value } = judged;
    return { topic, partition: partitionOf(key, partitions), key, value, headers: NO_HEADERS };
  };
  return {
    examine(slice) {
      if (!check.passes(slice)) return examineThoroughly(slice);
      const { from, to } = slice;
      const { buffer, byteOffset } = slice.bytes;
      const { keyFrom, keyTo, topic } = check;
      const key = new Uint8Array(buffer, byteOffset + keyFrom, keyTo - keyFrom);
      const value = new Uint8Array(buffer, byteOffset + from, to - from);
      return { topic, partition: partitionOf(key, partitions), key, value, headers: NO_HEADERS };
    },
    examineThoroughly,
  };
}

type Judged = Pick<GoodEvent, 'topic' | 'key' | 'value'> | Rejected;

function examineDecoded(slice: EventSlice, shape: MessageCheck): Judged {
  const { bytes, from, to, index } = slice;
  const own = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  try {
    assertShape({ bytes: own, at: 0, end: own.length }, shape);
    return judge(own, slice);
  } catch (error) {
    if (error instanceof TextNotUtf8Error) return textNotUtf8(pathOfText(own, error.at) ?? '');
    // The decoder throws Error and RangeError for bytes that are no message; nothing else in there throws.
    return malformedEvent(index, error instanceof Error ? error.message : String(error));
  }
}

function judge(own: Uint8Array, slice: EventSlice): Judged {
  const envelope = openEnvelope();
  scanEnvelope({ bytes: own, at: 0, end: own.length }, envelope);
  const reader = strictReader(own);
  const event = Event.decode(reader);
  if (reader.pos !== own.length) throw new WireError(`the message ends at byte ${reader.pos}`);
  if (event.payload === undefined && envelope.unknownPayload > 0) {
    return payloadUnknown(envelope.unknownPayload);
  }
  const violation = validateEvent(event)?.[0];
  if (violation !== undefined) return brokenRule(violation);
  const late = judgeTime(event.occurTime, slice.latestMs);
  if (late !== undefined) return late;
  const key = envelope.userId.length > 0 ? envelope.userId : envelope.anonymousId;
  const topic = TOPIC_OF.get(event.payload?.$case ?? '');
  if (!readEventId(own, envelope.eventId.at, slice) || topic === undefined) {
    throw new WireError('the envelope says something else than the decoder');
  }
  return { topic, key: own.subarray(key.at, key.at + key.length), value: own };
}

/** The contract has checked that the time is one of the calendar. */
function judgeTime(occurTime: Date | undefined, latestMs: number): Rejected | undefined {
  if (occurTime === undefined || occurTime.getTime() <= latestMs) return undefined;
  return occurTimeInFuture(occurTime);
}
