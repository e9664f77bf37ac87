import type { MetricValue } from '@bytebasket/sdk';
import { describe, expect, test } from 'vitest';
import { pointText } from './format.js';
import { spark } from './spark.js';
import { cut, harmless, padStart, widthOf } from './text-width.js';

const shown = (value: MetricValue, width?: number) =>
  pointText({ value, approximate: false }, width);
const money = (amount: string, currency: string): MetricValue => ({
  kind: 'money',
  money: { currency, amount, units: 0n, nanos: 0 },
});

describe('a value in a few characters', () => {
  test('counts are grouped and estimates marked', () => {
    const value: MetricValue = { kind: 'count', count: 1_234_567 };
    expect(shown(value)).toBe('1,234,567');
    expect(pointText({ value, approximate: true })).toBe('~1,234,567');
  });

  test.each([
    ['1234.5', 'EUR', '1,234.50 EUR'],
    ['0.005', 'EUR', '0.01 EUR'],
    ['0.004999999', 'EUR', '0.00 EUR'],
    ['999.995', 'USD', '1,000.00 USD'],
    ['-0.5', 'EUR', '-0.50 EUR'],
    ['1234.5', 'JPY', '1,235 JPY'],
    ['1.2345', 'KWD', '1.235 KWD'],
    ['7', 'XXX', '7.00 XXX'],
    ['98765432109876543.21', 'EUR', '98,765,432,109,876,543.21 EUR'],
  ])('%s %s is %s', (amount, currency, text) => {
    expect(shown(money(amount, currency))).toBe(text);
  });

  test('a ratio is a percentage with one decimal', () => {
    expect(shown({ kind: 'ratio', ratio: 0.98765 })).toBe('98.8 %');
  });

  test('a list shows whole entries only, marks counts with an error, and no less than the first', () => {
    const entries = [
      { value: 'running shoes', count: 1200, errorMax: 0 },
      { value: 'hats', count: 7, errorMax: 2 },
    ];
    const top: MetricValue = { kind: 'top', entries, total: 1207 };
    expect(shown(top)).toBe('running shoes (1,200), hats (~7)');
    expect(shown(top, 32)).toBe('running shoes (1,200), hats (~7)');
    expect(shown(top, 31)).toBe('running shoes (1,200)');
    expect(shown(top, 3)).toBe('running shoes (1,200)');
  });

  test('a funnel names its steps where there is room', () => {
    const funnel: MetricValue = { kind: 'funnel', view: 1000, cart: 30, checkout: 2, order: 1 };
    expect(shown(funnel, 46)).toBe('view 1,000 → cart 30 → checkout 2 → order 1');
    expect(shown(funnel, 30)).toBe('1,000 → 30 → 2 → 1');
  });

  test('search terms cannot steer the terminal', () => {
    const entries = [{ value: '\u001b[2Jx\n\u202ey', count: 1, errorMax: 0 }];
    expect(shown({ kind: 'top', entries, total: 1 })).toBe('\uFFFD[2Jx\uFFFD\uFFFDy (1)');
    expect(harmless('Schöne Größe 日本')).toBe('Schöne Größe 日本');
  });
});

describe('text on a terminal', () => {
  test('wide characters take two cells, also when text is cut and padded', () => {
    expect(widthOf('日本 a')).toBe(6);
    expect(widthOf('e\u0301')).toBe(1);
    expect(cut('日本語', 6)).toBe('日本語');
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('abc', 0)).toBe('');
    expect(padStart('日', 4)).toBe('  日');
  });
});

describe('a trend', () => {
  test('grows from zero to the largest and leaves missing windows blank', () => {
    expect(spark([0, 1, undefined, 4, 8])).toBe('▁▂ ▅█');
    expect(spark([0, 0])).toBe('▁▁');
    expect(spark([undefined, undefined])).toBe('  ');
    expect(spark([])).toBe('');
  });
});
