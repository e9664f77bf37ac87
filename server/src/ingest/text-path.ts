import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';

/** No text of an event is this: it stands for the one that is sought. */
const MARK = '\u{10FFFF}sought\u{10FFFF}';

/**
 * Path in proto names of the text field of an event whose bytes begin at `at`; undefined when the decoder drops it. Only
 * for text that is not plain ASCII.
 */
export function pathOfText(event: Uint8Array, at: number): string | undefined {
  const reader = new BinaryReader(event, (text) =>
    text.byteOffset - event.byteOffset === at ? MARK : '',
  );
  return search(Event.decode(reader));
}

/** Depth first; `undefined` when the mark is not below `value`. */
function search(value: unknown): string | undefined {
  if (value === MARK) return '';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, child] of Object.entries(value)) {
    const below = search(child);
    if (below === undefined) continue;
    const rest = below === '' || below.startsWith('[') ? below : `.${below}`;
    return Array.isArray(value)
      ? `[${name}]${rest}`
      : `${protoName(value, name)}${rest}`.replace(/^\./, '');
  }
  return undefined;
}

/** A payload is held as `payload: { $case, value }`: on the wire it has the name of its case. */
function protoName(holder: object, name: string): string {
  if (name === 'value' && '$case' in holder) return snake(String(holder.$case));
  return name === 'payload' ? '' : snake(name);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
