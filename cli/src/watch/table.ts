import { cut, padEnd, padStart, widthOf } from './text-width.js';

/** A column of a table; the last one takes what is left of the line. */
export interface TableColumn<Row> {
  readonly title: string;
  /** Cells at most; default as many as its widest value takes. */
  readonly max?: number;
  readonly right?: boolean;
  /** Shown from this width of the terminal on; default always. */
  readonly from?: number;
  readonly cell: (row: Row) => string;
}

export interface TableOptions<Row> {
  readonly columns: readonly TableColumn<Row>[];
  /** Rows that matter less. */
  readonly dimmed?: (row: Row) => boolean;
  /** What stands there while there is no row. */
  readonly empty: string;
  /** The first line, such as what is connected; absent for none. */
  readonly status?: string;
  /** Cells of a line, and lines; infinite where nothing limits them. */
  readonly screen: { readonly columns: number; readonly lines: number; readonly colour: boolean };
}

const GAP = '  ';
const LAST_MIN = 10;

/** A table as lines that fit: none is longer than the screen is wide, and there are at most so many (but at least four). */
export function tableLines<Row>(rows: readonly Row[], options: TableOptions<Row>): string[] {
  const { screen, status, empty, dimmed } = options;
  const dim = (text: string) => (screen.colour ? `\u001b[2m${text}\u001b[22m` : text);
  const head = status === undefined ? [] : [cut(status, screen.columns), ''];
  if (rows.length === 0) return [...head, dim(cut(empty, screen.columns))];
  const room = Math.max(2, screen.lines - head.length - 1);
  const shown = rows.length <= room ? rows : rows.slice(0, room - 1);
  const hidden = rows.length - shown.length;
  const columns = options.columns.filter(({ from = 0 }) => screen.columns >= from);
  const cells = shown.map((row) => columns.map(({ cell }) => cell(row)));
  const line = lineOf(columns, cells, screen.columns);
  const lines = cells.map((texts, at) => {
    const row = shown[at];
    const text = line(texts);
    return row !== undefined && dimmed?.(row) === true ? dim(text) : text;
  });
  const more = hidden === 0 ? [] : [dim(cut(`… ${hidden} more`, screen.columns))];
  return [...head, dim(line(columns.map(({ title }) => title))), ...lines, ...more];
}

/** Puts texts of a row into columns as wide as their widest text. */
function lineOf<Row>(
  columns: readonly TableColumn<Row>[],
  cells: readonly (readonly string[])[],
  lineWidth: number,
): (texts: readonly string[]) => string {
  const widths = columns.map(({ title, max = Number.POSITIVE_INFINITY }, at) => {
    const widest = Math.max(widthOf(title), ...cells.map((texts) => widthOf(texts[at] ?? '')));
    return Math.min(widest, Math.max(max, widthOf(title)));
  });
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  widths[last] = Math.max(LAST_MIN, lineWidth - before);
  return (texts) => {
    const parts = columns.map(({ right = false }, at) => {
      const width = widths[at] ?? 0;
      const text = cut(texts[at] ?? '', width);
      if (right) return padStart(text, width);
      return at === last ? text : padEnd(text, width);
    });
    return cut(parts.join(GAP).trimEnd(), lineWidth);
  };
}
