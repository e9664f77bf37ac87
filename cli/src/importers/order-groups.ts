import type { LineItem, Product } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { ImportedEvent } from './importer.js';
import { moneyOf, type Nanos } from './money.js';

/** One line of an order as a source has it. */
export interface OrderLine {
  readonly product: Product;
  readonly quantity: number;
  /** What the line costs. */
  readonly total: Nanos;
}

export interface OrderKey {
  readonly orderId: string;
  readonly timeMs: number;
  readonly currency: string;
  readonly envelope: Pick<
    ImportedEvent['event'],
    'anonymousId' | 'userId' | 'sessionId' | 'context'
  >;
}

interface OpenOrder extends OrderKey {
  readonly lines: LineItem[];
  total: Nanos;
  part: number;
}

const OPEN_MAX = 10_000;
const LINES_MAX = 500;

/**
 * Gathers lines into orders. An order is complete when a row `closeAfterMs` later arrives, when more than 10,000 are open
 * (the oldest goes first), or at the end. More than 500 lines of one order become several orders (`id`, `id:2`, …).
 */
export class OrderGroups {
  readonly #open = new Map<string, OpenOrder>();
  readonly #closeAfterMs: number;
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(closeAfterMs = 60_000) {
    this.#closeAfterMs = closeAfterMs;
  }

  /** Adds a line; returns the orders that are complete now, oldest first. */
  add(key: OrderKey, line: OrderLine): ImportedEvent[] {
    const done = this.#closeBefore(key.timeMs);
    let order = this.#open.get(key.orderId);
    if (order !== undefined && order.lines.length >= LINES_MAX) {
      done.push(toEvent(order));
      order = { ...key, lines: [], total: 0n, part: order.part + 1 };
      this.#open.set(key.orderId, order);
    }
    if (order === undefined) {
      order = { ...key, lines: [], total: 0n, part: 1 };
      this.#open.set(key.orderId, order);
    }
    order.lines.push({
      product: line.product,
      quantity: line.quantity,
      unitPrice: undefined,
      discount: undefined,
      total: moneyOf(key.currency, line.total),
    });
    order.total += line.total;
    return done;
  }

  end(): ImportedEvent[] {
    const rest = [...this.#open.values()].map(toEvent);
    this.#open.clear();
    return rest;
  }

  #closeBefore(nowMs: number): ImportedEvent[] {
    const done: ImportedEvent[] = [];
    this.#newestMs = Math.max(this.#newestMs, nowMs);
    for (const [id, order] of this.#open) {
      const old = order.timeMs + this.#closeAfterMs < this.#newestMs;
      if (!old && this.#open.size < OPEN_MAX) break;
      this.#open.delete(id);
      done.push(toEvent(order));
    }
    return done;
  }
}

function toEvent(order: OpenOrder): ImportedEvent {
  const orderId = order.part === 1 ? order.orderId : `${order.orderId}:${order.part}`;
  return {
    source: `order ${orderId}`,
    timeMs: order.timeMs,
    event: {
      ...order.envelope,
      payload: {
        $case: 'orderCompleted',
        value: {
          orderId,
          lines: order.lines,
          total: moneyOf(order.currency, order.total),
          shipping: undefined,
          tax: undefined,
          discount: undefined,
          couponCode: '',
          cartId: '',
        },
      },
    },
  };
}
