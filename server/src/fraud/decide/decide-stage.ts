import { DecisionOrigin } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import type { DecideStage, PendingDecision } from '../../processor/decide.js';
import type { PendingPayment } from '../features/fold.js';
import { FRAUD_DECISIONS_TABLE } from '../tables.js';
import { decisionIn, decisionRecord } from './decision-record.js';
import type { Scorer } from './scorer.js';

export interface DecideStageOptions {
  readonly scorer: Scorer;
  /** Holds the decisions that were made so far. */
  readonly tables: TableStore;
}

/**
 * The stage behind `fraudFeaturesFold`: decides the payments that carry no decision, and leaves out those that have one in
 * the table already: they were asked about, and the shop did not pass the decision on.
 */
export function decideStage({ scorer, tables }: DecideStageOptions): DecideStage {
  return {
    topic: TOPICS.fraudDecisions,
    sources: [TOPICS.transactions],
    idOf: (record) => decisionIn(record)?.paymentId,
    async decide(pending, { source }) {
      const open: PendingDecision[] = [];
      for (const one of pending) if (!(await decided(tables, one.id))) open.push(one);
      const inputs = open.map(({ item }) => {
        const { facts, shares, offset } = item as PendingPayment;
        return { facts, own: { shares, position: { ...source, offset } } };
      });
      const decisions = await scorer.score(inputs, DecisionOrigin.STREAM);
      return decisions.map((decision) => ({
        id: decision.paymentId,
        record: decisionRecord(decision),
      }));
    },
  };
}

async function decided(tables: TableStore, paymentId: string): Promise<boolean> {
  const rows = tables.scan(FRAUD_DECISIONS_TABLE.name, [paymentId], { limit: 1 });
  for await (const row of rows) return row.key.length > 0;
  return false;
}
