import { TREND_WINDOWS, type BoardRow } from './board.js';
import { pointText } from './format.js';
import { spark } from './spark.js';
import { cut, harmless, padEnd, padStart, widthOf } from './text-width.js';

export interface RenderOptions {
  /** Metrics that were asked for; those without a row get one when nothing is split. */
  readonly metrics: readonly string[];
  readonly split: boolean;
  /** Cells of a line, and lines; infinite where nothing limits them. */
  readonly columns: number;
  readonly lines: number;
  readonly colour: boolean;
  /** The first line, such as what is connected. */
  readonly status: string;
}

const NAME_WIDTH = { min: 12, max: 30 };
/** As wide as the headings, so that columns stay where they are while values grow. */
const VALUE_WIDTH_MIN = 14;
const TREND_WIDTH_MIN = 5;
const NONE = '–';

interface Layout {
  readonly name: number;
  readonly value: number;
  /** Whether the window before is shown. */
  readonly before: boolean;
  /** 0 for no trend. */
  readonly trend: number;
  readonly columns: number;
}

/** The board as lines that fit: none is longer than `columns`, and there are at most `lines` (but at least four). */
export function render(rows: readonly BoardRow[], options: RenderOptions): string[] {
  const { columns, colour } = options;
  const dim = (text: string) => (colour ? `\u001b[2m${text}\u001b[22m` : text);
  const all = options.split ? rows : withAbsent(rows, options.metrics);
  const layout = layoutOf(all, columns);
  const hint = rows.length === 0 ? ['no events in these windows yet: publish or replay some'] : [];
  const room = options.lines - 3 - hint.length;
  const shown = all.length <= room ? all : all.slice(0, Math.max(1, room - 1));
  const hidden = all.length - shown.length;
  const more = hidden > 0 ? [`… ${hidden} more: name some metrics, or use a taller window`] : [];
  return [
    cut(options.status, columns),
    '',
    dim(cut(heading(layout), columns)),
    ...shown.map((row) => rowLine(row, layout, dim)),
    ...[...hint, ...more].map((line) => dim(cut(line, columns))),
  ];
}

/** A row for each metric that has none, so that the board does not jump when the first event comes. */
function withAbsent(rows: readonly BoardRow[], metrics: readonly string[]): readonly BoardRow[] {
  return metrics.flatMap((metric) => {
    const own = rows.filter((row) => row.metric === metric);
    const absent = { current: undefined, previous: undefined, trend: new Map<number, number>() };
    return own.length > 0 ? own : [{ metric, split: '', ...absent }];
  });
}

function layoutOf(rows: readonly BoardRow[], columns: number): Layout {
  const names = rows.map((row) => widthOf(nameOf(row)));
  const values = rows
    .filter((row) => !inOneLine(row))
    .flatMap((row) => [widthOf(valueOf(row.current)), widthOf(valueOf(row.previous))]);
  const value = Math.max(VALUE_WIDTH_MIN, ...values);
  const widest = Math.min(NAME_WIDTH.max, Math.max(NAME_WIDTH.min, ...names));
  const name = Math.max(1, Math.min(widest, columns - value - 1));
  const before = columns >= name + 2 * value + 3;
  const left = columns - name - 2 * value - 5;
  const trend = before && left >= TREND_WIDTH_MIN ? Math.min(TREND_WINDOWS, left) : 0;
  return { name, value, before, trend, columns };
}

function heading({ name, value, before, trend }: Layout): string {
  const columns = [padEnd('metric', name), ` ${padStart('this window', value)}`];
  if (before) columns.push(`  ${padStart('the one before', value)}`);
  if (trend > 0) columns.push(`  ${trend >= 15 ? `last ${trend} windows` : 'trend'}`);
  return columns.join('').trimEnd();
}

function rowLine(row: BoardRow, layout: Layout, dim: (text: string) => string): string {
  const { name, value, before, trend, columns } = layout;
  const label = padEnd(cut(nameOf(row), name), name);
  if (inOneLine(row)) return listLine(row, { label, columns }, dim);
  const cells = [label, ` ${padStart(cut(valueOf(row.current), value), value)}`];
  if (before) cells.push(`  ${dim(padStart(valueOf(row.previous), value))}`);
  if (trend > 0) cells.push(`  ${trendOf(row, trend)}`);
  return cells.join('').trimEnd();
}

/** Lists and funnels take the line; in the first moments of a window the one before is still worth a look, dimmed. */
function listLine(
  { current, previous }: BoardRow,
  { label, columns }: { readonly label: string; readonly columns: number },
  dim: (text: string) => string,
): string {
  const width = columns - widthOf(label) - 2;
  const point = current ?? previous;
  if (point === undefined) return label;
  if (current !== undefined) return `${label}  ${cut(pointText(current, width), width)}`;
  return `${label}  ${dim(cut(`before: ${pointText(point, width - 8)}`, width))}`;
}

function inOneLine({ current, previous }: BoardRow): boolean {
  const kind = (current ?? previous)?.value.kind;
  return kind === 'top' || kind === 'funnel';
}

const nameOf = ({ metric, split }: BoardRow) =>
  split === '' ? metric : `${metric} ${harmless(split)}`;

const valueOf = (point: BoardRow['current']) => (point === undefined ? NONE : pointText(point));

function trendOf({ trend }: BoardRow, width: number): string {
  return spark(Array.from({ length: width }, (_, index) => trend.get(width - 1 - index)));
}
