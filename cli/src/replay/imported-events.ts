import { setImmediate as turn } from 'node:timers/promises';
import type { ImportedEvent } from '../importers/importer.js';
import { RowError } from '../importers/row.js';
import { rowsOf } from '../importers/rows-of.js';
import { unreadable, type ReplaySource } from './sources.js';

/** Rows after which timers and signals get their turn: rows of one slice come without any wait between them. */
const ROWS_PER_TURN = 1_000;

/** What a pass over a source yields: events, or a row that is none. */
export type Imported =
  | { readonly events: readonly ImportedEvent[]; readonly row: number }
  | { readonly bad: RowError; readonly row: number };

export interface ImportOptions {
  /** For amounts without one. */
  readonly currency: string;
  readonly signal: AbortSignal;
  /** Hears what is worth telling once, at the end. */
  readonly onNote?: (note: string) => void;
}

/** One pass over a source, in file order. Throws the signal's reason, or CliError for a file that cannot be read. */
export async function* importedEvents(
  source: ReplaySource,
  { currency, signal, onNote }: ImportOptions,
): AsyncGenerator<Imported> {
  const pass = source.importer.open({ currency, lookups: source.lookups });
  const rows = rowsOf(source.file, source.importer)[Symbol.asyncIterator]();
  let row = 0;
  try {
    for (let count = 1; ; count++) {
      if (count % ROWS_PER_TURN === 0) await turn();
      signal.throwIfAborted();
      const next = await rows.next().catch((cause: unknown) => {
        throw unreadable(source.name, cause);
      });
      if (next.done === true) break;
      const read = next.value;
      row = read.number;
      yield 'error' in read ? { bad: read.error, row } : imported(() => pass.row(read), row);
    }
  } finally {
    await rows.return?.();
  }
  yield { events: pass.end(), row };
  for (const note of pass.notes()) onNote?.(note);
}

function imported(read: () => readonly ImportedEvent[], row: number): Imported {
  try {
    return { events: read(), row };
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return { bad: error, row };
  }
}

/** What a source holds. */
export interface Span {
  readonly events: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface SpanOptions extends ImportOptions {
  /** Events that count, from the first. */
  readonly limit: number;
  readonly onRow?: () => void;
}

/** Reads a source once to learn its length and span. */
export async function spanOf(source: ReplaySource, options: SpanOptions): Promise<Span> {
  let events = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for await (const imported of importedEvents(source, options)) {
    options.onRow?.();
    if ('bad' in imported) continue;
    for (const { timeMs } of imported.events) {
      if (events >= options.limit) return { events, firstMs, lastMs };
      events++;
      firstMs = Math.min(firstMs, timeMs);
      lastMs = Math.max(lastMs, timeMs);
    }
  }
  return { events, firstMs, lastMs };
}
