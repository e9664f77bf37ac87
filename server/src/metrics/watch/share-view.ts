import type { Cells, Key, TableStore } from '../../ports/table-store.js';
import type { DimensionName } from '../dimensions.js';
import { readShares, shareName } from '../read-windows.js';
import type { ResolutionRule } from '../resolutions.js';
import type { MergedShares } from '../shares.js';
import type { TableKind } from '../tables.js';
import { LogicalRow } from './logical-row.js';

/** Windows may begin this far ahead of the clock: the fold refuses what lies further. */
const AHEAD_MS = 25 * 3_600_000;

/** Which rows a view holds. */
export interface ViewSelection {
  readonly kind: TableKind;
  readonly rule: ResolutionRule;
  readonly dimension: DimensionName;
}

interface ShareChange {
  readonly key: Key;
  readonly cells: Cells;
  readonly writeTime: number;
}

/** Hears of the rows of a view that changed. */
export interface ViewListener {
  rowChanged(row: LogicalRow, merged: MergedShares): void;
  /** A changed row cannot be read, such as a damaged sketch. Must not throw. */
  rowFailed(row: LogicalRow, error: unknown): void;
}

/**
 * The shares of one table and dimension in memory, from a window on: read from the table once, then kept up by changes.
 * Holds windows that may still change only, so at most 61 windows of 10 seconds or minutes, 49 hours, 4 days.
 */
export class ShareView {
  readonly selection: ViewSelection;
  readonly listeners = new Set<ViewListener>();
  readonly #tables: TableStore;
  readonly #windows = new Map<number, Map<string, LogicalRow>>();
  #changed: LogicalRow[] = [];
  /** Changes of earlier windows are not kept. */
  #trackedFromMs = Number.POSITIVE_INFINITY;
  /** Windows from here on are complete. */
  #completeFromMs = Number.POSITIVE_INFINITY;
  #loading: Promise<unknown> = Promise.resolve();
  /** How often changes were lost, and how often that was when the last complete reading began. */
  #losses = 0;
  #regained = 0;

  constructor(tables: TableStore, selection: ViewSelection) {
    this.#tables = tables;
    this.selection = selection;
  }

  /** Makes the windows from `fromMs` on complete. Changes must be applied already while this reads. */
  completeFrom(fromMs: number, nowMs: number): Promise<void> {
    const loading = this.#loading.then(() => this.#complete(fromMs, nowMs));
    // The caller hears of a failure; the next one in line tries again.
    this.#loading = loading.catch(() => undefined);
    return loading;
  }

  /** True from a loss of changes until everything was read again. */
  get stale(): boolean {
    return this.#regained < this.#losses;
  }

  /** Changes were lost: what the view holds may be old until `reload`. */
  lose(): void {
    this.#losses += 1;
  }

  /** Reads everything again, after changes were lost; what is lost meanwhile needs another reading. */
  async reload(nowMs: number): Promise<void> {
    const losses = this.#losses;
    await this.#read(this.#trackedFromMs, nowMs + AHEAD_MS);
    this.#regained = losses;
  }

  /** Takes a changed row. Returns whether it brought anything new. */
  apply(change: ShareChange): boolean {
    const startMs = Number(change.key[2]);
    if (startMs < this.#trackedFromMs) return false;
    const row = this.#row(startMs, String(change.key[3]));
    const name = shareName(this.selection.kind, change);
    const id = change.key.slice(4).join(' ');
    if (!row.apply(id, { name, writeTime: change.writeTime, cells: change.cells })) return false;
    if (!row.listed) {
      row.listed = true;
      this.#changed.push(row);
    }
    return true;
  }

  /** Tells the listeners of every row that changed since the last call. What fails is told to whom it concerns. */
  flush(): void {
    const changed = this.#changed;
    this.#changed = [];
    for (const row of changed) {
      row.listed = false;
      this.#tell(row);
    }
  }

  /** Rows of the windows that start at or after `fromMs`. */
  *rowsFrom(fromMs: number): Generator<LogicalRow> {
    for (const [startMs, rows] of this.#windows) if (startMs >= fromMs) yield* rows.values();
  }

  /** Rows of the window that starts at `startMs`. */
  rowsAt(startMs: number): Iterable<LogicalRow> {
    return this.#windows.get(startMs)?.values() ?? [];
  }

  /** Forgets windows that start before `ms`. */
  forgetBefore(ms: number): void {
    for (const startMs of this.#windows.keys()) if (startMs < ms) this.#windows.delete(startMs);
    if (this.#trackedFromMs < ms) this.#trackedFromMs = ms;
    if (this.#completeFromMs < ms) this.#completeFromMs = ms;
  }

  #tell(row: LogicalRow): void {
    let merged: MergedShares;
    try {
      merged = row.merged();
    } catch (error) {
      for (const listener of this.listeners) listener.rowFailed(row, error);
      return;
    }
    for (const listener of this.listeners) {
      try {
        listener.rowChanged(row, merged);
      } catch (error) {
        listener.rowFailed(row, error);
      }
    }
  }

  async #complete(fromMs: number, nowMs: number): Promise<void> {
    if (fromMs >= this.#completeFromMs) return;
    this.#trackedFromMs = Math.min(this.#trackedFromMs, fromMs);
    await this.#read(fromMs, Math.min(this.#completeFromMs, nowMs + AHEAD_MS));
    this.#completeFromMs = fromMs;
  }

  async #read(fromMs: number, toMs: number): Promise<void> {
    if (fromMs >= toMs) return;
    const range = { ...this.selection, fromMs, toMs, values: [] };
    for await (const row of readShares(this.#tables, range)) this.apply(row);
  }

  #row(startMs: number, dimensionValue: string): LogicalRow {
    const rows = this.#windows.get(startMs) ?? new Map<string, LogicalRow>();
    this.#windows.set(startMs, rows);
    const known = rows.get(dimensionValue);
    if (known !== undefined) return known;
    const made = new LogicalRow(this.selection.kind, startMs, dimensionValue);
    rows.set(dimensionValue, made);
    return made;
  }
}
