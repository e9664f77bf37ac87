import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { describe, expect, test } from 'vitest';
import { payloadField } from './payload-field.js';

const envelope = {
  eventId: '0197a000-0000-7000-8000-000000000000',
  anonymousId: 'a'.repeat(128),
  userId: 'u'.repeat(128),
  sessionId: 's',
  occurTime: new Date(Date.UTC(2026, 0, 1)),
  context: { country: 'DE', page: { path: `/${'p'.repeat(300)}` } },
};
const product = { productId: 'p1' };

describe('the payload field of an event', () => {
  test('is found behind an envelope of any size', () => {
    const fieldOf = (event: Parameters<typeof Event.fromPartial>[0]): number =>
      payloadField(Event.encode(Event.fromPartial(event)).finish());
    const viewed = { $case: 'productViewed', value: { product } } as const;
    expect(fieldOf({ payload: viewed })).toBe(28);
    expect(fieldOf({ ...envelope, payload: viewed })).toBe(28);
    const updated = { $case: 'productUpdated', value: { product } } as const;
    expect(fieldOf({ ...envelope, payload: updated })).toBe(120);
    expect(fieldOf(envelope)).toBe(0);
    expect(payloadField(new Uint8Array(0))).toBe(0);
  });

  test('is refused for bytes that are no message', () => {
    // A tag that never ends, and the wire type of a group.
    expect(() => payloadField(Uint8Array.of(0xff, 0xff))).toThrow(RangeError);
    expect(() => payloadField(Uint8Array.of(0x0b))).toThrow(/wire type 3/);
  });
});
