import type { Money } from '@bytebasket/proto/gen/google/type/money';
import { OptionError } from '../errors/errors.js';

const CURRENCY = /^[A-Z]{3}$/;
const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{1,9}))?$/;
const NANO_DIGITS = 9;
const SHOWN_DIGITS_MIN = 2;

/**
 * Makes an exact amount from decimal text: `money('EUR', '12.50')`. `currency` is three capitals (ISO 4217); `amount` is
 * a whole bigint or text of at most 18 digits before and 9 after the point, with `.` as the point and no grouping.
 * Numbers are not taken: 0.1 + 0.2 is not 0.3 in floating point. Throws OptionError when either cannot be read.
 */
export function money(currency: string, amount: string | bigint): Money {
  if (!CURRENCY.test(currency)) {
    throw new OptionError('currency', `currency is '${currency}': use three capitals such as EUR`);
  }
  const match = DECIMAL.exec(String(amount));
  if (match === null || typeof amount === 'number') {
    throw new OptionError(
      'amount',
      `amount is '${String(amount)}' (${typeof amount}): use decimal text such as '12.50'`,
    );
  }
  const negative = match[1] === '-';
  const units = BigInt(match[2] ?? '0');
  const nanos = Number((match[3] ?? '').padEnd(NANO_DIGITS, '0'));
  return {
    currencyCode: currency,
    units: negative ? -units : units,
    nanos: negative && nanos !== 0 ? -nanos : nanos,
  };
}

/**
 * Writes an amount as exact decimal text without the currency: `12.50`, `-0.05`, `0.000000001`. At least two digits
 * follow the point, at most nine.
 */
export function moneyText(amount: Pick<Money, 'units' | 'nanos'>): string {
  const negative = amount.units < 0n || amount.nanos < 0;
  const units = amount.units < 0n ? -amount.units : amount.units;
  const digits = String(Math.abs(amount.nanos)).padStart(NANO_DIGITS, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${units}.${digits.padEnd(SHOWN_DIGITS_MIN, '0')}`;
}
