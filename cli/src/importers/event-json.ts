import { rowByRow, type ImportedEvent, type Importer, type NumberedRow } from './importer.js';
import { eventOfProtoJson } from './proto-json.js';
import { RowError } from './row.js';

/** An event of the contract in proto JSON as an imported event. Throws RowError naming what is wrong. */
export function fromProtoJson({ number, row }: NumberedRow): ImportedEvent {
  const { eventId, occurTime, ...event } = eventOfProtoJson(row);
  if (occurTime === undefined) {
    throw new RowError('occurTime', 'is missing: `bytebasket publish` takes events without a time');
  }
  const own = eventId === '' ? {} : { eventId };
  return { source: `line ${number}`, timeMs: occurTime.getTime(), event, ...own };
}

/** ByteBasket's own events, one in proto JSON a line. */
export const eventJson: Importer = {
  name: 'bytebasket',
  description: 'events of the contract in proto JSON, one a line',
  detect: (columns) =>
    columns.includes('anonymousId') &&
    columns.some((name) => name === 'eventId' || name === 'occurTime'),
  open: () => rowByRow((numbered) => [fromProtoJson(numbered)]),
};
