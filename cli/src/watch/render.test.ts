import type { MetricPoint, MetricValue } from '@bytebasket/sdk';
import { describe, expect, test } from 'vitest';
import type { BoardRow } from './board.js';
import { render, type RenderOptions } from './render.js';
import { widthOf } from './text-width.js';

function row(name: string, value?: MetricValue, before?: MetricValue): BoardRow {
  const [metric = '', split = ''] = name.split(' ');
  const point = (one: MetricValue | undefined): MetricPoint | undefined =>
    one && {
      ...{ metric, resolution: 'minute', dimensionValue: split, value: one, approximate: true },
      ...{ startTime: new Date(0), endTime: new Date(60_000) },
    };
  const trend = new Map([
    [0, 4],
    [1, 8],
  ]);
  return { metric, split, current: point(value), previous: point(before), trend };
}

const count = (number: number): MetricValue => ({ kind: 'count', count: number });
const revenue: MetricValue = {
  kind: 'money',
  money: { currency: 'EUR', amount: '1234567.5', units: 0n, nanos: 0 },
};
const top: MetricValue = {
  kind: 'top',
  entries: Array.from({ length: 50 }, (_, at) => ({ value: `p-${at}`, count: 9, errorMax: 0 })),
  total: 450,
};
const ROWS = [row('orders', count(12), count(34_567)), row('revenue', revenue), row('tops', top)];

function board(rows: readonly BoardRow[], options: Partial<RenderOptions> = {}): string[] {
  const metrics = rows.map(({ metric }) => metric);
  const defaults = { metrics, split: false, columns: 100, lines: 30, colour: false, status: 'S' };
  return render(rows, { ...defaults, ...options });
}

describe('the board on a terminal', () => {
  test('aligns values, marks estimates and shows the trend where there is room', () => {
    expect(board(ROWS.slice(0, 2), { columns: 64 })).toEqual([
      'S',
      '',
      'metric             this window     the one before  trend',
      'orders                     ~12            ~34,567             █▅',
      'revenue      ~1,234,567.50 EUR                  –             █▅',
    ]);
  });

  test.each([20, 30, 45, 60, 80, 100, 200])('no line is wider than %i cells', (columns) => {
    for (const line of board(ROWS, { columns, status: 'x'.repeat(300) })) {
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  test('a narrow one leaves out the trend, then the window before, never the value', () => {
    const at = (columns: number) => board(ROWS.slice(0, 1), { columns })[3] ?? '';
    expect(at(80)).toMatch(/~12 +~34,567 +█▅$/);
    expect(at(45)).toMatch(/~12 +~34,567$/);
    expect(at(30)).toMatch(/~12$/);
  });

  test('says how many rows are hidden and never has more lines than the terminal', () => {
    const rows = Array.from({ length: 20 }, (_, at) => row(`m${at}`, count(at)));
    expect(board(rows, { lines: 23 })).toHaveLength(23);
    expect(board(rows, { lines: 23 }).at(-1)).toMatch(/^m19 /);
    const short = board(rows, { lines: 10 });
    expect(short).toHaveLength(10);
    expect(short.at(-1)).toBe('… 14 more: name some metrics, or use a taller window');
  });

  test('shows every metric that was asked for before it has a value, and how to get some', () => {
    const lines = board([], { metrics: ['orders', 'revenue'] });
    expect(lines.slice(3).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'orders – –',
      'revenue – –',
      'no events in these windows yet: publish or replay some',
    ]);
  });

  test('a list that has only a window before says so', () => {
    expect(board([row('tops', undefined, top)], { columns: 40 })[3]).toMatch(/before: p-0 \(9\)/);
  });

  test('names the value of a split, as harmless text', () => {
    const lines = board([row('orders D\u001bE', count(1))], { split: true });
    expect(lines[3]).toContain('orders D\uFFFDE');
  });

  test('uses no escape without colour', () => {
    expect(board(ROWS).join('')).not.toContain('\u001b');
    expect(board(ROWS, { colour: true }).join('')).toContain('\u001b[2m');
  });
});
