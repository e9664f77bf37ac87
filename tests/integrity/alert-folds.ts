import { randomUUID } from 'node:crypto';
import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { alertsFold } from '@bytebasket/server/fraud/alerts/fold';
import { TOPICS } from '@bytebasket/server/ports/topics';
import type { FoldDefinition } from '@bytebasket/server/processor/fold';

/**
 * Hands every payment over to be decided. Ids and scores of decisions are made by chance, so that deciding twice would
 * show as a second alert, or another score.
 */
export function paymentsFold(): FoldDefinition {
  return {
    name: 'payments',
    topics: [TOPICS.transactions],
    tables: [],
    decide: {
      topic: TOPICS.fraudDecisions,
      idOf({ value }) {
        const { record } = FraudRecord.decode(value);
        return record?.$case === 'decision' ? record.value.paymentId : undefined;
      },
      decide: async (pending) =>
        pending.map(({ id }) => ({
          id,
          record: { key: Buffer.from(id), value: decisionOn(id), headers: {} },
        })),
    },
    open() {
      let pending: string[] = [];
      return {
        apply: ({ record }) => pending.push(Buffer.from(record.value).toString('utf8')),
        changedRows: () => [],
        changedChunks: () => new Map(),
        takePending() {
          const taken = pending;
          pending = [];
          return taken.map((id) => ({ id, item: undefined }));
        },
      };
    },
  };
}

function decisionOn(paymentId: string): Uint8Array {
  const { REVIEW, ALLOW } = DecisionAction;
  const value = Decision.create({
    decisionId: `d-${randomUUID()}`,
    paymentId,
    action: paymentId.endsWith('0') ? ALLOW : REVIEW,
    score: Math.random() * 100,
    userId: paymentId,
  });
  return FraudRecord.encode({ record: { $case: 'decision', value } }).finish();
}

/** The folds of a processor under test, with short intervals. */
export const DECIDING = {
  folds: () => [paymentsFold(), alertsFold()],
  flushIntervalMs: 2,
  snapshotIntervalMs: 10,
  recordsMax: 25,
} as const;
