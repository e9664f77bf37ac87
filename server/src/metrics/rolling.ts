import type { TableStore } from '../ports/table-store.js';
import type { Computation } from './catalogue.js';
import { compareTexts } from './dimensions.js';
import { readWindows } from './read-windows.js';
import { resolutionNamed } from './resolutions.js';
import type { Series } from './series.js';
import { DistinctUnion } from './sketches/distinct-union.js';

/** The windows that rolling metrics are put together from. */
export const ROLLING_RULE = resolutionNamed('10s');

/** End of the span of a window: the window's own, or the end of the present 10 seconds in the current window. */
export function rollingEndMs(windowEndMs: number, nowMs: number): number {
  const present = (Math.floor(nowMs / ROLLING_RULE.lengthMs) + 1) * ROLLING_RULE.lengthMs;
  return Math.min(windowEndMs, present);
}

/** Distinct ids of each dimension value in spans that end later and later. Each 10-second window is read once. */
export class RollingReader {
  readonly #tables: TableStore;
  readonly #series: Series;
  readonly #computation: Extract<Computation, { from: 'rolling' }>;
  readonly #signal: AbortSignal | undefined;
  /** By start of a 10-second window, then by dimension value. */
  readonly #windows = new Map<number, Map<string, DistinctUnion>>();
  #readUpToMs = 0;

  constructor(options: {
    readonly tables: TableStore;
    readonly series: Series;
    readonly computation: Extract<Computation, { from: 'rolling' }>;
    readonly signal?: AbortSignal | undefined;
  }) {
    this.#tables = options.tables;
    this.#series = options.series;
    this.#computation = options.computation;
    this.#signal = options.signal;
  }

  /** Counts above 0 by dimension value, in table order, of the span that ends at `endMs`. */
  async countsUpTo(endMs: number): Promise<readonly (readonly [string, number])[]> {
    const fromMs = endMs - this.#computation.spanMs;
    await this.#read(Math.max(fromMs, this.#readUpToMs), endMs);
    this.#readUpToMs = endMs;
    const unions = new Map<string, DistinctUnion>();
    for (const [startMs, values] of this.#windows) {
      if (startMs < fromMs) {
        this.#windows.delete(startMs);
        continue;
      }
      for (const [value, part] of values) {
        const union = unions.get(value) ?? new DistinctUnion();
        unions.set(value, union);
        union.addUnion(part);
      }
    }
    return [...unions]
      .map(([value, union]) => [value, union.count()] as const)
      .filter(([, count]) => count > 0)
      .toSorted(([a], [b]) => compareTexts(a, b));
  }

  async #read(fromMs: number, toMs: number): Promise<void> {
    const rows = readWindows(this.#tables, {
      kind: 'distinct',
      rule: ROLLING_RULE,
      dimension: this.#series.dimensionName,
      fromMs,
      toMs,
      values: this.#series.values,
      signal: this.#signal,
    });
    for await (const { startMs, dimensionValue, merged } of rows) {
      const union = merged.distinct.get(this.#computation.sketch);
      if (union === undefined) continue;
      const values = this.#windows.get(startMs) ?? new Map<string, DistinctUnion>();
      this.#windows.set(startMs, values);
      values.set(dimensionValue, union);
    }
  }
}
