/** A row of a source by column name. Values are what the reader gives: text, numbers, dates, JSON values. */
export type SourceRow = Readonly<Record<string, unknown>>;

/** A row that cannot become an event: which column, which value, what would help. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly column: string;

  constructor(column: string, message: string) {
    super(`${column} ${message}`);
    this.column = column;
  }
}

/** A cell's value as text, whatever the reader gave. */
export function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}

const shown = (value: unknown) => {
  const whole = plain(value);
  return whole.length > 60 ? `${whole.slice(0, 60)}…` : whole;
};

/** Text of a cell, trimmed; undefined when absent or empty. */
export function text(row: SourceRow, column: string): string | undefined {
  const value = row[column];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !(value instanceof Date)) {
    throw new RowError(column, `is ${shown(value)}: text is needed`);
  }
  const trimmed = plain(value).trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Text of a cell that must be there. */
export function needed(row: SourceRow, column: string): string {
  const value = text(row, column);
  if (value === undefined) throw new RowError(column, 'is empty: a value is needed');
  return value;
}

/** Turns any text into an id of the contract: 1 to 128 of A-Z a-z 0-9 _ . : -; other characters become `_`. */
export function asId(value: string): string {
  return value.replace(/[^A-Za-z0-9_.:-]+/g, '_').slice(0, 128);
}

/** An id that must be there. */
export function id(row: SourceRow, column: string): string {
  return asId(needed(row, column));
}

export function optionalId(row: SourceRow, column: string): string {
  const value = text(row, column);
  return value === undefined ? '' : asId(value);
}

/** A whole number of at least 1; `fallback` when absent. */
export function quantity(row: SourceRow, column: string, fallback = 1): number {
  const value = text(row, column);
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1 || parsed > 1_000_000) {
    throw new RowError(column, `is ${shown(value)}: use a whole number from 1 to 1000000`);
  }
  return parsed;
}

/** How a column tells the time. */
export type TimeFormat = 'iso' | 'unix-s' | 'unix-ms' | 'date';

/** The time of a cell in milliseconds. Text without a zone is taken as UTC. */
export function timeMs(row: SourceRow, column: string, format: TimeFormat = 'iso'): number {
  const value = row[column];
  const ms =
    value instanceof Date
      ? value.getTime()
      : format === 'unix-s'
        ? Number(needed(row, column)) * 1000
        : format === 'unix-ms'
          ? Number(needed(row, column))
          : Date.parse(zoned(needed(row, column)));
  if (!Number.isFinite(ms)) {
    throw new RowError(column, `is ${shown(value)}: a time like 2019-11-01 00:00:05 is needed`);
  }
  return ms;
}

/** `2019-11-01 00:00:05 UTC` and the like as ISO 8601 in UTC. */
function zoned(value: string): string {
  const iso = value.replace(/ UTC$/, 'Z').replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T');
  return /T/.test(iso) && !/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? `${iso}Z` : iso;
}
