import type { EventView } from '../event/event-view.js';
import { RESOLUTIONS } from '../resolutions.js';
import { CategoryRows, combinationOf, type EventTarget, rowsIn } from './event-target.js';
import type { ShareState } from './share-state.js';
import type { WindowShare } from './window-share.js';

/** Most 10-second spans whose rows are remembered; then all are found again. */
const SPANS_MAX = 64;
const SPAN_MS = 10_000;

interface Span {
  /** Instants that lie in the same windows of every resolution: [start, end). */
  readonly startMs: number;
  readonly endMs: number;
  /** Earliest closing time among the windows. */
  readonly closesAtMs: number;
  readonly windows: readonly WindowShare[];
  readonly categories: CategoryRows;
  readonly targets: Map<number, EventTarget>;
}

/**
 * Finds the rows of an event in all four resolutions with two look-ups of numbers. Only a cache: what it returns is
 * what the state would give.
 */
export class TargetCache {
  readonly #state: ShareState;
  readonly #spans = new Map<number, Span>();
  #last: Span | undefined;

  constructor(state: ShareState) {
    this.#state = state;
  }

  /** Where an event counts if it counts in all resolutions; undefined when it is late for one of them. */
  targetOf(view: EventView, appendMs: number): EventTarget | undefined {
    const span = this.#spanOf(view.occurMs, appendMs);
    if (span === undefined) return undefined;
    const combination = combinationOf(view);
    const known = span.targets.get(combination);
    if (known !== undefined) return known;
    const { windows, categories } = span;
    const rows = windows.flatMap((window) => rowsIn(window, view));
    const made = { windows, rows, combination, categories };
    span.targets.set(combination, made);
    return made;
  }

  /** Forgets everything; needed when windows were forgotten. */
  clear(): void {
    this.#spans.clear();
    this.#last = undefined;
  }

  #spanOf(occurMs: number, appendMs: number): Span | undefined {
    const last = this.#last;
    const span =
      last !== undefined && occurMs >= last.startMs && occurMs < last.endMs
        ? last
        : (this.#spans.get(spanKey(occurMs)) ?? this.#made(occurMs, appendMs));
    if (span === undefined || occurMs < span.startMs || occurMs >= span.endMs) return undefined;
    if (!this.#state.counts(span.closesAtMs, appendMs)) return undefined;
    this.#last = span;
    return span;
  }

  #made(occurMs: number, appendMs: number): Span | undefined {
    const windows: WindowShare[] = [];
    for (const rule of RESOLUTIONS) {
      const window = this.#state.countingWindow(rule, occurMs, appendMs);
      if (window === undefined) return undefined;
      windows.push(window);
    }
    const span = {
      startMs: Math.max(...windows.map((window) => window.startMs)),
      endMs: Math.min(...windows.map((window) => window.endMs)),
      closesAtMs: Math.min(...windows.map((window) => window.closesAtMs)),
      windows,
      categories: new CategoryRows(windows),
      targets: new Map<number, EventTarget>(),
    };
    if (this.#spans.size >= SPANS_MAX) this.#spans.clear();
    this.#spans.set(spanKey(occurMs), span);
    return span;
  }
}

function spanKey(ms: number): number {
  return Math.floor(ms / SPAN_MS);
}
