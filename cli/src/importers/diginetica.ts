import {
  hasAll,
  rowByRow,
  type Importer,
  type ImportedEvent,
  type NumberedRow,
} from './importer.js';
import type { ImportSettings } from './importer.js';
import { product, productViewed } from './payloads.js';
import { id, optionalId, plain, text, timeMs, type SourceRow } from './row.js';

const NAMES = {
  csv: {
    session: 'sessionId',
    user: 'userId',
    item: 'itemId',
    frame: 'timeframe',
    date: 'eventdate',
  },
  table: {
    session: 'session_id',
    user: 'user_id',
    item: 'item_id',
    frame: 'timeframe_ms',
    date: '',
  },
} as const;

/** Users of some copies are `NA` where they are unknown. */
const known = (user: string) => (user === 'NA' ? '' : user);

function occurMs(row: SourceRow): number {
  if (row['event_time'] !== undefined) return timeMs(row, 'event_time');
  return timeMs(row, 'eventdate', 'date') + Number(text(row, 'timeframe') ?? 0);
}

function view({ number, row }: NumberedRow, { lookups }: ImportSettings): ImportedEvent[] {
  const names =
    row['sessionId'] === undefined && row['session_id'] !== undefined ? NAMES.table : NAMES.csv;
  const session = `dg-${id(row, names.session)}`;
  const itemId = id(row, names.item);
  const category = lookups.get('categories')?.get(itemId)?.['category_id'];
  const seen = product(itemId, category === undefined ? {} : { categoryId: plain(category) });
  return [
    {
      source: `row ${number}`,
      timeMs: occurMs(row),
      event: {
        anonymousId: session,
        userId: known(optionalId(row, names.user)),
        sessionId: session,
        payload: productViewed(seen),
      },
    },
  ];
}

/** Product views of the CIKM Cup 2016 (Diginetica), as the cup's CSV or as a table with `event_time`. */
export const diginetica: Importer = {
  name: 'diginetica',
  description:
    'CIKM Cup 2016 product views (sessionId;userId;itemId;timeframe;eventdate, or a table)',
  delimiter: ';',
  detect: (columns) =>
    hasAll(columns, ['sessionId', 'itemId', 'eventdate']) ||
    hasAll(columns, ['session_id', 'item_id', 'timeframe_ms', 'event_time']),
  open: (settings) => rowByRow((numbered) => view(numbered, settings)),
};
