import type { MetricPoint, MetricValue } from '@bytebasket/sdk';
import { describe, expect, test } from 'vitest';
import { Board } from './board.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 2, 10, 30, 20);
const count = (number: number): MetricValue => ({ kind: 'count', count: number });

/** A point of `metric` or `metric split` in the minute that began `ago` minutes before the running one. */
function point(name: string, ago: number, value: MetricValue): MetricPoint {
  const [metric = '', split = ''] = name.split(' ');
  const start = Math.floor(NOW / MINUTE) * MINUTE - ago * MINUTE;
  return {
    ...{ metric, resolution: 'minute', dimensionValue: split, value, approximate: false },
    ...{ startTime: new Date(start), endTime: new Date(start + MINUTE) },
  };
}

describe('the board', () => {
  test('tells the running window, the newest before it, and how long ago the others were', () => {
    const board = new Board(['orders']);
    for (const [ago, number] of [
      [3, 5],
      [1, 7],
      [0, 2],
    ] as const) {
      board.take(point('orders', ago, count(number)));
    }
    board.take(point('orders', 0, count(4)));
    const [row] = board.rows('minute', NOW);
    expect(row?.current?.value).toEqual(count(4));
    expect(row?.previous?.value).toEqual(count(7));
    expect(row?.trend).toEqual(
      new Map([
        [3, 5],
        [1, 7],
        [0, 4],
      ]),
    );
  });

  test('a window is over when its end is reached, not before', () => {
    const board = new Board(['orders']);
    const one = point('orders', 0, count(1));
    board.take(one);
    const at = (nowMs: number) => board.rows('minute', nowMs)[0]?.current === undefined;
    expect(at(one.endTime.getTime() - 1)).toBe(false);
    expect(at(one.endTime.getTime())).toBe(true);
  });

  test('rows come in the order of the metrics, a split by size, amounts one row per currency', () => {
    const board = new Board(['revenue', 'orders']);
    const money = (amount: string, currency: string): MetricValue => ({
      kind: 'money',
      money: { currency, amount, units: 0n, nanos: 0 },
    });
    board.take(point('orders DE', 0, count(1)));
    board.take(point('orders FR', 0, count(3)));
    board.take(point('orders AT', 1, count(9)));
    board.take(point('revenue', 0, money('5', 'EUR')));
    board.take(point('revenue', 0, money('7', 'USD')));
    const rows = board.rows('minute', NOW).map(({ metric, split, current }) => {
      const value = current?.value;
      return [metric, value?.kind === 'money' ? value.money.currency : split];
    });
    expect(rows).toEqual([
      ['revenue', 'USD'],
      ['revenue', 'EUR'],
      ['orders', 'AT'],
      ['orders', 'FR'],
      ['orders', 'DE'],
    ]);
  });

  test('keeps the newest 31 windows of a series', () => {
    const board = new Board(['orders']);
    for (let ago = 40; ago >= 0; ago--) board.take(point('orders', ago, count(ago)));
    const trend = board.rows('minute', NOW)[0]?.trend ?? new Map<number, number>();
    expect([...trend.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 31 }, (_, i) => i),
    );
  });

  test('keeps 5,000 series and counts what found no room', () => {
    const board = new Board(['orders']);
    for (let at = 0; at < 5_001; at++) board.take(point(`orders c-${at}`, 0, count(1)));
    board.take(point('orders c-0', 0, count(2)));
    expect(board.rows('minute', NOW)).toHaveLength(5_000);
    expect(board.refused).toBe(1);
  });
});
