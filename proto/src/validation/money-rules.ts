// The CEL rules on one amount, by hand. The build matches each to its expression in the proto files.
import type { Money } from '../../gen/google/type/money.js';
import { capital } from './text.js';

const UNITS_MAX = 1_000_000_000;
const NANOS_MAX = 999_999_999;

/** Rule `money.non_negative`: 0 to 1,000,000,000 units, 0 to 999,999,999 nanos, a currency of three capital letters. */
export function moneyNonNegative(money: Money): boolean {
  const currency = money.currencyCode;
  // Rounding does not matter: it begins far above the limit. Comparing bigint with bigint costs ten times as much.
  const units = Number(money.units);
  return (
    currency.length === 3 &&
    capital(currency, 0) &&
    capital(currency, 1) &&
    capital(currency, 2) &&
    units >= 0 &&
    units <= UNITS_MAX &&
    money.nanos >= 0 &&
    money.nanos <= NANOS_MAX
  );
}

/** Rule `money.positive`: as `money.non_negative`, and above 0. */
export function moneyPositive(money: Money): boolean {
  return moneyNonNegative(money) && (money.units > 0n || money.nanos > 0);
}
