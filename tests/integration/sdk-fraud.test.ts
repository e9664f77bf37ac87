import { Alert, AlertChange, AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import {
  Decision,
  DecisionAction,
  DecisionOrigin,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type {
  ListAlertsRequest,
  ReportLabelRequest,
  ScoreTransactionRequest,
  UpdateAlertRequest,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { money } from '@bytebasket/sdk';
import { ServerError, Status } from 'nice-grpc-common';
import { afterEach, describe, expect, test } from 'vitest';
import { richError } from './sdk-scripted-gateway.js';
import { scriptedWorld } from './sdk-scripted-services.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function client(...args: Parameters<typeof scriptedWorld>) {
  const made = await scriptedWorld(...args);
  closing.push(() => made.close());
  return made.bb;
}

const AT = new Date(Date.UTC(2026, 10, 23, 12));
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const amount = { currencyCode: 'EUR', units: 12n, nanos: 500_000_000 };
const wireReason = {
  ...{ ruleId: 'r-1', text: '12 cards on one device', weight: 0.8 },
  ...{ action: DecisionAction.BLOCK, features: ['cards_per_device_1h'] },
};
const reason = { ...wireReason, action: 'block' };
const wireAlert = Alert.fromPartial({
  ...{ alertId: 'd-1', paymentId: 'p-1', state: AlertState.IN_REVIEW, version: 3n, score: 80.5 },
  ...{ action: DecisionAction.BLOCK, reasons: [wireReason], amount, group: 'user:u-1' },
  ...{ assignee: 'ann', createTime: AT, updateTime: AT, dueTime: AT, requestId: 'r-9' },
});

describe('scoring a payment', () => {
  const payment = { paymentId: 'p-1', amount: money('EUR', '12.50'), card: { bin: '411111' } };

  test('sends the payment as its event describes it, with the client’s defaults, and types the answer', async () => {
    const asked: ScoreTransactionRequest[] = [];
    const decision = Decision.fromPartial({
      ...{ decisionId: 'd-1', paymentId: 'p-1', action: DecisionAction.BLOCK, score: 80.5 },
      ...{
        reasons: [wireReason],
        origin: DecisionOrigin.ASKED,
        amount,
        decideTime: AT,
        failedRuleIds: ['r-2'],
      },
      features: [
        { name: 'cards_per_device_1h', value: { $case: 'number', value: 12 } },
        { name: 'country', value: { $case: 'text', value: 'DE' } },
        { name: 'known_card', value: { $case: 'flag', value: false } },
        { name: 'none' },
      ],
      seenPositions: [{ topic: 'transactions', partition: 1, offset: 7n }],
    });
    const defaults = { anonymousId: 'till-1', context: { locale: 'de-DE' } };
    const scoreTransaction = async (request: ScoreTransactionRequest) => {
      asked.push(request);
      return { decision };
    };
    const bb = await client({ fraud: { scoreTransaction } }, { defaults });
    const lines = [{ product: { productId: 'i-1' }, quantity: 1 }];
    const context = { ip: '192.0.2.1' };
    const answer = await bb.fraud.score({ payment, lines, userId: 'u-1', context });
    expect(asked).toEqual([
      expect.objectContaining({
        payment: expect.objectContaining({ paymentId: 'p-1', amount }),
        ...{ anonymousId: 'till-1', userId: 'u-1', sessionId: '' },
        context: expect.objectContaining({ ip: '192.0.2.1', locale: 'de-DE' }),
        lines: [expect.objectContaining({ quantity: 1 })],
      }),
    ]);
    expect(answer).toMatchObject({
      ...{ decisionId: 'd-1', action: 'block', score: 80.5, origin: 'asked', decideTime: AT },
      ...{ reasons: [reason], failedRuleIds: ['r-2'] },
      features: { cards_per_device_1h: 12, country: 'DE', known_card: false },
      amount: { currency: 'EUR', amount: '12.50' },
      seenPositions: [{ topic: 'transactions', partition: 1, offset: 7n }],
    });
    expect(Object.keys(answer.features)).toHaveLength(3);
  });

  test('names a value of the wrong type before anything is sent', async () => {
    let calls = 0;
    const scoreTransaction = async () => ({ decision: Decision.fromPartial({ score: ++calls }) });
    const bb = await client({ fraud: { scoreTransaction } });
    const wrong = { currencyCode: 'EUR', units: '12.50' };
    await expect(
      bb.fraud.score({ payment: { paymentId: 'p-1', amount: wrong }, anonymousId: 'a-1' }),
    ).rejects.toMatchObject({ name: 'OptionError', field: 'payment' });
    expect(calls).toBe(0);
  });

  test('tries a saturated gateway again after its delay, but not past the deadline', async () => {
    let calls = 0;
    const scoreTransaction = async () => {
      calls += 1;
      const saturated = { message: 'full', retryDelayMs: calls === 1 ? 20 : 5_000 };
      if (calls !== 2) throw richError(Status.RESOURCE_EXHAUSTED, 'GATEWAY_SATURATED', saturated);
      return { decision: Decision.fromPartial({ action: DecisionAction.ALLOW }) };
    };
    const bb = await client({ fraud: { scoreTransaction } });
    const input = { payment, anonymousId: 'a-1' };
    const begunMs = performance.now();
    expect(await bb.fraud.score(input)).toMatchObject({ action: 'allow', origin: 'unknown' });
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(19);
    await expect(bb.fraud.score({ ...input, deadlineMs: 1_000 })).rejects.toMatchObject({
      ...{ reason: 'GATEWAY_SATURATED', retryable: true, retryDelayMs: 5_000 },
    });
    expect(calls).toBe(3);
  });
});

describe('reporting a label', () => {
  test('keeps its event id while the gateway does not know the transaction yet', async () => {
    const asked: ReportLabelRequest[] = [];
    const reportLabel = async (request: ReportLabelRequest) => {
      asked.push(request);
      if (asked.length < 3) {
        const metadata = { transaction_id: request.transactionId };
        const more = { message: 'not yet', metadata, retryDelayMs: 2 };
        throw richError(Status.UNAVAILABLE, 'TRANSACTION_UNKNOWN_YET', more);
      }
      return { paymentId: 'p-1', eventId: request.eventId };
    };
    const bb = await client({ fraud: { reportLabel } });
    const label = { transactionId: 'o-1', source: 'customer-claim', verdict: 'fraud' } as const;
    const receipt = await bb.fraud.reportLabel({ ...label, fraudTime: AT });
    expect(receipt).toEqual({ paymentId: 'p-1', eventId: asked[0]?.eventId });
    expect(receipt.eventId).toMatch(UUID_V7);
    expect(new Set(asked.map(({ eventId }) => eventId)).size).toBe(1);
    expect(asked[0]).toMatchObject({ source: 2, verdict: 1, fraudTime: AT, note: '' });
    const wrong = { ...label, source: 'rumour' as 'chargeback' };
    await expect(bb.fraud.reportLabel(wrong)).rejects.toMatchObject({
      ...{ name: 'OptionError', field: 'source' },
      message: "source is 'rumour': use chargeback, customer-claim, manual-review",
    });
  });
});

describe('alerts', () => {
  test('are listed page by page with the filter in every question', async () => {
    const asked: ListAlertsRequest[] = [];
    const listAlerts = async (request: ListAlertsRequest) => {
      asked.push(request);
      const last = request.pageToken === '2';
      return { alerts: last ? [] : [wireAlert], nextPageToken: last ? '' : `${asked.length}` };
    };
    const bb = await client({ fraud: { listAlerts } });
    const list = bb.alerts.list({ states: ['open', 'reopened'], group: 'user:u-1', endTime: AT });
    const alerts = await list;
    expect(alerts).toHaveLength(2);
    expect(alerts[0]).toEqual({
      ...{ alertId: 'd-1', paymentId: 'p-1', state: 'in-review', version: 3, action: 'block' },
      ...{ score: 80.5, reasons: [reason], group: 'user:u-1', assignee: 'ann', note: '' },
      ...{ orderId: '', userId: '', anonymousId: '', requestId: 'r-9' },
      ...{ createTime: AT, updateTime: AT, dueTime: AT },
      amount: { currency: 'EUR', amount: '12.50', units: 12n, nanos: 500_000_000 },
    });
    const filter = { states: [1, 7], group: 'user:u-1', endTime: AT, startTime: undefined };
    expect(asked).toEqual(
      ['', '1', '2'].map((pageToken) => ({ ...filter, pageSize: 0, pageToken })),
    );
    expect(() => bb.alerts.list({ states: ['closed' as 'open'] })).toThrow(
      "states[0] is 'closed': use open, assigned",
    );
  });

  test('are read with their decision and history', async () => {
    const newerState = JSON.parse('99') as AlertState;
    const history = [
      AlertChange.fromPartial({ version: 1n, state: AlertState.OPEN, changeTime: AT }),
      AlertChange.fromPartial({ version: 2n, state: newerState, clientId: 'shop', note: 'hm' }),
    ];
    const getAlert = async () => ({ alert: wireAlert, decision: { decisionId: 'd-1' }, history });
    const bb = await client({ fraud: { getAlert } });
    const { alert, decision, history: changes } = await bb.alerts.get('d-1');
    expect([alert.alertId, decision?.decisionId]).toEqual(['d-1', 'd-1']);
    expect(changes).toMatchObject([
      { version: 1, state: 'open', changeTime: AT },
      { version: 2, state: 'unknown', clientId: 'shop', note: 'hm' },
    ]);
  });

  test('are updated under one request id over retries, and a new one each time', async () => {
    const asked: UpdateAlertRequest[] = [];
    const updateAlert = async (request: UpdateAlertRequest) => {
      asked.push(request);
      if (asked.length === 1) throw new ServerError(Status.UNAVAILABLE, 'cut');
      const metadata = { request_id: request.requestId };
      const more = { message: 'no outcome yet', metadata, retryDelayMs: 2 };
      if (asked.length === 2) throw richError(Status.UNAVAILABLE, 'OUTCOME_UNKNOWN', more);
      return { alert: { ...wireAlert, version: 4n } };
    };
    const bb = await client({ fraud: { updateAlert } });
    const update = { alertId: 'd-1', expectedVersion: 3 };
    const resolved = await bb.alerts.update({ ...update, state: 'false-positive', note: 'known' });
    expect(resolved.version).toBe(4);
    expect(asked[0]).toMatchObject({
      ...{ alertId: 'd-1', expectedVersion: 3n, state: 5, assignee: undefined, note: 'known' },
    });
    await bb.alerts.update({ ...update, assignee: '' });
    await bb.alerts.update({ ...update, requestId: 'mine' });
    const ids = asked.map(({ requestId }) => requestId);
    expect(asked).toHaveLength(5);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[3]).toMatch(UUID_V7);
    expect(ids[3]).not.toBe(ids[0]);
    expect(ids[4]).toBe('mine');
    expect(asked[3]).toMatchObject({ assignee: '', state: 0 });
  });

  test('tell who was faster and what cannot be, without trying again', async () => {
    let calls = 0;
    const updateAlert = async ({ expectedVersion }: UpdateAlertRequest) => {
      calls += 1;
      const metadata = { alert_id: 'd-1', expected_version: '2', version: '3' };
      if (expectedVersion === 2n) {
        const message = 'alert d-1 is at version 3, not 2: read it again';
        throw richError(Status.ABORTED, 'ALERT_VERSION_STALE', { message, metadata });
      }
      const message = 'alert d-1 is FALSE_POSITIVE';
      throw richError(Status.FAILED_PRECONDITION, 'ALERT_TRANSITION_ILLEGAL', { message });
    };
    const bb = await client({ fraud: { updateAlert } });
    const update = (expectedVersion: number) =>
      bb.alerts.update({ alertId: 'd-1', expectedVersion, state: 'assigned' });
    await expect(update(2)).rejects.toMatchObject({
      ...{ reason: 'ALERT_VERSION_STALE', code: 'ABORTED', retryable: false },
      metadata: { version: '3' },
    });
    await expect(update(3)).rejects.toMatchObject({
      ...{ reason: 'ALERT_TRANSITION_ILLEGAL', retryable: false },
    });
    await expect(update(1.5)).rejects.toMatchObject({ field: 'expectedVersion' });
    expect(calls).toBe(2);
  });
});
