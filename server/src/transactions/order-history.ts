import {
  type TransactionFact,
  TransactionFactKind,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import {
  AnomalyKind,
  OrderState,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { type Anomalies, differentPeople } from './anomalies.js';
import { type Amount, amountOf, shown } from './money.js';

const WORDS: Readonly<Partial<Record<OrderState, string>>> = {
  [OrderState.PLACED]: 'placed',
  [OrderState.UPDATED]: 'updated',
  [OrderState.CANCELLED]: 'cancelled',
  [OrderState.PARTIALLY_REFUNDED]: 'refunded in part',
  [OrderState.REFUNDED]: 'refunded',
};

export interface OrderHistoryOptions {
  readonly orderId: string;
  readonly anomalies: Anomalies;
  /** Of all payments; undefined while none is authorised. */
  readonly captured: Amount | undefined;
}

/**
 * One order, fact by fact in the order of the log: placed -> updated -> cancelled | partially refunded -> refunded. What
 * is not allowed is flagged and changes nothing, but a refund always counts: the money is gone.
 */
export class OrderHistory {
  readonly #options: OrderHistoryOptions;
  #state: OrderState = OrderState.UNSPECIFIED;
  #placed: TransactionFact | undefined;
  /** The first fact about an order that was not placed so far. */
  #unplaced: TransactionFact | undefined;
  #total: Amount | undefined;
  #items = 0;
  #refunded: Amount | undefined;

  constructor(options: OrderHistoryOptions) {
    this.#options = options;
  }

  get state(): OrderState {
    return this.#state;
  }

  get total(): Amount | undefined {
    return this.#total;
  }

  get items(): number {
    return this.#items;
  }

  get refunded(): Amount | undefined {
    return this.#refunded;
  }

  take(fact: TransactionFact): void {
    switch (fact.kind) {
      case TransactionFactKind.ORDER_PLACED:
        this.#place(fact);
        break;
      case TransactionFactKind.ORDER_UPDATED:
        this.#update(fact);
        break;
      case TransactionFactKind.ORDER_CANCELLED:
        this.#cancel(fact);
        break;
      case TransactionFactKind.ORDER_REFUNDED:
        this.#refund(fact);
        break;
      default:
    }
  }

  /** All facts were taken: finds what only shows then. */
  finish(): void {
    if (this.#placed !== undefined || this.#unplaced === undefined) return;
    const text = `order ${this.#options.orderId} was never seen being placed`;
    this.#options.anomalies.add(AnomalyKind.UNKNOWN_ORDER, this.#unplaced, text);
  }

  #place(fact: TransactionFact): void {
    const before = this.#placed;
    if (before === undefined) {
      this.#placed = fact;
      // What came before it on another way is newer.
      if (this.#total === undefined) this.#order(fact);
      if (this.#state === OrderState.UNSPECIFIED) this.#state = OrderState.PLACED;
      return;
    }
    const { orderId, anomalies } = this.#options;
    if (differentPeople(before, fact)) {
      const text = `order ${orderId} was placed before by somebody else`;
      anomalies.add(AnomalyKind.ID_REUSED, fact, text);
    } else {
      const text = `order ${orderId} was placed again`;
      anomalies.add(AnomalyKind.ILLEGAL_TRANSITION, fact, text);
    }
  }

  #update(fact: TransactionFact): void {
    this.#unplaced ??= fact;
    if (this.#state === OrderState.CANCELLED || this.#state === OrderState.REFUNDED) {
      this.#illegal(fact, 'updated');
      return;
    }
    this.#order(fact);
    if (this.#state !== OrderState.PARTIALLY_REFUNDED) this.#state = OrderState.UPDATED;
  }

  #cancel(fact: TransactionFact): void {
    this.#unplaced ??= fact;
    const allowed: readonly OrderState[] = [
      OrderState.UNSPECIFIED,
      OrderState.PLACED,
      OrderState.UPDATED,
    ];
    if (allowed.includes(this.#state)) this.#state = OrderState.CANCELLED;
    else this.#illegal(fact, 'cancelled');
  }

  #refund(fact: TransactionFact): void {
    this.#unplaced ??= fact;
    if (fact.amount === undefined) return;
    const amount = amountOf(fact.amount);
    const due = this.#options.captured ?? this.#total;
    const currency = this.#refunded?.currency ?? due?.currency ?? amount.currency;
    const { orderId, anomalies } = this.#options;
    if (amount.currency !== currency) {
      const text = `order ${orderId}: ${shown(amount)} was given back, its currency is ${currency}`;
      anomalies.add(AnomalyKind.AMOUNT_MISMATCH, fact, text);
      return;
    }
    const refunded = { currency, nanos: (this.#refunded?.nanos ?? 0n) + amount.nanos };
    this.#refunded = refunded;
    if (due !== undefined && refunded.nanos > due.nanos) {
      const word = this.#options.captured === undefined ? 'it cost' : 'captured was';
      const text = `order ${orderId}: ${shown(refunded)} was given back, ${word} ${shown(due)}`;
      anomalies.add(AnomalyKind.OVER_REFUND, fact, text);
    }
    if (due !== undefined && refunded.nanos >= due.nanos) this.#state = OrderState.REFUNDED;
    // A cancelled order stays cancelled until all its money is back.
    else if (this.#state !== OrderState.CANCELLED) this.#state = OrderState.PARTIALLY_REFUNDED;
  }

  #order({ amount, items }: TransactionFact): void {
    this.#total = amount === undefined ? undefined : amountOf(amount);
    this.#items = items;
  }

  #illegal(fact: TransactionFact, word: string): void {
    const { orderId, anomalies } = this.#options;
    const before = WORDS[this.#state] ?? 'unknown';
    const text = `order ${orderId} was ${word} after it was ${before}`;
    anomalies.add(AnomalyKind.ILLEGAL_TRANSITION, fact, text);
  }
}
