import type { ImportedEvent } from '../importers/importer.js';
import { RowError } from '../importers/row.js';
import { rowsOf } from '../importers/rows-of.js';
import type { ReplaySource } from './sources.js';

/** What a pass over a source yields: events, or a row that is none. */
export type Imported =
  | { readonly events: readonly ImportedEvent[]; readonly row: number }
  | { readonly bad: RowError; readonly row: number };

/** One pass over a source, in file order. `onNote` hears what is worth telling once, at the end. */
export async function* importedEvents(
  source: ReplaySource,
  settings: { currency: string; onNote?: (note: string) => void },
): AsyncGenerator<Imported> {
  const pass = source.importer.open({ currency: settings.currency, lookups: source.lookups });
  let row = 0;
  for await (const read of rowsOf(source.file, source.importer)) {
    row = read.number;
    if ('error' in read) {
      yield { bad: read.error, row };
      continue;
    }
    let result: Imported;
    try {
      result = { events: pass.row(read), row };
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      result = { bad: error, row };
    }
    yield result;
  }
  yield { events: pass.end(), row };
  for (const note of pass.notes()) settings.onNote?.(note);
}

/** What a source holds. */
export interface Span {
  readonly events: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Reads a source once to learn its length and span. */
export async function spanOf(
  source: ReplaySource,
  options: { currency: string; limit: number; signal: AbortSignal },
): Promise<Span> {
  let events = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for await (const imported of importedEvents(source, options)) {
    options.signal.throwIfAborted();
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
