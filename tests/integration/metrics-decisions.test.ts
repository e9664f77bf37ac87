import { LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { decisionMetricsFold } from '@bytebasket/server/metrics/decision-fold';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import type { Fold, FoldInput } from '@bytebasket/server/processor/fold';
import { describe, expect, test } from 'vitest';
import { anEvent, inputOf, type PartialEvent } from './metrics-events.js';

const SOURCE = { topic: 'fraud-decisions', partition: 1 };
const TEN = Date.UTC(2026, 10, 23, 10);

function openDecisions(chunks: ReadonlyMap<string, Uint8Array> = new Map()): Fold {
  return decisionMetricsFold({ timeZone: 'UTC' }).open(SOURCE, chunks);
}

function recordOf(value: Uint8Array, appendMs = TEN): FoldInput {
  const record = { offset: 0, appendMs, key: new Uint8Array(), value, headers: {} };
  const decode = <T>(decoder: (bytes: Uint8Array) => T): T => decoder(value);
  return { source: SOURCE, record, decode, writeTime: appendMs * 1_000 };
}

function decided(paymentId: string, action: DecisionAction, appendMs = TEN): FoldInput {
  const decision = { paymentId, action, decideTime: new Date(TEN) };
  const record = FraudRecord.fromPartial({ record: { $case: 'decision', value: decision } });
  return recordOf(FraudRecord.encode(record).finish(), appendMs);
}

/** Counters of the shop's window of one minute that begins at TEN. */
function countersOf(fold: Fold): Record<string, unknown> | undefined {
  return fold
    .changedRows()
    .find(({ table, key }) => table === 'metric_counts_1m' && key[0] === 'shop' && key[2] === TEN)
    ?.cells;
}

describe('metrics of fraud decisions', () => {
  test('count each payment once, by what its first decision asks for', () => {
    const fold = openDecisions();
    fold.apply(decided('p1', DecisionAction.ALLOW));
    fold.apply(decided('p2', DecisionAction.CHALLENGE));
    fold.apply(decided('p3', DecisionAction.REVIEW));
    fold.apply(decided('p4', DecisionAction.BLOCK));
    fold.apply(decided('p1', DecisionAction.BLOCK));
    expect(countersOf(fold)).toEqual({
      decisions: 4,
      decisions_allowed: 1,
      decisions_challenged: 1,
      decisions_reviewed: 1,
      decisions_blocked: 1,
    });
  });

  test('know the payments of before a restart', () => {
    const before = openDecisions();
    before.apply(decided('p1', DecisionAction.ALLOW));
    before.changedRows();
    const chunks = new Map<string, Uint8Array>();
    for (const [name, bytes] of before.changedChunks()) {
      if (bytes !== undefined) chunks.set(name, bytes.slice());
    }
    expect(before.changedChunks().has('recent-payments')).toBe(false);
    const after = openDecisions(chunks);
    after.apply(decided('p1', DecisionAction.ALLOW));
    after.apply(decided('p2', DecisionAction.ALLOW));
    expect(countersOf(after)).toEqual({ decisions: 2, decisions_allowed: 2 });
  });

  test('remember the newest 4,096 payments of a partition', () => {
    const fold = openDecisions();
    for (let payment = 0; payment <= 4_096; payment++) {
      fold.apply(decided(`p${payment}`, DecisionAction.ALLOW));
    }
    fold.apply(decided('p1', DecisionAction.ALLOW));
    expect(countersOf(fold)).toMatchObject({ decisions: 4_097 });
    fold.apply(decided('p0', DecisionAction.ALLOW));
    expect(countersOf(fold)).toMatchObject({ decisions: 4_098 });
  });

  test('leave operators’ actions out, and refuse a decision without its time', () => {
    const fold = openDecisions();
    const action = { alertId: 'a1' };
    const record = FraudRecord.fromPartial({ record: { $case: 'alertAction', value: action } });
    fold.apply(recordOf(FraudRecord.encode(record).finish()));
    const untimed = FraudRecord.fromPartial({ record: { $case: 'decision', value: {} } });
    const bytes = FraudRecord.encode(untimed).finish();
    expect(() => fold.apply(recordOf(bytes))).toThrow('decide_time is absent');
    expect(fold.changedRows()).toEqual([]);
  });
});

describe('metrics of what shops report', () => {
  const shop = (topic: string, events: readonly PartialEvent[]): Fold => {
    const source = { topic, partition: 0 };
    const fold = metricsFold({ timeZone: 'UTC' }).open(source, new Map());
    for (const partial of events) {
      fold.apply(inputOf(source, { appendMs: TEN + 5, event: anEvent(TEN, partial) }));
    }
    return fold;
  };

  test('count labels that say fraud, and no others', () => {
    const verdicts = [LabelVerdict.FRAUD, LabelVerdict.LEGITIMATE, LabelVerdict.INCONCLUSIVE];
    const fold = shop(
      'transactions',
      verdicts.map((verdict) => ({ payload: { $case: 'labelReported', value: { verdict } } })),
    );
    expect(countersOf(fold)).toEqual({ transaction_events: 3, fraud_reports: 1 });
  });

  test('take an update of the catalogue for no visit', () => {
    const fold = shop('user-activity', [
      { sessionId: 's1', payload: { $case: 'productUpdated', value: {} } },
    ]);
    const tables = new Set(fold.changedRows().map(({ table }) => table.replace(/_[0-9a-z]+$/, '')));
    expect([...tables]).toEqual(['metric_counts']);
  });
});
