import { describe, expect, test } from 'vitest';
import { tableLines, type TableColumn } from './table.js';

interface Row {
  readonly id: string;
  readonly count: number;
  readonly text: string;
}

const COLUMNS: readonly TableColumn<Row>[] = [
  { title: 'ID', max: 4, cell: ({ id }) => id },
  { title: 'COUNT', right: true, from: 30, cell: ({ count }) => String(count) },
  { title: 'TEXT', cell: ({ text }) => text },
];
const ROWS: readonly Row[] = [
  { id: 'a', count: 7, text: 'short' },
  { id: 'bcdefg', count: 123_456, text: 'a text that is longer than the line' },
];
const screen = (columns: number, lines = 20, colour = false) => ({ columns, lines, colour });

describe('a table', () => {
  test('has columns as wide as their texts, and the last one takes what is left', () => {
    const options = { columns: COLUMNS, empty: '', status: 'live', screen: screen(32) };
    expect(tableLines(ROWS, options)).toEqual([
      'live',
      '',
      'ID     COUNT  TEXT',
      'a          7  short',
      'bcd…  123456  a text that is lo…',
    ]);
  });

  test('leaves out columns that a narrow terminal has no room for', () => {
    const lines = tableLines(ROWS, { columns: COLUMNS, empty: '', screen: screen(29) });
    expect(lines).toEqual(['ID    TEXT', 'a     short', 'bcd…  a text that is longer …']);
  });

  test('says what is hidden below, what is missing, and dims what matters less', () => {
    const rows = Array.from({ length: 9 }, (_, at) => ({ id: `${at}`, count: at, text: 't' }));
    const options = { columns: COLUMNS, empty: 'nothing here', status: 's' };
    const cut = tableLines(rows, { ...options, screen: screen(40, 7) });
    expect(cut).toHaveLength(7);
    expect(cut.at(-1)).toBe('… 6 more');
    expect(tableLines(rows, { ...options, screen: screen(40, 12) })).toHaveLength(12);
    expect(tableLines([], { ...options, screen: screen(40) })).toEqual(['s', '', 'nothing here']);
    const dimmed = ({ id }: Row) => id === 'a';
    const [head, first, second] = tableLines(ROWS, {
      ...{ columns: COLUMNS, empty: '', dimmed, screen: screen(40, 20, true) },
    });
    expect([head, first].every((line) => line?.startsWith('\u001b[2m'))).toBe(true);
    expect(second?.startsWith('bcd…')).toBe(true);
  });
});
