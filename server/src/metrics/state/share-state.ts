import { type ResolutionRule, RESOLUTIONS } from '../resolutions.js';
import { closesAtMs, type Window, type Windows } from '../windows.js';
import type { ShareRow } from './share-row.js';
import { WindowShare } from './window-share.js';

/** Events that happened this long before they were appended are late for every window, days of 25 hours included. */
const LATE_FOR_ALL_MS = (48 + 26) * 3_600_000;

/**
 * How long, by append time, a closed window stays in memory: so far may a log's clock step back without an event that
 * counts by its own append time finding its window gone. Beyond, such an event counts as late.
 */
export const CLOCK_STEP_BACK_MS = 60_000;

/** Everything that one topic partition counts: the open windows, and lists of what changed in them. */
export class ShareState {
  readonly #windows: Windows;
  readonly #open = new Map<ResolutionRule, Map<number, WindowShare>>(
    RESOLUTIONS.map((rule) => [rule, new Map()]),
  );
  readonly #removedChunks: string[] = [];
  #changedRows: ShareRow[] = [];
  #changedTops: WindowShare[] = [];
  #changedWindows: WindowShare[] = [];
  #newestAppendMs = 0;
  #nextCloseMs = Number.POSITIVE_INFINITY;

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  get newestAppendMs(): number {
    return this.#newestAppendMs;
  }

  /** Moves on to a record's append time and forgets windows that closed. Returns whether windows were forgotten. */
  advance(appendMs: number): boolean {
    if (appendMs <= this.#newestAppendMs) return false;
    this.#newestAppendMs = appendMs;
    if (appendMs <= this.#nextCloseMs + CLOCK_STEP_BACK_MS) return false;
    this.#forgetClosed();
    return true;
  }

  /** Whether an event appended at `appendMs` counts in a window that closes at `closesAtMs`. */
  counts(closesAtMs: number, appendMs: number): boolean {
    return appendMs <= closesAtMs && this.#newestAppendMs <= closesAtMs + CLOCK_STEP_BACK_MS;
  }

  /** The window of a resolution that holds an instant, made when first seen. */
  window(rule: ResolutionRule, ms: number): WindowShare {
    return this.#windowFrom(rule, this.#windows.at(rule, ms));
  }

  /** The window that an event counts in, made when first seen; undefined when the event is late for it. */
  countingWindow(rule: ResolutionRule, occurMs: number, appendMs: number): WindowShare | undefined {
    if (occurMs < appendMs - LATE_FOR_ALL_MS) return undefined;
    const window = this.#windows.at(rule, occurMs);
    if (!this.counts(closesAtMs(rule, window.endMs), appendMs)) return undefined;
    return this.#windowFrom(rule, window);
  }

  #windowFrom(rule: ResolutionRule, window: Window): WindowShare {
    const open = this.#openOf(rule);
    const known = open.get(window.startMs);
    if (known !== undefined) return known;
    const made = new WindowShare(rule, window);
    open.set(window.startMs, made);
    this.#nextCloseMs = Math.min(this.#nextCloseMs, made.closesAtMs);
    return made;
  }

  /** Takes a window from a snapshot. */
  restore(window: WindowShare): void {
    this.#openOf(window.rule).set(window.startMs, window);
    this.#nextCloseMs = Math.min(this.#nextCloseMs, window.closesAtMs);
  }

  /** Notes that a row waits for a flush; its window must be touched too. */
  touchRow(row: ShareRow): void {
    if (row.listed) return;
    row.listed = true;
    this.#changedRows.push(row);
  }

  /** Notes that a window's lists of frequent values wait for a flush; the window must be touched too. */
  touchTops(window: WindowShare): void {
    if (window.topsListed) return;
    window.topsListed = true;
    this.#changedTops.push(window);
  }

  /** Notes that a window waits for a snapshot. */
  touchWindow(window: WindowShare): void {
    if (window.listed) return;
    window.listed = true;
    this.#changedWindows.push(window);
  }

  takeChangedRows(): readonly ShareRow[] {
    const rows = this.#changedRows;
    for (const row of rows) row.listed = false;
    this.#changedRows = [];
    return rows;
  }

  takeChangedTops(): readonly WindowShare[] {
    const windows = this.#changedTops;
    for (const window of windows) window.topsListed = false;
    this.#changedTops = [];
    return windows;
  }

  /** Windows changed since the last call that are still open. */
  takeChangedWindows(): readonly WindowShare[] {
    const windows = this.#changedWindows;
    for (const window of windows) window.listed = false;
    this.#changedWindows = [];
    return windows.filter((window) => this.#openOf(window.rule).get(window.startMs) === window);
  }

  takeRemovedChunks(): readonly string[] {
    return this.#removedChunks.splice(0);
  }

  #openOf(rule: ResolutionRule): Map<number, WindowShare> {
    const open = this.#open.get(rule);
    if (open === undefined) throw new TypeError(`there is no resolution ${rule.name}`);
    return open;
  }

  #forgetClosed(): void {
    this.#nextCloseMs = Number.POSITIVE_INFINITY;
    for (const open of this.#open.values()) {
      for (const window of open.values()) {
        if (this.#newestAppendMs > window.closesAtMs + CLOCK_STEP_BACK_MS) {
          open.delete(window.startMs);
          this.#removedChunks.push(window.chunk);
        } else {
          this.#nextCloseMs = Math.min(this.#nextCloseMs, window.closesAtMs);
        }
      }
    }
  }
}
