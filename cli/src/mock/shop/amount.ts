import type { Money } from '@bytebasket/proto/gen/google/type/money';

/** An amount in hundredths of its currency's unit, a whole number: sums of them are exact. */
export type Cents = number;

const NANOS_PER_CENT = 10_000_000;

/** The amount as the contract's Money. */
export function moneyOf(currencyCode: string, cents: Cents): Money {
  return {
    currencyCode,
    units: BigInt(Math.floor(cents / 100)),
    nanos: (cents % 100) * NANOS_PER_CENT,
  };
}

/** So many per cent of an amount, rounded to whole cents. */
export function percentOf(cents: Cents, percent: number): Cents {
  return Math.round((cents * percent) / 100);
}
