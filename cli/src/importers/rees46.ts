import {
  hasAll,
  type Importer,
  type ImportPass,
  type ImportSettings,
  type NumberedRow,
} from './importer.js';
import { nanosOf } from './money.js';
import { OrderGroups } from './order-groups.js';
import { product, productAdded, productRemoved, productViewed, type Payload } from './payloads.js';
import { asId, id, needed, optionalId, RowError, text, timeMs, type SourceRow } from './row.js';

function item(row: SourceRow, currency: string) {
  const price = text(row, 'price');
  const code = text(row, 'category_code');
  const brand = text(row, 'brand');
  return product(id(row, 'product_id'), {
    categoryId: code === undefined ? optionalId(row, 'category_id') : asId(code),
    ...(brand === undefined ? {} : { brand }),
    ...(price === undefined ? {} : { price: nanosOf(price, 'price'), currency }),
  });
}

const envelopeOf = (row: SourceRow) => ({
  anonymousId: `rees-${id(row, 'user_id')}`,
  sessionId: optionalId(row, 'user_session'),
});

function open({ currency }: ImportSettings): ImportPass {
  const groups = new OrderGroups();
  const purchase = ({ row }: NumberedRow) => {
    const time = timeMs(row, 'event_time');
    const envelope = envelopeOf(row);
    const orderId = `rees-${envelope.sessionId || envelope.anonymousId}-${time}`;
    const total = nanosOf(text(row, 'price') ?? '0', 'price');
    return groups.add(
      { orderId, timeMs: time, currency, envelope },
      { product: item(row, currency), quantity: 1, total },
    );
  };
  const single = (numbered: NumberedRow, payload: Payload) => [
    {
      source: `row ${numbered.number}`,
      timeMs: timeMs(numbered.row, 'event_time'),
      event: { ...envelopeOf(numbered.row), payload },
    },
  ];
  return {
    row: (numbered) => {
      const kind = needed(numbered.row, 'event_type');
      const seen = item(numbered.row, currency);
      if (kind === 'view') return single(numbered, productViewed(seen));
      if (kind === 'cart') return single(numbered, productAdded(seen, 1));
      if (kind === 'remove_from_cart') return single(numbered, productRemoved(seen, 1));
      if (kind === 'purchase') return purchase(numbered);
      throw new RowError(
        'event_type',
        `is ${kind}: view, cart, remove_from_cart or purchase is needed`,
      );
    },
    end: () => groups.end(),
    notes: () => [],
  };
}

/** REES46's multi-category and cosmetics shop files. Purchases of one session at one time are one order. */
export const rees46: Importer = {
  name: 'rees46',
  description: 'REES46 eCommerce behaviour data (event_time,event_type,product_id,…,user_session)',
  detect: (columns) => hasAll(columns, ['event_time', 'event_type', 'product_id', 'user_id']),
  open,
};
