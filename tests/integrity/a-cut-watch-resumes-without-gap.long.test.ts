import { setTimeout as delay } from 'node:timers/promises';
import {
  createByteBasket,
  isByteBasketError,
  money,
  type Alert,
  type AlertState,
  type AlertWatchUpdate,
  type ByteBasket,
  type Transaction,
  type TransactionUpdate,
} from '@bytebasket/sdk';
import { startTestGateway } from '@bytebasket/sdk/testing';
import { expect, test, vi } from 'vitest';
import { cuttableWay } from '../support/cuttable-way.js';
import { seededRandom, testSeed, type Random } from '../support/random.js';

const CUTS = 1_000;
const CARDS = 5;
const CIRCLE: readonly Exclude<AlertState, 'open'>[] = [
  ...(['assigned', 'in-review', 'confirmed-fraud', 'reopened'] as const),
];

/** Tries five cards on one device: the fourth and the fifth open an alert. */
async function testCards(bb: ByteBasket, device: string): Promise<void> {
  const payments = Array.from({ length: CARDS }, (_, at) => {
    const card = { fingerprint: `${device}-card-${at}` };
    const value = { paymentId: `${device}-p${at}`, amount: money('EUR', '1.00'), card };
    return { anonymousId: device, payload: { $case: 'paymentAttempted', value } as const };
  });
  for (const { status } of await bb.publish(payments)) expect(status).toBe('accepted');
}

/** Changes some of the alerts; an operator may be too slow, then nothing changes. */
async function operate(bb: ByteBasket, random: Random): Promise<void> {
  for await (const { alertId, version } of bb.alerts.list({ pageSize: 20 })) {
    if (!random.chance(0.2)) continue;
    const state = CIRCLE[(version - 1) % CIRCLE.length] ?? 'assigned';
    try {
      await bb.alerts.update({ alertId, expectedVersion: version, state });
    } catch (error) {
      if (!isByteBasketError(error) || error.reason !== 'ALERT_VERSION_STALE') throw error;
    }
    if (random.chance(0.2)) return;
  }
}

test('1,000 cuts of WatchAlerts and WatchTransactions through the SDK: 0 gaps, 0 repeats', async () => {
  const seed = testSeed();
  const hint = `repeat with BYTEBASKET_SEED=${seed}`;
  const random = seededRandom(seed);
  const gateway = await startTestGateway({ processor: true });
  const way = await cuttableWay(gateway.port);
  const bb = createByteBasket({ endpoint: gateway.endpoint });
  const cut = createByteBasket({
    endpoint: way.endpoint,
    retry: { delayBaseMs: 1, delayMaxMs: 5 },
  });
  const stop = new AbortController();
  const alerts: Alert[] = [];
  const states: Transaction[] = [];
  let checkpoints = 0;
  let breaks = 0;
  const follow = async <T>(
    updates: AsyncIterable<{ type: string; value?: T }>,
    into: T[],
  ): Promise<void> => {
    try {
      for await (const update of updates) {
        if (update.value !== undefined) into.push(update.value);
        if (update.type === 'checkpoint') checkpoints += 1;
        if (update.type === 'reconnecting') breaks += 1;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const { signal } = stop;
  const watching = Promise.all([
    follow<Alert>(cut.alerts.watch({ signal }) satisfies AsyncIterable<AlertWatchUpdate>, alerts),
    follow<Transaction>(
      cut.transactions.watch({ signal }) satisfies AsyncIterable<TransactionUpdate>,
      states,
    ),
  ]);
  await vi.waitFor(() => expect(checkpoints).toBeGreaterThanOrEqual(2), { timeout: 20_000 });

  let devices = 0;
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    if (cuts % 10 === 0) await testCards(bb, `d-${(devices += 1)}`);
    if (cuts % 7 === 0) await operate(bb, random);
    way.cut();
    await delay(random.int(0, 120));
  }
  expect(breaks, hint).toBeGreaterThan(CUTS / 2);

  const expected = new Map<string, number>();
  for await (const { alertId, version } of bb.alerts.list({ pageSize: 500 })) {
    expected.set(alertId, version);
  }
  expect(expected.size, hint).toBe(devices * 2);
  const seenVersions = () => {
    const seen = new Map<string, number[]>();
    for (const { alertId, version } of alerts) {
      seen.set(alertId, [...(seen.get(alertId) ?? []), version]);
    }
    return seen;
  };
  await vi.waitFor(
    () => {
      const whole = new Map(
        [...expected].map(([id, version]) => [
          id,
          Array.from({ length: version }, (_, i) => i + 1),
        ]),
      );
      expect(seenVersions(), hint).toEqual(whole);
      const decided = new Set(
        states.filter(({ payments: [one] }) => one?.decision).map((one) => one.transactionId),
      );
      expect(decided.size, hint).toBe(devices * CARDS);
    },
    { timeout: 30_000, interval: 200 },
  );
  const shown = states.map(({ transactionId, version, payments: [one] }) =>
    [transactionId, version, one?.decision?.decisionId].join(' '),
  );
  expect(new Set(shown).size, hint).toBe(shown.length);
  stop.abort();
  await watching;
  await cut.close();
  await bb.close();
  way.close();
  await gateway.close();
}, 600_000);
