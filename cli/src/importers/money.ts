import type { Money } from '@bytebasket/proto/gen/google/type/money';
import { plain, RowError } from './row.js';

const NANOS = 1_000_000_000n;

/** An amount in billionths of its unit, so that sums are exact. */
export type Nanos = bigint;

/**
 * The amount that decimal text or a number stands for. Numbers are taken to four decimals, as sources that store
 * amounts as floating point mean them. Throws RowError for anything else.
 */
export function nanosOf(value: unknown, column: string): Nanos {
  const given = plain(value).trim();
  // 4.4e-16 and 0.30000000000000004 are what a source means by 0 and 0.3.
  const float = typeof value === 'number' || /^-?[\d.]+e-\d+$|\.\d{10,}$/i.test(given);
  const decimal = float ? Number(value).toFixed(4) : given;
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/.exec(decimal);
  if (match === null) throw new RowError(column, `is ${decimal}: an amount like 12.50 is needed`);
  const [, sign, units = '0', fraction = ''] = match;
  const nanos = BigInt(units) * NANOS + BigInt(fraction.padEnd(9, '0'));
  return sign === '-' ? -nanos : nanos;
}

/** The amount as the contract's Money. `currency`: ISO 4217, three capitals. */
export function moneyOf(currency: string, nanos: Nanos): Money {
  return { currencyCode: currency, units: nanos / NANOS, nanos: Number(nanos % NANOS) };
}

/** ISO 4217's code for "no currency": amounts of sources that do not say. */
export const NO_CURRENCY = 'XXX';
