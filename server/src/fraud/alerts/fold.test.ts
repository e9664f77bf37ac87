import {
  Alert,
  type AlertAction,
  AlertState,
  FraudRecord,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import type { LogRecord, RecordHeaders } from '../../ports/event-log.js';
import type { Fold, TableRowWrite } from '../../processor/fold.js';
import { RecordInput } from '../../processor/record-input.js';
import { actionRecordBytes, seenHeaders } from './fraud-record.js';
import { type AlertBounds, alertsFold } from './fold.js';

const SOURCE = { topic: 'fraud-decisions', partition: 1 };
const START_MS = Date.UTC(2026, 10, 23, 12);
const SMALL: AlertBounds = {
  payments: { segmentEntries: 4, segmentsMax: 3 },
  alerts: { segmentEntries: 2, segmentsMax: 2 },
  outcomes: { segmentEntries: 4, segmentsMax: 2 },
};
const { REVIEW, BLOCK, ALLOW, CHALLENGE } = DecisionAction;

function decision(paymentId: string, partial: Partial<Decision> = {}): Uint8Array {
  const value = Decision.create({
    decisionId: `d-${paymentId}`,
    paymentId,
    action: REVIEW,
    userId: 'u1',
    anonymousId: 'a1',
    ...partial,
  });
  return FraudRecord.encode({ record: { $case: 'decision', value } }).finish();
}

function action(alertId: string, partial: Partial<AlertAction> = {}): Uint8Array {
  return actionRecordBytes({
    alertId,
    expectedVersion: 1n,
    state: AlertState.IN_REVIEW,
    note: '',
    requestId: 'r1',
    clientId: 'shop',
    ...partial,
  });
}

/** A fold with a log of its own in front of it. */
class Partition {
  readonly records: LogRecord[] = [];
  readonly #definition;
  fold: Fold;

  constructor(bounds?: AlertBounds) {
    this.#definition = alertsFold(bounds);
    this.fold = this.#definition.open(SOURCE, new Map());
  }

  add(value: Uint8Array, headers: RecordHeaders = {}): void {
    const offset = this.records.length;
    const key = new Uint8Array(0);
    const record = { offset, appendMs: START_MS + offset * 1_000, key, value, headers };
    this.records.push(record);
    this.take(record);
  }

  take(record: LogRecord): void {
    this.fold.apply(new RecordInput(SOURCE, record, record.appendMs * 1_000));
  }

  /** Opens the fold again from chunks. */
  reopen(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.fold = this.#definition.open(SOURCE, chunks);
  }

  rows(table: string): readonly TableRowWrite[] {
    return this.fold.changedRows().filter((row) => row.table === table);
  }
}

const alertIn = (row: TableRowWrite | undefined): Alert =>
  Alert.decode(row?.cells['body'] as Uint8Array);

describe('the fold of decisions and alerts', () => {
  test('keeps the first decision of a payment and no other', () => {
    const partition = new Partition();
    partition.add(decision('p1', { decisionId: 'first', action: ALLOW }));
    partition.add(decision('p1', { decisionId: 'second', action: BLOCK }));
    const rows = partition.fold.changedRows();
    expect(rows.map(({ table }) => table)).toEqual(['fraud_decisions']);
    expect(rows[0]).toMatchObject({
      key: ['p1', START_MS, 0, 1],
      cells: { decision_id: 'first' },
    });
    expect(Decision.decode(rows[0]?.cells['body'] as Uint8Array).action).toBe(ALLOW);
  });

  test('opens an alert for REVIEW and BLOCK only, with every row that readers need', () => {
    const partition = new Partition();
    for (const [name, asked] of Object.entries({ ALLOW, CHALLENGE, REVIEW, BLOCK })) {
      partition.add(decision(name, { action: asked, userId: '' }));
    }
    const rows = partition.fold.changedRows();
    const opened = rows.filter(({ table }) => table === 'alerts');
    expect(opened.map((row) => alertIn(row).alertId)).toEqual(['d-REVIEW', 'd-BLOCK']);
    expect(alertIn(opened[0])).toMatchObject({
      version: 1n,
      state: AlertState.OPEN,
      group: 'device:a1',
      createTime: new Date(START_MS + 2_000),
      dueTime: new Date(START_MS + 2_000 + 86_400_000),
    });
    const day = Date.UTC(2026, 10, 23);
    const keys = rows.filter(({ key }) => key.includes('d-BLOCK')).map((r) => [r.table, ...r.key]);
    expect(keys).toEqual([
      ['alerts', 'd-BLOCK', 1],
      ['alerts_by_time', day, START_MS + 3_000, 'd-BLOCK', 1],
      ['alerts_by_group', 'device:a1', START_MS + 3_000, 'd-BLOCK', 1],
      ['alert_changes', 'd-BLOCK', 1, 1],
    ]);
  });

  test('ignores decisions of an owner that was over, each source topic by itself', () => {
    const partition = new Partition();
    const of = (source: string, epoch: number) => ({ epoch: `${epoch}`, source, through: '1' });
    partition.add(decision('p1'), of('transactions', 7));
    partition.add(decision('p2'), of('transactions', 6));
    partition.add(decision('p3'), of('other', 1));
    partition.add(decision('p4'));
    partition.add(decision('p2'), of('transactions', 7));
    const decided = partition.rows('fraud_decisions').map(({ key }) => [key[0], key[2]]);
    expect(decided).toEqual([
      ['p1', 0],
      ['p3', 2],
      ['p4', 3],
      ['p2', 4],
    ]);
  });

  test('accepts actions one version after the other and keeps every change of one flush', () => {
    const partition = new Partition();
    partition.add(decision('p1'));
    const alertId = 'd-p1';
    const { ASSIGNED, FALSE_POSITIVE, REOPENED, UNSPECIFIED } = AlertState;
    partition.add(action(alertId, { state: ASSIGNED, assignee: 'eve', requestId: 'r1' }));
    partition.add(
      action(alertId, { state: FALSE_POSITIVE, requestId: 'r2', expectedVersion: 2n, note: 'ok' }),
    );
    partition.add(action(alertId, { state: REOPENED, requestId: 'r3', expectedVersion: 3n }));
    partition.add(
      action(alertId, { state: UNSPECIFIED, requestId: 'r4', expectedVersion: 4n, assignee: '' }),
    );
    const rows = partition.fold.changedRows();
    const changes = rows.filter(({ table }) => table === 'alert_changes');
    expect(
      changes.map((row) => {
        const { version, state, assignee, note } = alertIn(row);
        return [row.key[1], version, AlertState[state], assignee, note, row.cells['client_id']];
      }),
    ).toEqual([
      [1, 1n, 'OPEN', '', '', ''],
      [2, 2n, 'ASSIGNED', 'eve', '', 'shop'],
      [3, 3n, 'FALSE_POSITIVE', 'eve', 'ok', 'shop'],
      [4, 4n, 'REOPENED', 'eve', '', 'shop'],
      [5, 5n, 'REOPENED', '', '', 'shop'],
    ]);
    const current = rows.filter(({ table }) => table === 'alerts');
    expect(current).toHaveLength(1);
    expect(alertIn(current[0])).toEqual(alertIn(changes.at(-1)));
    // Due a day after the reopening, which the remark behind it does not move.
    expect(alertIn(current[0]).dueTime).toEqual(new Date(START_MS + 3_000 + 86_400_000));
    expect(alertIn(current[0]).updateTime).toEqual(new Date(START_MS + 4_000));
  });

  test('refuses what is unknown, stale or illegal, and says why', () => {
    const partition = new Partition();
    partition.add(decision('p1'));
    partition.add(action('nobody', { requestId: 'r1' }));
    partition.add(action('d-p1', { requestId: 'r2', expectedVersion: 2n }));
    partition.add(action('d-p1', { requestId: 'r3', state: AlertState.REOPENED }));
    const rows = partition.fold.changedRows();
    const outcomes = rows.filter(({ table }) => table === 'alert_outcomes');
    expect(outcomes.map(({ key, cells }) => [key[0], cells])).toEqual([
      ['r1', { result: 'unknown', version: 0, from_state: 0 }],
      ['r2', { result: 'stale', version: 1, from_state: 1 }],
      ['r3', { result: 'illegal', version: 1, from_state: 1 }],
    ]);
    expect(rows.filter(({ table }) => table === 'alert_changes')).toHaveLength(1);
  });

  test('gives the same action the same outcome without a second effect', () => {
    const partition = new Partition();
    partition.add(decision('p1'));
    partition.add(action('d-p1'));
    const first = partition.rows('alert_outcomes')[0];
    partition.add(action('d-p1'));
    const again = partition.fold.changedRows();
    expect(again.map(({ table, key, cells }) => ({ table, key, cells }))).toEqual([
      { table: 'alert_outcomes', key: first?.key, cells: first?.cells },
    ]);
    expect(again[0]?.writeTime).toBeGreaterThan(first?.writeTime ?? 0);
    // Another action under the same request id is another action.
    partition.add(action('d-p1', { state: AlertState.CONFIRMED_FRAUD }));
    expect(partition.rows('alert_outcomes')[0]?.cells['result']).toBe('stale');
  });

  test('changes an alert that it holds no more through what the operator saw', () => {
    const partition = new Partition(SMALL);
    partition.add(decision('old'));
    const seen = partition.rows('alerts')[0]?.cells['body'] as Uint8Array;
    for (let i = 0; i < 6; i++) partition.add(decision(`p${i}`));
    partition.fold.changedRows();
    partition.add(action('d-old', { requestId: 'without' }));
    partition.add(action('d-old', { requestId: 'foreign' }), seenHeaders(otherAlert(seen)));
    expect(partition.rows('alert_outcomes').map(({ cells }) => cells['result'])).toEqual([
      'unknown',
      'unknown',
    ]);
    partition.add(action('d-old', { requestId: 'with' }), seenHeaders(seen));
    // Two operators saw the same: the second one is too late.
    partition.add(action('d-old', { requestId: 'late' }), seenHeaders(seen));
    const rows = partition.fold.changedRows();
    expect(rows.filter((r) => r.table === 'alert_outcomes').map((r) => r.cells['result'])).toEqual([
      'accepted',
      'stale',
    ]);
    expect(alertIn(rows.find(({ table }) => table === 'alerts'))).toEqual({
      ...Alert.decode(seen),
      version: 2n,
      state: AlertState.IN_REVIEW,
      requestId: 'with',
      updateTime: new Date(START_MS + 9_000),
    });
  });

  test('throws for a damaged record before anything changes', () => {
    const partition = new Partition();
    expect(() => partition.add(FraudRecord.encode({ record: undefined }).finish())).toThrow(
      'neither a decision nor an alert action',
    );
    expect(() => partition.add(decision(''))).toThrow('lacks one of its ids');
    expect(() => partition.add(action('d', { requestId: '' }))).toThrow('lacks one of its ids');
    expect(() => partition.add(Buffer.from('not protobuf'))).toThrow();
    expect(partition.fold.changedRows()).toEqual([]);
    expect(partition.fold.changedChunks().size).toBe(0);
  });

  test('gives the same rows after restarts at any place', () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const whole = new Partition(SMALL);
    const states = Object.values(AlertState).filter((s) => typeof s === 'number');
    for (let i = 0; i < 400; i++) {
      const payment = `p${random.int(0, 30)}`;
      const headers = { epoch: `${1 + Math.floor(i / 50) - random.int(0, 1)}`, source: 't' };
      if (random.chance(0.4)) {
        whole.add(decision(payment, { decisionId: `d-${payment}` }), headers);
      } else {
        const asked = { requestId: `r${random.int(0, 40)}`, state: random.pick(states) };
        const expectedVersion = BigInt(random.int(1, 4));
        whole.add(action(`d-${payment}`, { ...asked, expectedVersion }));
      }
    }
    const expected = newest(whole.fold.changedRows());
    const replayed = new Partition(SMALL);
    const kept = new Map<string, Uint8Array>();
    const rows: TableRowWrite[] = [];
    let at = 0;
    let snapshotAt = 0;
    while (at < whole.records.length) {
      const to = Math.min(at + random.int(1, 40), whole.records.length);
      for (const record of whole.records.slice(at, to)) replayed.take(record);
      at = to;
      rows.push(...replayed.fold.changedRows());
      const what = random.pick(['snapshot', 'snapshot', 'crash', 'go on']);
      if (what === 'snapshot') {
        for (const [name, chunk] of replayed.fold.changedChunks()) {
          if (chunk === undefined) kept.delete(name);
          else kept.set(name, Buffer.from(chunk));
        }
        snapshotAt = at;
      } else if (what === 'crash') {
        // Died before its snapshot: what was flushed since comes again.
        replayed.reopen(kept);
        at = snapshotAt;
      }
    }
    expect(newest(rows), `seed ${seed}`).toEqual(expected);
  });
});

function otherAlert(bytes: Uint8Array): Uint8Array {
  return Alert.encode({ ...Alert.decode(bytes), alertId: 'another' }).finish();
}

/** What a table store holds after these writes. */
function newest(rows: readonly TableRowWrite[]): ReadonlyMap<string, TableRowWrite> {
  const held = new Map<string, TableRowWrite>();
  for (const row of rows) {
    const key = JSON.stringify([row.table, ...row.key]);
    if ((held.get(key)?.writeTime ?? 0) <= row.writeTime) held.set(key, row);
  }
  return held;
}
