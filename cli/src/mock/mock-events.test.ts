import { createHash } from 'node:crypto';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { Money } from '@bytebasket/proto/gen/google/type/money';
import { validateEvent } from '@bytebasket/proto/validation';
import { beforeAll, describe, expect, test } from 'vitest';
import { mockEvents } from './mock-events.js';
import { FRAUD_TYPES, fraudRates, MOCK_DEFAULTS, type MockSettings } from './settings.js';
import type { MockRecord } from './world.js';

const START_MS = Date.UTC(2026, 10, 2);
const DAY_MS = 86_400_000;

/** Events in which a lot is bought, so that few are enough. */
const BUSY: MockSettings = {
  ...MOCK_DEFAULTS,
  startMs: START_MS,
  visitors: 1_000,
  conversion: 0.9,
  warmUpMs: 60_000,
  fraud: fraudRates(0.01),
};

function take(settings: MockSettings, count: number): MockRecord[] {
  const taken: MockRecord[] = [];
  for (const record of mockEvents(settings)) {
    if (taken.push(record) === count) break;
  }
  return taken;
}

function digest(settings: MockSettings, count: number): string {
  const hash = createHash('sha256');
  for (const { event, truth } of take(settings, count)) {
    hash.update(Event.encode(event).finish()).update(truth?.fraudType ?? '');
  }
  return hash.digest('hex');
}

const nanos = ({ units, nanos }: Money): bigint => units * 1_000_000_000n + BigInt(nanos);
const sum = (amounts: readonly (Money | undefined)[]): bigint =>
  amounts.reduce((total, amount) => total + (amount === undefined ? 0n : nanos(amount)), 0n);
const linesSum = (lines: readonly LineItem[]): bigint => sum(lines.map(({ total }) => total));
const occurMs = ({ event }: MockRecord): number => event.occurTime?.getTime() ?? Number.NaN;

describe('the events of the mock shop', () => {
  test('are the same bytes for the same settings, and others for another seed or start', () => {
    const settings = { ...BUSY, seed: 7 };
    const once = digest(settings, 3_000);
    expect(digest(settings, 3_000)).toBe(once);
    expect(digest({ ...settings, seed: 8 }, 3_000)).not.toBe(once);
    expect(digest({ ...settings, startMs: START_MS + 1 }, 3_000)).not.toBe(once);
  });

  test('keep people and products for a seed, and never repeat an order in another run', () => {
    const [one, two] = [START_MS, START_MS + DAY_MS].map((startMs) =>
      take({ ...BUSY, startMs }, 8_000).map(({ event }) => event),
    );
    const users = (events: readonly Event[] = []) => new Set(events.map(({ userId }) => userId));
    const shared = [...users(one)].filter((user) => user !== '' && users(two).has(user));
    expect(shared.length).toBeGreaterThan(20);
    const payments = (events: readonly Event[] = []) =>
      events.flatMap(({ payload }) =>
        payload?.$case === 'paymentAttempted' ? [payload.value.paymentId] : [],
      );
    expect(payments(one).length).toBeGreaterThan(20);
    const first = new Set(payments(one));
    expect(payments(two).filter((id) => first.has(id))).toEqual([]);
  });

  test('come at the rate that is asked for, from the first second on', () => {
    const settings = { ...MOCK_DEFAULTS, startMs: START_MS, seasonal: false, items: 50 };
    const taken = take({ ...settings, eventsPerSecond: 200 }, 20_000);
    // The catalogue is told on top, once.
    const inTime = (seconds: number) =>
      taken.filter((record) => occurMs(record) < START_MS + seconds * 1_000).length - 50;
    expect(inTime(10)).toBeGreaterThan(1_600);
    expect(inTime(10)).toBeLessThan(2_400);
    expect(inTime(60)).toBeGreaterThan(0.9 * 12_000);
    expect(inTime(60)).toBeLessThan(1.1 * 12_000);
  });

  test('begin in the middle of visits, but with no half of a payment', () => {
    const tried = new Set<string>();
    let [halves, answers, frauds] = [0, 0, 0];
    for (const { event, truth } of take(
      { ...BUSY, warmUpMs: 240_000, eventsPerSecond: 200 },
      10_000,
    )) {
      const { payload } = event;
      if (payload?.$case === 'paymentAttempted') {
        tried.add(payload.value.paymentId);
        if (truth !== undefined) frauds++;
      } else if (payload?.$case === 'paymentAuthorised' || payload?.$case === 'paymentDeclined') {
        answers++;
        if (!tried.has(payload.value.paymentId)) halves++;
      }
    }
    expect([halves, answers > 100]).toEqual([0, true]);
    // Fraud is under way too.
    expect(frauds).toBeGreaterThan(0);
  });

  test('shrink with the speed: an hour of the shop takes a minute', () => {
    const span = (speed: number) => {
      const taken = take({ ...BUSY, speed, eventsPerSecond: 20 * speed }, 10_000);
      const visits = new Map<string, { from: number; to: number }>();
      for (const record of taken) {
        const { sessionId } = record.event;
        const known = visits.get(sessionId);
        if (known === undefined)
          visits.set(sessionId, { from: occurMs(record), to: occurMs(record) });
        else known.to = occurMs(record);
      }
      const lengths = [...visits.values()].map(({ from, to }) => to - from).sort((a, b) => a - b);
      return lengths[Math.floor(lengths.length / 2)] ?? 0;
    };
    expect(span(1) / span(60)).toBeGreaterThan(40);
    expect(span(1) / span(60)).toBeLessThan(90);
  });
});

describe('a month of the mock shop', () => {
  const seed = Number(process.env['BYTEBASKET_SEED'] ?? 3);
  const settings: MockSettings = {
    ...BUSY,
    ...{ seed, speed: 1, eventsPerSecond: 0.06, warmUpMs: 0 },
  };
  let records: MockRecord[] = [];
  beforeAll(() => {
    records = [];
    for (const record of mockEvents(settings)) {
      if (occurMs(record) > START_MS + 40 * DAY_MS) break;
      records.push(record);
    }
  });
  const payloads = function* (name: string) {
    for (const { event, truth } of records) {
      if (event.payload?.$case === name) yield { event, truth, payload: event.payload };
    }
  };

  test('keeps to the contract with every event, and tells every kind of event', () => {
    const kinds = new Set<string>();
    const bad = records.filter(({ event }) => {
      kinds.add(event.payload?.$case ?? '');
      return validateEvent(event) !== undefined;
    });
    expect(bad.map(({ event }) => [seed, validateEvent(event)])).toEqual([]);
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        ...['productViewed', 'productListViewed', 'productsSearched', 'productAddedToWishlist'],
        ...['productAdded', 'couponApplied', 'checkoutStepCompleted', 'paymentDeclined'],
        ...['orderCompleted', 'orderRefunded', 'orderCancelled', 'orderUpdated', 'productUpdated'],
        ...['userSignedUp', 'loginFailed', 'passwordReset', 'addressChanged', 'labelReported'],
        ...['recommendationShown', 'recommendationClicked', 'productReviewed'],
      ]),
    );
  });

  test('never goes back in time, so the events of each user are in order', () => {
    const newest = new Map<string, number>();
    let last = '';
    for (const record of records) {
      const { userId, anonymousId, eventId } = record.event;
      const key = userId === '' ? anonymousId : userId;
      if (occurMs(record) < (newest.get(key) ?? 0)) {
        throw new Error(`seed ${seed}: ${eventId} goes back in time`);
      }
      newest.set(key, occurMs(record));
      if (eventId <= last) throw new Error(`seed ${seed}: event id ${eventId} after ${last}`);
      last = eventId;
    }
    expect(newest.size).toBeGreaterThan(500);
  });

  test('adds money up to the last cent, and never gives back more than was paid', () => {
    const paid = new Map<string, bigint>();
    for (const { payload } of payloads('orderCompleted')) {
      if (payload.$case !== 'orderCompleted') continue;
      const { lines, shipping, discount, total, orderId } = payload.value;
      expect(sum([total])).toBe(linesSum(lines) + sum([shipping]) - sum([discount]));
      paid.set(orderId, sum([total]));
    }
    expect(paid.size).toBeGreaterThan(1_000);
    for (const { payload } of payloads('paymentAuthorised')) {
      if (payload.$case !== 'paymentAuthorised') continue;
      expect(sum([payload.value.amount])).toBe(paid.get(payload.value.orderId));
    }
    for (const { payload } of payloads('orderRefunded')) {
      if (payload.$case !== 'orderRefunded') continue;
      const { orderId, total, lines } = payload.value;
      expect(linesSum(lines)).toBeLessThanOrEqual(sum([total]));
      expect(sum([total])).toBeLessThanOrEqual(paid.get(orderId) ?? 0n);
    }
  });

  test('labels each fraud once, after its payment, and no honest payment as fraud', () => {
    const attempted = new Map<string, { atMs: number; fraud: boolean; labels: number }>();
    for (const { event, truth, payload } of payloads('paymentAttempted')) {
      if (payload.$case !== 'paymentAttempted') continue;
      const atMs = event.occurTime?.getTime() ?? 0;
      const { paymentId } = payload.value;
      attempted.set(paymentId, { atMs, fraud: truth !== undefined, labels: 0 });
    }
    for (const { event, payload } of payloads('labelReported')) {
      if (payload.$case !== 'labelReported') continue;
      const payment = attempted.get(payload.value.paymentId);
      if (payment === undefined) throw new Error(`seed ${seed}: a label of no payment`);
      expect(event.occurTime?.getTime()).toBeGreaterThan(payment.atMs);
      expect(payload.value.verdict === LabelVerdict.FRAUD).toBe(payment.fraud);
      expect(++payment.labels).toBe(1);
    }
    const old = [...attempted.values()].filter(
      ({ fraud, atMs }) => fraud && atMs < START_MS + 10 * DAY_MS,
    );
    expect(old.length).toBeGreaterThan(20);
    // The last ones may still be under way after 30 days.
    expect(old.filter(({ labels }) => labels === 1).length).toBeGreaterThan(0.85 * old.length);
  });

  test('holds each kind of fraud at its rate', () => {
    const counts = new Map<string, number>();
    let all = 0;
    for (const { truth } of payloads('paymentAttempted')) {
      all++;
      if (truth !== undefined) counts.set(truth.fraudType, (counts.get(truth.fraudType) ?? 0) + 1);
    }
    expect(all).toBeGreaterThan(3_000);
    for (const type of FRAUD_TYPES) {
      const wanted = settings.fraud[type] * all;
      // One episode may be under way at the start and another one at the end.
      expect([type, Math.abs((counts.get(type) ?? 0) - wanted) <= 28]).toEqual([type, true]);
      expect([type, (counts.get(type) ?? 0) > wanted / 3]).toEqual([type, true]);
    }
  });

  test('tells nothing of the truth in an event', () => {
    const text = JSON.stringify(
      records.filter(({ truth }) => truth !== undefined).map(({ event }) => Event.toJSON(event)),
    );
    for (const type of FRAUD_TYPES) expect(text).not.toContain(type);
  });
});
