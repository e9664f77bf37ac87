import { PAYLOADS } from '@bytebasket/proto/options';
import { LENGTH, skipField, takeLength, takeTag, type WireCursor } from './wire.js';

const EVENT_ID = 1 * 8 + LENGTH;
const ANONYMOUS_ID = 2 * 8 + LENGTH;
const USER_ID = 3 * 8 + LENGTH;
/** Fields of the envelope lie below; payloads have this number or a higher one. */
const PAYLOAD_FIRST = 20;

const KNOWN_PAYLOADS = new Set(Object.values(PAYLOADS).map((payload) => payload.fieldNumber));

/** A text field inside an event's bytes; `at` is -1 when absent. */
export interface TextSpan {
  at: number;
  length: number;
}

/** What the outermost fields of an event tell without decoding it. */
export interface Envelope {
  readonly eventId: TextSpan;
  readonly anonymousId: TextSpan;
  readonly userId: TextSpan;
  /** A field where a payload could stand and whose number is not known here; 0 when there is none. */
  unknownPayload: number;
}

export function openEnvelope(): Envelope {
  return {
    eventId: { at: -1, length: 0 },
    anonymousId: { at: -1, length: 0 },
    userId: { at: -1, length: 0 },
    unknownPayload: 0,
  };
}

/** Reads the outermost fields of an event into `envelope`; the last of equal fields counts. Throws WireError. */
export function scanEnvelope(cursor: WireCursor, envelope: Envelope): void {
  const { eventId, anonymousId, userId } = envelope;
  eventId.at = anonymousId.at = userId.at = -1;
  eventId.length = anonymousId.length = userId.length = 0;
  envelope.unknownPayload = 0;
  while (cursor.at < cursor.end) {
    const tag = takeTag(cursor);
    if (tag === EVENT_ID) takeText(cursor, eventId);
    else if (tag === ANONYMOUS_ID) takeText(cursor, anonymousId);
    else if (tag === USER_ID) takeText(cursor, userId);
    else {
      const field = tag >>> 3;
      if (field >= PAYLOAD_FIRST && !KNOWN_PAYLOADS.has(field)) envelope.unknownPayload = field;
      skipField(cursor, tag);
    }
  }
}

function takeText(cursor: WireCursor, text: TextSpan): void {
  text.length = takeLength(cursor);
  text.at = cursor.at;
  cursor.at += text.length;
}
