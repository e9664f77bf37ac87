import {
  hasAll,
  type ImportedEvent,
  type Importer,
  type ImportPass,
  type NumberedRow,
} from './importer.js';
import type { ImportSettings } from './importer.js';
import { OrderGroups } from './order-groups.js';
import { product, productAdded, productViewed, type Payload } from './payloads.js';
import { id, needed, optionalId, RowError, timeMs } from './row.js';

function single({ number, row }: NumberedRow, payload: Payload): ImportedEvent[] {
  const visitor = `rr-${id(row, 'visitorid')}`;
  return [
    {
      source: `row ${number}`,
      timeMs: timeMs(row, 'timestamp', 'unix-ms'),
      event: { anonymousId: visitor, payload },
    },
  ];
}

function open({ currency }: ImportSettings): ImportPass {
  const groups = new OrderGroups(15 * 60_000);
  const transaction = ({ row }: NumberedRow) => {
    const visitor = `rr-${id(row, 'visitorid')}`;
    const envelope = { anonymousId: visitor };
    const orderId = `rr-${optionalId(row, 'transactionid') || visitor}`;
    const key = { orderId, timeMs: timeMs(row, 'timestamp', 'unix-ms'), currency, envelope };
    return groups.add(key, { product: product(id(row, 'itemid')), quantity: 1, total: 0n });
  };
  return {
    row: (numbered) => {
      const item = product(id(numbered.row, 'itemid'));
      const kind = needed(numbered.row, 'event');
      if (kind === 'view') return single(numbered, productViewed(item));
      if (kind === 'addtocart') return single(numbered, productAdded(item, 1));
      if (kind === 'transaction') return transaction(numbered);
      throw new RowError('event', `is ${kind}: view, addtocart or transaction is needed`);
    },
    end: () => groups.end(),
    notes: () => ['the format has no prices: orders have a total of 0'],
  };
}

/** RetailRocket's `events.csv`. It has neither prices nor sessions. */
export const retailRocket: Importer = {
  name: 'retailrocket',
  description: 'RetailRocket events.csv (timestamp,visitorid,event,itemid,transactionid)',
  detect: (columns) => hasAll(columns, ['timestamp', 'visitorid', 'event', 'itemid']),
  open,
};
