import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { ListAlertsRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { decisionOf } from '@bytebasket/server/fraud/alerts/read-alerts';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbers, openFraudWorld, type FraudWorld } from '../support/fraud-world.js';
import { eventually, failureOf } from '../support/test-gateway.js';

const { ASSIGNED, IN_REVIEW, CONFIRMED_FRAUD, FALSE_POSITIVE, REOPENED } = AlertState;

describe('alerts behind the gateway', () => {
  let world: FraudWorld;
  beforeAll(async () => {
    world = await openFraudWorld();
  });
  afterAll(() => world.close());

  async function opened(payment: number): Promise<string> {
    const alertId = `d-p${payment}`;
    await world.decide([payment]);
    await eventually(() => known(alertId));
    return alertId;
  }

  async function known(alertId: string): Promise<boolean> {
    return world.client.getAlert({ alertId }).then(
      () => true,
      () => false,
    );
  }

  test('nothing is there before the first decision', async () => {
    expect(await world.client.listAlerts({})).toMatchObject({ alerts: [], nextPageToken: '' });
    const failure = await failureOf(world.client.getAlert({ alertId: 'd-1' }));
    expect(failure).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'ALERT_UNKNOWN',
      metadata: { alert_id: 'd-1' },
    });
    const update = { alertId: 'd-1', expectedVersion: 1n, state: IN_REVIEW, requestId: 'r' };
    expect((await failureOf(world.client.updateAlert(update))).reason).toBe('ALERT_UNKNOWN');
  });

  test('a life from opening to reopening, with its decision and its history', async () => {
    const alertId = await opened(1);
    const steps = [
      { state: ASSIGNED, assignee: 'eve' },
      { state: IN_REVIEW },
      { state: FALSE_POSITIVE, note: 'customer called' },
      { state: REOPENED },
      { note: 'look again' },
    ];
    for (const [index, step] of steps.entries()) {
      const { alert } = await world.client.updateAlert({
        alertId,
        expectedVersion: BigInt(index + 1),
        requestId: `life-${index}`,
        ...step,
      });
      expect(alert).toMatchObject({ ...step, version: BigInt(index + 2), assignee: 'eve' });
    }
    const { alert, decision, history } = await world.client.getAlert({ alertId });
    expect(alert).toMatchObject({ state: REOPENED, version: 6n, orderId: 'o1', group: 'user:u1' });
    expect(decision?.features).toHaveLength(1);
    expect(
      history.map(({ version, state, clientId, requestId, note }) => [
        Number(version),
        AlertState[state],
        clientId,
        requestId,
        note,
      ]),
    ).toEqual([
      [1, 'OPEN', '', '', ''],
      [2, 'ASSIGNED', 'anonymous', 'life-0', ''],
      [3, 'IN_REVIEW', 'anonymous', 'life-1', ''],
      [4, 'FALSE_POSITIVE', 'anonymous', 'life-2', 'customer called'],
      [5, 'REOPENED', 'anonymous', 'life-3', ''],
      [6, 'REOPENED', 'anonymous', 'life-4', 'look again'],
    ]);
    expect(history.at(-1)?.changeTime).toEqual(alert?.updateTime);
  });

  test('refuses stale versions, illegal steps and empty changes, and names the words', async () => {
    const alertId = await opened(2);
    const of = (partial: object) =>
      failureOf(
        world.client.updateAlert({ alertId, expectedVersion: 1n, requestId: 'r', ...partial }),
      );
    expect(await of({ state: IN_REVIEW, expectedVersion: 7n })).toMatchObject({
      code: 'ABORTED',
      reason: 'ALERT_VERSION_STALE',
      metadata: { alert_id: alertId, expected_version: '7', version: '1' },
    });
    expect(await of({ state: REOPENED })).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'ALERT_TRANSITION_ILLEGAL',
      metadata: { alert_id: alertId, from: 'OPEN', to: 'REOPENED' },
    });
    expect(await of({})).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'FIELD_INVALID',
      metadata: { field: 'state' },
    });
    expect((await of({ state: AlertState.OPEN })).metadata['field']).toBe('state');
    expect((await of({ state: IN_REVIEW, requestId: 'not an id' })).metadata['field']).toBe(
      'request_id',
    );
    expect((await world.client.getAlert({ alertId })).history).toHaveLength(1);
  });

  test('the same request again has no second effect and the same answer', async () => {
    const alertId = await opened(3);
    const request = { alertId, expectedVersion: 1n, state: IN_REVIEW, requestId: 'again' };
    const first = await world.client.updateAlert(request);
    const both = await Promise.all([1, 2].map(() => world.client.updateAlert(request)));
    const refused = { ...request, requestId: 'refused' };
    for (let i = 0; i < 2; i++) {
      expect((await failureOf(world.client.updateAlert(refused))).reason).toBe(
        'ALERT_VERSION_STALE',
      );
    }
    expect(both).toEqual([first, first]);
    await world.client.updateAlert({
      ...request,
      expectedVersion: 2n,
      state: CONFIRMED_FRAUD,
      requestId: 'next',
    });
    expect(await world.client.updateAlert(request)).toEqual(first);
    expect((await world.client.getAlert({ alertId })).history).toHaveLength(3);
  });

  test('of two operators at once exactly one wins, every time', async () => {
    const payments = numbers(100, 108);
    await world.decide(payments);
    await eventually(() => known('d-p107'));
    const other = world.connect();
    for (const payment of payments) {
      const request = { alertId: `d-p${payment}`, expectedVersion: 1n };
      const answers = await Promise.allSettled([
        world.client.updateAlert({ ...request, state: CONFIRMED_FRAUD, requestId: 'eve' }),
        other.client.updateAlert({ ...request, state: FALSE_POSITIVE, requestId: 'bob' }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const won = answers.find(({ status }) => status === 'fulfilled');
      const { alert, history } = await world.client.getAlert({ alertId: `d-p${payment}` });
      expect(won).toMatchObject({ value: { alert } });
      expect(history).toHaveLength(2);
    }
    other.close();
  });

  test('a processor that is away makes the outcome unknown, and the retry finds it', async () => {
    const alertId = await opened(4);
    await world.stopProcessor();
    const request = { alertId, expectedVersion: 1n, state: IN_REVIEW, requestId: 'lost' };
    expect(await failureOf(world.client.updateAlert(request))).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'OUTCOME_UNKNOWN',
      metadata: { request_id: 'lost' },
      retryMs: 500,
    });
    world.startProcessor();
    const { alert } = await world.client.updateAlert(request);
    expect(alert).toMatchObject({ version: 2n, state: IN_REVIEW });
    expect((await world.client.getAlert({ alertId })).history).toHaveLength(2);
  });

  test('the first decision of a payment counts, whatever comes later', async () => {
    await world.decide([5], { action: DecisionAction.ALLOW });
    await world.decide([5], { action: DecisionAction.BLOCK, decisionId: 'd-later' });
    await world.decide([6]);
    await eventually(() => known('d-p6'));
    expect(await known('d-later')).toBe(false);
    const decision = await decisionOf(world.tables, 'p5');
    expect(decision).toMatchObject({ decisionId: 'd-p5', action: DecisionAction.ALLOW });
    expect(await decisionOf(world.tables, 'unheard-of')).toBeUndefined();
  });

  test('of decisions in two partitions the older one counts', async () => {
    const { partitions } = world.derived;
    const partition = (user: string) => partitionOf(Buffer.from(user), partitions);
    const other = numbers(2, 10).find((n) => partition(`u${n}`) !== partition('u1'));
    const action = DecisionAction.ALLOW;
    await world.decide([7], { userId: 'u1', decisionId: 'd-older', action });
    await new Promise((resolve) => setTimeout(resolve, 3));
    await world.decide([7], { userId: `u${other}`, decisionId: 'd-newer', action });
    await eventually(
      async () => (await decisionOf(world.tables, 'p7', 'd-newer'))?.decisionId === 'd-newer',
    );
    expect((await decisionOf(world.tables, 'p7'))?.decisionId).toBe('d-older');
  });

  test('an alert that two partitions opened under one id is shown once', async () => {
    const { partitions } = world.derived;
    const users = [0, 1].map((wanted) =>
      numbers(0, 10).find((n) => partitionOf(Buffer.from(`u${n}`), partitions) === wanted),
    );
    // The higher partition first: it is the one that counts.
    for (const user of users.toReversed()) {
      await world.decide([8], { userId: `u${user}`, decisionId: 'd-twin' });
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await opened(9);
    await eventually(
      async () => (await world.client.getAlert({ alertId: 'd-twin' })).alert !== undefined,
    );
    const { alert } = await world.client.updateAlert({
      alertId: 'd-twin',
      expectedVersion: 1n,
      state: CONFIRMED_FRAUD,
      requestId: 'twin',
    });
    expect(alert?.group).toBe(`user:u${users[1]}`);
    const twins = (await world.client.listAlerts({ pageSize: 500 })).alerts.filter(
      ({ alertId }) => alertId === 'd-twin',
    );
    expect(twins).toEqual([alert]);
    expect((await world.client.getAlert({ alertId: 'd-twin' })).history).toHaveLength(2);
  });
});

describe('lists of alerts', () => {
  let world: FraudWorld;
  const payments = numbers(0, 60);
  beforeAll(async () => {
    world = await openFraudWorld();
    for (let from = 0; from < 60; from += 12) {
      await world.decide(payments.slice(from, from + 12));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually(async () => (await all({})).length === 60);
    for (const payment of numbers(0, 12)) {
      await world.client.updateAlert({
        alertId: `d-p${payment}`,
        expectedVersion: 1n,
        state: CONFIRMED_FRAUD,
        requestId: 'resolve',
      });
    }
  });
  afterAll(() => world.close());

  async function all(request: Partial<ListAlertsRequest>) {
    const alerts = [];
    let pageToken = '';
    do {
      const page = await world.client.listAlerts({ ...request, pageToken });
      expect(page.alerts.length).toBeLessThanOrEqual(request.pageSize ?? 50);
      alerts.push(...page.alerts);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return alerts;
  }

  test.each([1, 7, 59, 60, 500])(
    'in pages of %i: every alert once, the newest first',
    async (pageSize) => {
      const alerts = await all({ pageSize });
      expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(60);
      expect(alerts).toHaveLength(60);
      const times = alerts.map(({ createTime }) => createTime?.getTime() ?? 0);
      expect(times).toEqual([...times].sort((a, b) => b - a));
    },
  );

  test('by state, group and time', async () => {
    const confirmed = await all({ states: [CONFIRMED_FRAUD], pageSize: 5 });
    expect(confirmed.map(({ paymentId }) => paymentId).sort()).toEqual(
      numbers(0, 12)
        .map((n) => `p${n}`)
        .sort(),
    );
    const group = await all({ group: 'user:u3', pageSize: 5 });
    expect(group.map(({ paymentId }) => Number(paymentId.slice(1)) % 10)).toEqual(
      numbers(0, 6).map(() => 3),
    );
    expect(await all({ group: 'user:u3', states: [CONFIRMED_FRAUD] })).toHaveLength(1);
    const middle = (await all({}))[30]?.createTime ?? new Date(0);
    const before = await all({ endTime: middle });
    const after = await all({ startTime: middle });
    expect(before.length + after.length).toBe(60);
    expect(after.every(({ createTime }) => (createTime ?? middle) >= middle)).toBe(true);
    expect(before.every(({ createTime }) => (createTime ?? middle) < middle)).toBe(true);
    // Four years: empty days end pages early.
    const startTime = new Date(Date.now() - 4 * 365 * 86_400_000);
    expect(await all({ startTime })).toHaveLength(60);
    const { alerts, nextPageToken } = await world.client.listAlerts({ startTime, pageSize: 500 });
    expect(alerts).toHaveLength(60);
    expect(nextPageToken).not.toBe('');
  });

  test('refuses tokens of other lists and ranges that run backwards', async () => {
    const { nextPageToken } = await world.client.listAlerts({ pageSize: 2 });
    const foreign = world.client.listAlerts({ pageToken: nextPageToken, group: 'user:u1' });
    expect((await failureOf(foreign)).reason).toBe('PAGE_TOKEN_INVALID');
    const backwards = world.client.listAlerts({ startTime: new Date(2), endTime: new Date(1) });
    expect(await failureOf(backwards)).toMatchObject({
      reason: 'FIELD_INVALID',
      metadata: { field: 'start_time' },
    });
    const size = world.client.listAlerts({ pageSize: 501 });
    expect((await failureOf(size)).metadata['field']).toBe('page_size');
  });
});
