import { KIND, type MessageCheck } from './wire-check-table.js';
import { LENGTH, skipField, takeLength, takeTag, takeVarint32, type WireCursor } from './wire.js';

/**
 * Throws WireError unless the bytes have the shape of the message down to the innermost one. The decoder is laxer: it reads
 * on behind the end of an inner message whose last field is too long, and stops at a zero byte, so that fields are lost or
 * taken for others.
 */
export function assertShape(cursor: WireCursor, message: MessageCheck): void {
  while (cursor.at < cursor.end) {
    const tag = takeTag(cursor);
    const field = message.fields[tag >>> 3];
    if (field === undefined || (tag & 7) !== LENGTH) {
      skipField(cursor, tag);
      continue;
    }
    const length = takeLength(cursor);
    const inner: WireCursor = { bytes: cursor.bytes, at: cursor.at, end: cursor.at + length };
    if (field.message !== undefined) assertShape(inner, field.message);
    else if (field.kind === KIND.packedInts) while (inner.at < inner.end) takeVarint32(inner);
    cursor.at += length;
  }
}
