import { describe, expect, test } from 'vitest';
import { money, moneyText } from './money.js';

describe('money', () => {
  test.each([
    ['12.50', 12n, 500_000_000, '12.50'],
    ['0', 0n, 0, '0.00'],
    ['0.1', 0n, 100_000_000, '0.10'],
    ['-0.05', 0n, -50_000_000, '-0.05'],
    ['-3.000000001', -3n, -1, '-3.000000001'],
    ['999999999999999999.999999999', 999_999_999_999_999_999n, 999_999_999, undefined],
    [7n, 7n, 0, '7.00'],
    [-7n, -7n, 0, '-7.00'],
  ])('reads %s exactly and writes it again', (...[amount, units, nanos, text]) => {
    const made = money('EUR', amount);
    expect(made).toEqual({ currencyCode: 'EUR', units, nanos });
    expect(moneyText(made)).toBe(text ?? amount);
  });

  test.each([
    '',
    '1,5',
    '1.',
    '.5',
    '1e3',
    '+1',
    ' 1',
    '1.0000000001',
    '1234567890123456789',
    'NaN',
  ])('refuses the text %j', (amount) => {
    expect(() => money('EUR', amount)).toThrow(expect.objectContaining({ field: 'amount' }));
  });

  test('refuses floating point and what is no currency', () => {
    expect(() => money('EUR', 0.3 as unknown as string)).toThrow(
      expect.objectContaining({ field: 'amount' }),
    );
    for (const currency of ['', 'eur', 'EURO', 'E1R']) {
      expect(() => money(currency, '1')).toThrow(expect.objectContaining({ field: 'currency' }));
    }
  });
});
