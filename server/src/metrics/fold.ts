import type { TopicPartition } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../processor/fold.js';
import { COUNT } from './columns.js';
import type { EventView } from './event/event-view.js';
import { leanDecoder } from './event/lean-decoder.js';
import { RESOLUTIONS } from './resolutions.js';
import {
  CLOCK_CHUNK,
  decodeClock,
  decodeWindow,
  encodeClock,
  encodeWindow,
} from './state/chunk-codec.js';
import { type Arrival, EventCounter } from './state/event-counter.js';
import { CategoryRows, combinationOf, type EventTarget, rowsIn } from './state/event-target.js';
import { RowWrites } from './state/row-writes.js';
import { ShareState } from './state/share-state.js';
import { TargetCache } from './state/target-cache.js';
import type { WindowShare } from './state/window-share.js';
import { METRIC_TABLES } from './tables.js';
import { Windows } from './windows.js';

/** Ingest refuses events that lie 5 minutes ahead; this far ahead of its append time a record is taken for damaged. */
const AHEAD_MAX_MS = 24 * 3_600_000;

const ARRIVAL: Readonly<Record<string, Arrival>> = {
  [TOPICS.userActivity]: {
    events: COUNT.activity_events,
    late: COUNT.late_activity_events,
    visits: true,
  },
  [TOPICS.transactions]: {
    events: COUNT.transaction_events,
    late: COUNT.late_transaction_events,
    visits: false,
  },
};

/**
 * The fold behind the metrics: events of both input topics into windows of 10 seconds, 1 minute, 1 hour and 1 day.
 * An event counts in a window of its occur time if it was appended at most the window's lateness after its end;
 * otherwise it counts in `late_…` only, of the window of its APPEND time, so that no closed window opens again.
 *
 * `timeZone`: the shop's, an IANA name; days are its calendar days. Throws RangeError when it is not known.
 */
export function metricsFold(options: { readonly timeZone: string }): FoldDefinition {
  const windows = new Windows(options.timeZone);
  return {
    name: 'metrics',
    topics: [TOPICS.userActivity, TOPICS.transactions],
    tables: METRIC_TABLES,
    open: (source, chunks) => new MetricsFold(source, windows, chunks),
  };
}

class MetricsFold implements Fold {
  readonly #decode = leanDecoder();
  readonly #state: ShareState;
  readonly #targets: TargetCache;
  readonly #counter: EventCounter;
  readonly #writes: RowWrites;
  /** Append time in the newest clock chunk. */
  #snapshotAppendMs: number;

  constructor(source: TopicPartition, windows: Windows, chunks: ReadonlyMap<string, Uint8Array>) {
    const arrival = ARRIVAL[source.topic];
    if (arrival === undefined) throw new TypeError(`metrics do not read topic ${source.topic}`);
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

  apply(input: FoldInput): void {
    const view = input.decode(this.#decode);
    const appendMs = input.record.appendMs;
    if (!(view.occurMs <= appendMs + AHEAD_MAX_MS)) {
      throw new RangeError(`occur_time ${view.occurMs} lies more than a day after the append time`);
    }
    // Nothing below throws: from here on the state changes.
    if (this.#state.advance(appendMs)) this.#targets.clear();
    const target =
      this.#targets.targetOf(view, appendMs) ?? this.#lateTarget(view, appendMs, input.writeTime);
    this.#counter.count(target, view, input.writeTime);
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
