/** Fields of Event below this number are its envelope. */
const PAYLOAD_FIELD_MIN = 20;

/**
 * The field number of an event's payload, 0 when it has none: steps over the fields of the message without reading them.
 * Throws RangeError for bytes that are no message.
 */
export function payloadField(event: Uint8Array): number {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = event[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of the event ends too late: these bytes are no event');
  };
  while (at < event.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (field >= PAYLOAD_FIELD_MIN) return field;
    const type = tag % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 2) {
      // In two steps: reading the length moves `at` itself.
      const length = varint();
      at += length;
    } else if (type === 5) at += 4;
    else throw new RangeError(`wire type ${type} in the event: these bytes are no event`);
  }
  return 0;
}
