import type { Money } from '@bytebasket/proto/gen/google/type/money';

const NANOS_PER_UNIT = 1_000_000_000n;

/** An amount, exact: whole nanos of one currency, of any size and sign. */
export interface Amount {
  /** Three letters. */
  readonly currency: string;
  readonly nanos: bigint;
}

export function amountOf({ currencyCode, units, nanos }: Money): Amount {
  return { currency: currencyCode, nanos: units * NANOS_PER_UNIT + BigInt(nanos) };
}

export function moneyOf({ currency, nanos }: Amount): Money {
  return {
    currencyCode: currency,
    units: nanos / NANOS_PER_UNIT,
    nanos: Number(nanos % NANOS_PER_UNIT),
  };
}

/** In words, such as `12.50 EUR`: at least two decimals, as many as it takes. */
export function shown({ currency, nanos }: Amount): string {
  const positive = nanos < 0n ? -nanos : nanos;
  const decimals = (positive % NANOS_PER_UNIT).toString().padStart(9, '0');
  const short = decimals.replace(/0{1,7}$/, '');
  return `${nanos < 0n ? '-' : ''}${positive / NANOS_PER_UNIT}.${short} ${currency}`;
}

export function sameAmount(a: Amount, b: Amount): boolean {
  return a.currency === b.currency && a.nanos === b.nanos;
}
