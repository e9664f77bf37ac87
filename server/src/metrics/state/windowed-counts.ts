import type { TopicPartition } from '../../ports/event-log.js';
import type { FoldInput, TableRowWrite } from '../../processor/fold.js';
import type { EventView } from '../event/event-view.js';
import { RESOLUTIONS } from '../resolutions.js';
import type { Windows } from '../windows.js';
import {
  CLOCK_CHUNK,
  decodeClock,
  decodeWindow,
  encodeClock,
  encodeWindow,
} from './chunk-codec.js';
import { type Arrival, EventCounter } from './event-counter.js';
import { CategoryRows, combinationOf, type EventTarget, rowsIn } from './event-target.js';
import { RowWrites } from './row-writes.js';
import { ShareState } from './share-state.js';
import { TargetCache } from './target-cache.js';
import type { WindowShare } from './window-share.js';

/** Ingest refuses events that lie 5 minutes ahead; this far ahead of its append time a record is taken for damaged. */
const AHEAD_MAX_MS = 24 * 3_600_000;

export interface WindowedCountsOptions {
  readonly source: TopicPartition;
  readonly windows: Windows;
  readonly arrival: Arrival;
  /** Of a snapshot; empty begins with nothing. */
  readonly chunks: ReadonlyMap<string, Uint8Array>;
}

/** One topic partition's share of all windows, with what changed in it since it was last asked. */
export class WindowedCounts {
  readonly #state: ShareState;
  readonly #targets: TargetCache;
  readonly #counter: EventCounter;
  readonly #writes: RowWrites;
  /** Append time in the newest clock chunk. */
  #snapshotAppendMs: number;

  constructor({ source, windows, arrival, chunks }: WindowedCountsOptions) {
    this.#state = new ShareState(windows);
    this.#targets = new TargetCache(this.#state);
    this.#counter = new EventCounter(this.#state, arrival);
    this.#writes = new RowWrites(source);
    for (const [name, bytes] of chunks) {
      if (name === CLOCK_CHUNK) this.#state.advance(decodeClock(bytes));
      else this.#state.restore(decodeWindow(bytes));
    }
    this.#snapshotAppendMs = this.#state.newestAppendMs;
  }

  /** Counts what a record says. Throws RangeError, and changes nothing, when it lies a day ahead of its append time. */
  count(view: EventView, { record, writeTime }: Pick<FoldInput, 'record' | 'writeTime'>): void {
    const { appendMs } = record;
    if (!(view.occurMs <= appendMs + AHEAD_MAX_MS)) {
      throw new RangeError(`occur_time ${view.occurMs} lies more than a day after the append time`);
    }
    // Nothing below throws: from here on the state changes.
    if (this.#state.advance(appendMs)) this.#targets.clear();
    const target =
      this.#targets.targetOf(view, appendMs) ?? this.#lateTarget(view, appendMs, writeTime);
    this.#counter.count(target, view, writeTime);
  }

  changedRows(): readonly TableRowWrite[] {
    for (const row of this.#state.takeChangedRows()) this.#writes.addRow(row);
    for (const window of this.#state.takeChangedTops()) this.#writes.addTops(window);
    return this.#writes.take();
  }

  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    const chunks = new Map<string, Uint8Array | undefined>();
    for (const chunk of this.#state.takeRemovedChunks()) chunks.set(chunk, undefined);
    for (const window of this.#state.takeChangedWindows()) {
      chunks.set(window.chunk, encodeWindow(window));
    }
    if (this.#snapshotAppendMs !== this.#state.newestAppendMs) {
      this.#snapshotAppendMs = this.#state.newestAppendMs;
      chunks.set(CLOCK_CHUNK, encodeClock(this.#snapshotAppendMs));
    }
    return chunks;
  }

  /** An event that is late for some resolution: counts it as late there and returns where it still counts. */
  #lateTarget(view: EventView, appendMs: number, writeTime: number): EventTarget {
    const windows: WindowShare[] = [];
    for (const rule of RESOLUTIONS) {
      const window = this.#state.countingWindow(rule, view.occurMs, appendMs);
      if (window === undefined) {
        this.#counter.countLate(rowsIn(this.#state.window(rule, appendMs), view), writeTime);
      } else {
        windows.push(window);
      }
    }
    return {
      windows,
      rows: windows.flatMap((window) => rowsIn(window, view)),
      combination: combinationOf(view),
      categories: new CategoryRows(windows),
    };
  }
}
