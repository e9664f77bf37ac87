import type { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { EventLog } from '../../ports/event-log.js';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '../../processor/tables.js';
import { decisionIn } from '../decide/decision-record.js';

/** The newest decisions by payment, as many as `max`: the table of decisions lags behind the log by a flush. */
export class RecentDecisions {
  readonly #byPayment = new Map<string, Decision>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(paymentId: string): Decision | undefined {
    return this.#byPayment.get(paymentId);
  }

  /** Keeps a decision; the first one of a payment stays. */
  add(decision: Decision): void {
    if (this.#byPayment.has(decision.paymentId)) return;
    this.#byPayment.set(decision.paymentId, decision);
    if (this.#byPayment.size <= this.#max) return;
    const [oldest] = this.#byPayment.keys();
    if (oldest !== undefined) this.#byPayment.delete(oldest);
  }
}

/**
 * Fills `into` with what the log holds and the processor has not folded into the table yet: at a start after a crash these
 * are decisions whose answer was perhaps given. Reads from the processor's progress, or the start of the topic.
 */
export async function readRecentDecisions(options: {
  readonly tables: TableStore;
  readonly derived: EventLog;
  readonly into: RecentDecisions;
}): Promise<void> {
  const { tables, derived, into } = options;
  for (const { partition, start, end } of await derived.bounds(TOPICS.fraudDecisions)) {
    const key = [PROCESSOR_GROUP, TOPICS.fraudDecisions, partition];
    const folded = (await tables.get(PROGRESS_TABLE.name, key))?.cells['next_offset'];
    const from = typeof folded === 'number' ? Math.max(start, folded) : start;
    if (from >= end) continue;
    for await (const records of derived.read(TOPICS.fraudDecisions, partition, { from })) {
      for (const record of records) {
        const decision = decisionIn(record);
        if (decision !== undefined) into.add(decision);
      }
    }
  }
}
