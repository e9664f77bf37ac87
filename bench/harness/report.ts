import { writeFileSync } from 'node:fs';

/** One figure. `goal` is what the project promises; `detail` is for the reader of the table only. */
export interface BenchRow {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly better: 'higher' | 'lower';
  readonly detail?: string;
}

/** A measurement that gives the figures named in `ids`. */
export interface Bench {
  readonly ids: readonly string[];
  readonly title: string;
  run(log: (line: string) => void): Promise<readonly BenchRow[]>;
}

function verdict(row: BenchRow): string {
  if (row.goal === null) return '';
  const met = row.better === 'higher' ? row.value >= row.goal : row.value <= row.goal;
  return met ? 'met' : 'NOT met';
}

const number = (value: number) =>
  value >= 100
    ? Math.round(value).toLocaleString('en-GB')
    : value.toFixed(Math.abs(value) < 1 ? 4 : 2);

/** The rows as an aligned text table. */
export function table(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.id,
    number(row.value),
    row.unit,
    row.goal === null ? '' : `${row.better === 'higher' ? '≥' : '≤'} ${number(row.goal)}`,
    verdict(row),
    row.detail ?? '',
  ]);
  const head = ['id', 'value', 'unit', 'goal', '', 'detail'];
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((c) => (c[i] ?? '').length)));
  const line = (c: readonly string[]) =>
    c
      .map((x, i) => x.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...cells.map(line)].join('\n');
}

/** Writes rows as the JSON that `--json FILE` promises. */
export function writeJson(file: string, rows: readonly BenchRow[]): void {
  const plain = rows.map(({ id, value, unit, goal, better }) => ({
    id,
    value,
    unit,
    goal,
    better,
  }));
  writeFileSync(file, `${JSON.stringify(plain, null, 2)}\n`);
}
