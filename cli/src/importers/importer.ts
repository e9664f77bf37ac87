import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { SourceRow } from './row.js';

/** A numbered row; `number` counts from 1 as a person would count lines or rows of data. */
export interface NumberedRow {
  readonly number: number;
  readonly row: SourceRow;
}

/** An event without an id: replay gives it one from `source` and its time. */
export interface ImportedEvent {
  /** What it came from, stable for the same file: `row 12` or `order 4711`. */
  readonly source: string;
  /** When it happened according to the source, milliseconds. */
  readonly timeMs: number;
  readonly event: Partial<Omit<Event, 'eventId' | 'occurTime'>> & Pick<Event, 'anonymousId'>;
  /** The event's own id, when the source has one. */
  readonly eventId?: string;
}

/** Values of a second table by key, such as a product's category. */
export type Lookup = ReadonlyMap<string, SourceRow>;

export interface ImportSettings {
  /** ISO 4217 currency for sources that have amounts without one; default XXX (no currency). */
  readonly currency: string;
  /** Second tables by name. */
  readonly lookups: ReadonlyMap<string, Lookup>;
}

/** One pass over a source. Rows that cannot become events throw RowError; the pass goes on with the next row. */
export interface ImportPass {
  row(numbered: NumberedRow): readonly ImportedEvent[];
  /** Events that waited for more rows, such as the last orders. */
  end(): readonly ImportedEvent[];
  /** Things worth telling once, such as `17 orders rebalanced`. */
  notes(): readonly string[];
}

/** A source format. */
export interface Importer {
  /** Name for `--format`. */
  readonly name: string;
  readonly description: string;
  /** Column names for files without a header, by number of columns. */
  readonly headerless?: (columns: number) => readonly string[] | undefined;
  /** CSV delimiter; default comma. */
  readonly delimiter?: string;
  /** Whether a file with these columns (or such a first JSON object) is of this format. */
  detect(columns: readonly string[]): boolean;
  open(settings: ImportSettings): ImportPass;
}

/** A pass that maps each row by itself. */
export function rowByRow(map: (numbered: NumberedRow) => readonly ImportedEvent[]): ImportPass {
  return { row: map, end: () => [], notes: () => [] };
}

/** True when every name is among the columns. */
export const hasAll = (columns: readonly string[], names: readonly string[]) =>
  names.every((name) => columns.includes(name));
