import type {
  ImportedEvent,
  Importer,
  ImportPass,
  ImportSettings,
  NumberedRow,
} from './importer.js';
import { hasAll } from './importer.js';
import { nanosOf } from './money.js';
import { OrderGroups } from './order-groups.js';
import { product, productViewed } from './payloads.js';
import { id, optionalId, quantity, text, timeMs } from './row.js';

const CLICKS = ['session', 'timestamp', 'item', 'category'];
const BUYS = ['session', 'timestamp', 'item', 'price', 'quantity'];

/** Categories are `0` where unknown and `S` for special offers. */
const category = (value: string) => (value === '0' ? '' : value);

function click({ number, row }: NumberedRow): ImportedEvent {
  const session = `yc-${id(row, 'session')}`;
  const seen = product(id(row, 'item'), { categoryId: category(optionalId(row, 'category')) });
  return {
    source: `row ${number}`,
    timeMs: timeMs(row, 'timestamp'),
    event: { anonymousId: session, sessionId: session, payload: productViewed(seen) },
  };
}

function open({ currency }: ImportSettings): ImportPass {
  const groups = new OrderGroups();
  const buy = ({ row }: NumberedRow) => {
    const session = `yc-${id(row, 'session')}`;
    const time = timeMs(row, 'timestamp');
    const count = quantity(row, 'quantity');
    const total = nanosOf(text(row, 'price') ?? '0', 'price') * BigInt(count);
    const envelope = { anonymousId: session, sessionId: session };
    const key = { orderId: session, timeMs: time, currency, envelope };
    return groups.add(key, { product: product(id(row, 'item')), quantity: count, total });
  };
  return {
    row: (numbered) => (numbered.row['price'] === undefined ? [click(numbered)] : buy(numbered)),
    end: () => groups.end(),
    notes: () => [],
  };
}

/** Clicks and buys of the RecSys Challenge 2015 (Yoochoose), files without a header. */
export const yoochoose: Importer = {
  name: 'yoochoose',
  description:
    'RecSys Challenge 2015 clicks (session,timestamp,item,category) and buys (…,price,quantity)',
  headerless: (columns) => (columns === 4 ? CLICKS : columns === 5 ? BUYS : undefined),
  detect: (columns) => hasAll(columns, CLICKS) || hasAll(columns, BUYS),
  open,
};
