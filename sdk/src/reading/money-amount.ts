import type { Money } from '@bytebasket/proto/gen/google/type/money';
import { moneyText } from '../events/money.js';

/** An exact amount. */
export interface MoneyAmount {
  /** Three capitals, ISO 4217. */
  readonly currency: string;
  /** Exact decimal text without the currency, such as `1234.50`. */
  readonly amount: string;
  /** The whole units. */
  readonly units: bigint;
  /** Billionths of a unit, of the same sign as `units`. */
  readonly nanos: number;
}

/** Turns an amount off the wire into ours; absent stays absent. */
export function moneyAmount(money: Money): MoneyAmount;
export function moneyAmount(money: Money | undefined): MoneyAmount | undefined;
export function moneyAmount(money: Money | undefined): MoneyAmount | undefined {
  if (money === undefined) return undefined;
  const { currencyCode: currency, units, nanos } = money;
  return { currency, amount: moneyText(money), units, nanos };
}
