import type {
  OrderState,
  Transaction,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';

/** What lists and watches may ask for besides a user. */
export interface TransactionFilter {
  /** Empty means all. */
  readonly orderStates: readonly OrderState[];
  /** Only transactions with an anomaly. */
  readonly anomalous: boolean;
}

export function matches(
  { orderState, anomaliesTotal }: Transaction,
  { orderStates, anomalous }: TransactionFilter,
): boolean {
  if (anomalous && anomaliesTotal === 0) return false;
  return orderStates.length === 0 || orderStates.includes(orderState);
}
