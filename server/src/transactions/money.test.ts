import { describe, expect, test } from 'vitest';
import { amountOf, moneyOf, shown } from './money.js';

describe('an amount', () => {
  test('keeps every nano of any size, both ways', () => {
    const money = { currencyCode: 'EUR', units: 9_007_199_254_740_993n, nanos: 999_999_999 };
    expect(amountOf(money).nanos).toBe(9_007_199_254_740_993_999_999_999n);
    expect(moneyOf(amountOf(money))).toEqual(money);
  });

  test('is shown with two decimals, and more only when they are there', () => {
    const of = (nanos: bigint): string => shown({ currency: 'EUR', nanos });
    expect(of(0n)).toBe('0.00 EUR');
    expect(of(12_500_000_000n)).toBe('12.50 EUR');
    expect(of(1_005_000_000n)).toBe('1.005 EUR');
    expect(of(1n)).toBe('0.000000001 EUR');
    expect(of(-12_500_000_000n)).toBe('-12.50 EUR');
  });
});
