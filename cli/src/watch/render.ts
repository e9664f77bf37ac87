import type { MetricPoint, MetricResolution } from '@bytebasket/sdk';
import { TREND_WINDOWS, WINDOW_MS, type BoardRow } from './board.js';
import { cut, magnitude, spark, valueText } from './format.js';

export interface RenderOptions {
  readonly resolution: MetricResolution;
  readonly columns: number;
  readonly lines: number;
  readonly nowMs: number;
  readonly colour: boolean;
  /** A line for the top, such as what is connected. */
  readonly status: string;
}

const LABEL_WIDTH = 30;
const VALUE_WIDTH = 18;

/** The board as lines that fit the terminal. */
export function render(rows: readonly BoardRow[], options: RenderOptions): string[] {
  const { columns, lines, colour } = options;
  const dim = (text: string) => (colour ? `\u001b[2m${text}\u001b[0m` : text);
  const wide = columns >= LABEL_WIDTH + 2 * VALUE_WIDTH;
  const label = Math.min(LABEL_WIDTH, Math.max(12, columns - VALUE_WIDTH - 2));
  const heading = `${'metric'.padEnd(label)} ${'this window'.padStart(VALUE_WIDTH)}${wide ? 'the one before'.padStart(VALUE_WIDTH) : ''}`;
  const body = rows.map((row) => rowLine(row, options, { wide, label }));
  const shown = body.slice(0, Math.max(1, lines - 4));
  const hidden = body.length - shown.length;
  return [
    cut(options.status, columns),
    '',
    dim(cut(heading, columns)),
    ...(rows.length === 0
      ? [dim('no events in these windows yet: publish or replay some')]
      : shown),
    ...(hidden > 0 ? [dim(`… ${hidden} more series: choose some, or use a taller window`)] : []),
  ];
}

function rowLine(
  row: BoardRow,
  { resolution, columns, nowMs }: RenderOptions,
  { wide, label }: { wide: boolean; label: number },
): string {
  const { current, previous } = lastTwo(row, nowMs);
  const name = cut(row.split === '' ? row.metric : `${row.metric} ${row.split}`, label).padEnd(
    label,
  );
  const newest = current ?? previous;
  if (newest?.value.kind === 'top' || newest?.value.kind === 'funnel') {
    return cut(`${name} ${valueText(newest.value)}`, columns);
  }
  const mark = current?.approximate === true ? '~' : '';
  const now = `${mark}${current === undefined ? '–' : valueText(current.value)}`.padStart(
    VALUE_WIDTH,
  );
  if (!wide) return cut(`${name} ${now}`, columns);
  const before = (previous === undefined ? '–' : valueText(previous.value)).padStart(VALUE_WIDTH);
  const trendWidth = Math.min(TREND_WINDOWS, columns - label - 2 * VALUE_WIDTH - 3);
  const trend = trendWidth > 3 ? `  ${trendOf(row, WINDOW_MS[resolution], trendWidth)}` : '';
  return `${name} ${now}${before}${trend}`;
}

/** The window that runs now and the one before it; a day's length varies, so windows tell themselves. */
function lastTwo(
  row: BoardRow,
  nowMs: number,
): { current: MetricPoint | undefined; previous: MetricPoint | undefined } {
  const current = row.points.findLast((point) => point.endTime.getTime() > nowMs);
  const previous = row.points.findLast((point) => point.endTime.getTime() <= nowMs);
  return { current, previous };
}

function trendOf(row: BoardRow, windowMs: number, width: number): string {
  const newest = row.points.at(-1);
  if (newest === undefined) return '';
  const byAge = new Map(
    row.points.map((point) => [
      Math.round((newest.startTime.getTime() - point.startTime.getTime()) / windowMs),
      magnitude(point.value),
    ]),
  );
  return spark(Array.from({ length: width }, (_, index) => byAge.get(width - 1 - index)));
}
