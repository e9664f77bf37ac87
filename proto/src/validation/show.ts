import type { Money } from '../../gen/google/type/money.js';

const VALUE_CHARACTERS_MAX = 100;

/** Shown in place of a personal value. */
export const PERSONAL = '(personal)';

/** Cuts a value to 100 characters (UTF-16 units, never half a character). */
export function cut(text: string): string {
  if (text.length <= VALUE_CHARACTERS_MAX) return text;
  const last = text.charCodeAt(VALUE_CHARACTERS_MAX - 1);
  const half = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, half ? VALUE_CHARACTERS_MAX - 1 : VALUE_CHARACTERS_MAX);
}

/** Says what a text is, for a message: escaped, so that it stays on one line. */
export function isText(text: string): string {
  return text === '' ? 'is empty' : `is ${JSON.stringify(cut(text))}`;
}

const NANOS_PER_UNIT = 1_000_000_000n;

/** Prints an amount given in nanos with its currency, such as `EUR 12.50`: at least two decimals, all that are needed. */
export function showNanos(currency: string, nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const decimals = (size % NANOS_PER_UNIT)
    .toString()
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  const amount = `${nanos < 0n ? '-' : ''}${(size / NANOS_PER_UNIT).toString()}.${decimals}`;
  return `${cut(currency === '' ? '(no currency)' : currency)} ${amount}`;
}

/** The exact amount in nanos. */
export function moneyNanos(money: Money): bigint {
  return money.units * NANOS_PER_UNIT + BigInt(money.nanos);
}

/** Prints an amount with its currency, such as `EUR 12.50`. */
export function showMoney(money: Money | undefined): string {
  return money === undefined ? '(absent)' : showNanos(money.currencyCode, moneyNanos(money));
}

/** Prints a moment in ISO 8601, or says that it is none. */
export function showTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? '(no calendar date)' : time.toISOString();
}

/** Says what an amount is, for a message. */
export function amount(money: Money): { what: string; value: string } {
  const value = showMoney(money);
  return { what: `is ${value}`, value };
}
