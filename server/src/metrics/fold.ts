import type { TopicPartition } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../processor/fold.js';
import { COUNT } from './columns.js';
import { leanDecoder } from './event/lean-decoder.js';
import type { Arrival } from './state/event-counter.js';
import { WindowedCounts } from './state/windowed-counts.js';
import { METRIC_TABLES } from './tables.js';
import { Windows } from './windows.js';

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
  readonly #counts: WindowedCounts;

  constructor(source: TopicPartition, windows: Windows, chunks: ReadonlyMap<string, Uint8Array>) {
    const arrival = ARRIVAL[source.topic];
    if (arrival === undefined) throw new TypeError(`metrics do not read topic ${source.topic}`);
    this.#counts = new WindowedCounts({ source, windows, arrival, chunks });
  }

  apply(input: FoldInput): void {
    this.#counts.count(input.decode(this.#decode), input);
  }

  changedRows(): readonly TableRowWrite[] {
    return this.#counts.changedRows();
  }

  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    return this.#counts.changedChunks();
  }
}
