import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { PAYLOADS } from '@bytebasket/proto/options';
import { validateEvent } from '@bytebasket/proto/validation';
import { INPUT_TOPICS } from '../ports/topics.js';
import { openEnvelope, scanEnvelope } from './envelope.js';
import { readEventId } from './event-id.js';
import { FUTURE_TOLERANCE_MS } from './limits.js';
import {
  brokenRule,
  malformedEvent,
  occurTimeInFuture,
  occurTimeInvalid,
  payloadUnknown,
  textNotUtf8,
} from './rejections.js';
import { strictReader, TextNotUtf8Error } from './strict-reader.js';
import { pathOfText } from './text-path.js';
import type { Rejected } from './verdict.js';
import { WireError } from './wire.js';

/** An event in the bytes of its request, and where its id goes. */
export interface EventSlice {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Its index in the batch, for messages. */
  readonly index: number;
  readonly nowMs: number;
  /** The id of a good event is written here, as four words from `wordAt`. */
  readonly words: Uint32Array;
  readonly wordAt: number;
}

/** What the log needs to know of a good event. */
export interface GoodEvent {
  /** Index into `INPUT_TOPICS`. */
  readonly topic: number;
  /** A view of the request. */
  readonly key: Uint8Array;
}

export type Examined = GoodEvent | Rejected;

export function isRejected(examined: Examined): examined is Rejected {
  return 'reason' in examined;
}

const TOPIC_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(PAYLOADS).map(([name, { stream }]) => [name, INPUT_TOPICS.indexOf(stream)]),
);

/** Decodes and validates one event with the generated code. Never throws for what a client can send. */
export function examineEvent(slice: EventSlice): Examined {
  const { bytes, from, to, index } = slice;
  const own = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  try {
    return judge(own, slice);
  } catch (error) {
    if (error instanceof TextNotUtf8Error) return textNotUtf8(pathOfText(own, error.at) ?? '');
    // The decoder throws Error and RangeError for bytes that are no message; nothing else in there throws.
    return malformedEvent(index, error instanceof Error ? error.message : String(error));
  }
}

function judge(own: Uint8Array, slice: EventSlice): Examined {
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
  const late = judgeTime(event.occurTime, slice.nowMs);
  if (late !== undefined) return late;
  const key = envelope.userId.length > 0 ? envelope.userId : envelope.anonymousId;
  const topic = TOPIC_OF.get(event.payload?.$case ?? '');
  if (!readEventId(own, envelope.eventId.at, slice) || topic === undefined) {
    throw new WireError('the envelope says something else than the decoder');
  }
  return { topic, key: own.subarray(key.at, key.at + key.length) };
}

function judgeTime(occurTime: Date | undefined, nowMs: number): Rejected | undefined {
  const timeMs = occurTime?.getTime() ?? Number.NaN;
  if (Number.isNaN(timeMs)) return occurTimeInvalid('out of range');
  if (timeMs > nowMs + FUTURE_TOLERANCE_MS) return occurTimeInFuture(new Date(timeMs));
  return undefined;
}
