import { type Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { TopicPartition } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../processor/fold.js';
import { COUNT } from './columns.js';
import { COUNTRY_UNKNOWN } from './dimensions.js';
import { type EventView, PAYLOAD } from './event/event-view.js';
import {
  decodeRecent,
  encodeRecent,
  RECENT_CHUNK,
  RecentPayments,
} from './state/recent-payments.js';
import { WindowedCounts } from './state/windowed-counts.js';
import { METRIC_TABLES } from './tables.js';
import { Windows } from './windows.js';

const ARRIVAL = { events: COUNT.decisions, late: COUNT.late_decisions, visits: false } as const;

const KIND: Readonly<Partial<Record<DecisionAction, number>>> = {
  [DecisionAction.ALLOW]: PAYLOAD.decisionAllowed,
  [DecisionAction.CHALLENGE]: PAYLOAD.decisionChallenged,
  [DecisionAction.REVIEW]: PAYLOAD.decisionReviewed,
  [DecisionAction.BLOCK]: PAYLOAD.decisionBlocked,
};

/**
 * The fold behind the metrics of fraud decisions: one per payment, in the window of its decide time, for the whole
 * shop. A second decision about one of the newest 4,096 payments of the partition does not count, as it does not hold.
 *
 * `timeZone`: the shop's, an IANA name. Throws RangeError when it is not known.
 */
export function decisionMetricsFold(options: { readonly timeZone: string }): FoldDefinition {
  const windows = new Windows(options.timeZone);
  return {
    name: 'decision-metrics',
    topics: [TOPICS.fraudDecisions],
    tables: METRIC_TABLES,
    open: (source, chunks) => new DecisionMetricsFold(source, windows, chunks),
  };
}

class DecisionMetricsFold implements Fold {
  readonly #counts: WindowedCounts;
  readonly #recent: RecentPayments;

  constructor(source: TopicPartition, windows: Windows, chunks: ReadonlyMap<string, Uint8Array>) {
    const { [RECENT_CHUNK]: recent, ...rest } = Object.fromEntries(chunks);
    this.#recent = recent === undefined ? new RecentPayments() : decodeRecent(recent);
    const windowChunks = new Map(Object.entries(rest));
    this.#counts = new WindowedCounts({ source, windows, arrival: ARRIVAL, chunks: windowChunks });
  }

  apply(input: FoldInput): void {
    const { record } = input.decode(FraudRecord.decode);
    if (record?.$case !== 'decision') return;
    const decision = record.value;
    if (this.#recent.has(decision.paymentId)) return;
    this.#counts.count(viewOf(decision), input);
    this.#recent.add(decision.paymentId);
  }

  changedRows(): readonly TableRowWrite[] {
    return this.#counts.changedRows();
  }

  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    const chunks = new Map(this.#counts.changedChunks());
    if (this.#recent.takeChanged()) chunks.set(RECENT_CHUNK, encodeRecent(this.#recent));
    return chunks;
  }
}

function viewOf(decision: Decision): EventView {
  if (decision.decideTime === undefined) throw new RangeError('decide_time is absent');
  return {
    payload: KIND[decision.action] ?? PAYLOAD.other,
    occurMs: decision.decideTime.getTime(),
    country: COUNTRY_UNKNOWN,
    device: 0,
    channel: 0,
    visitor: 0,
    session: 0,
    productId: '',
    categoryId: '',
    term: '',
    total: undefined,
    lines: [],
  };
}
