import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { rowByRow, type ImportedEvent, type Importer, type NumberedRow } from './importer.js';
import { RowError } from './row.js';

/** An event of the contract in proto JSON as an imported event. Throws RowError naming what is missing. */
export function fromProtoJson({ number, row }: NumberedRow): ImportedEvent {
  const event = parse(row);
  const { eventId, occurTime, ...rest } = event;
  if (event.payload === undefined) {
    throw new RowError('payload', 'is missing: one field such as "productViewed" is needed');
  }
  return {
    source: `line ${number}`,
    timeMs: occurTime?.getTime() ?? Date.now(),
    event: rest,
    ...(eventId === '' ? {} : { eventId }),
  };
}

function parse(row: NumberedRow['row']): Event {
  try {
    return Event.fromJSON(row);
  } catch (error) {
    throw new RowError('line', `is not an event in proto JSON: ${String(error)}`);
  }
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
