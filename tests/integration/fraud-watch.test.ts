import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { type Alert, AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import {
  WatchAlertsRequest,
  WatchAlertsResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { actionRecordBytes, seenHeaders } from '@bytebasket/server/fraud/alerts/fraud-record';
import { readAlert } from '@bytebasket/server/fraud/alerts/read-alerts';
import { openAlertWatch, type AlertWatch } from '@bytebasket/server/fraud/alerts/watch-alerts';
import {
  openResumableChanges,
  type ChangeLimits,
} from '@bytebasket/server/gateway/watch/resumable-changes';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbers, openFraudWorld, type FraudWorld } from '../support/fraud-world.js';
import { manualClock, type ManualClock } from '../support/manual-clock.js';
import { seededRandom, testSeed, type Random } from '../support/random.js';
import { eventually, failureOf } from '../support/test-gateway.js';

const { ASSIGNED, IN_REVIEW, CONFIRMED_FRAUD, FALSE_POSITIVE, REOPENED } = AlertState;
const CIRCLE = [ASSIGNED, IN_REVIEW, CONFIRMED_FRAUD, REOPENED];

let world: FraudWorld;
let clock: ManualClock;
beforeAll(async () => {
  world = await openFraudWorld();
  clock = manualClock(Date.now());
});
afterAll(() => world.close());

/** A watch of its own, on a clock of the test. */
function openWatch(limits: Partial<ChangeLimits> = {}): AlertWatch & { close(): void } {
  const changes = openResumableChanges({ ...world, clock, limits });
  const { watch } = openAlertWatch({ tables: world.tables, changes, clock });
  return { watch, close: () => changes.close() };
}

/** Alerts in the log with the version that each has there: changed straight through the log, the fold accepts all. */
class Shop {
  readonly versions = new Map<string, number>();
  readonly #random: Random;
  #payments: number;

  constructor(random: Random, firstPayment: number) {
    this.#random = random;
    this.#payments = firstPayment;
  }

  get changes(): number {
    return [...this.versions.values()].reduce((sum, version) => sum + version, 0);
  }

  /** Opens some alerts, and changes some. */
  async work(): Promise<void> {
    const opened = numbers(this.#payments, this.#payments + this.#random.int(0, 2));
    this.#payments += opened.length;
    if (opened.length > 0) await world.decide(opened);
    for (const payment of opened) this.versions.set(`d-p${payment}`, 1);
    for (let i = this.#random.int(0, 3); i > 0 && this.versions.size > 0; i--) {
      await this.change(this.#random.pick([...this.versions.keys()]));
    }
  }

  async change(alertId: string): Promise<void> {
    await eventually(async () => (await readAlert(world.tables, alertId)) !== undefined);
    const found = await readAlert(world.tables, alertId);
    if (found === undefined) throw new Error(`${alertId} is gone`);
    const version = this.versions.get(alertId) ?? 1;
    const value = actionRecordBytes({
      alertId,
      expectedVersion: BigInt(version),
      state: CIRCLE[(version - 1) % CIRCLE.length] ?? ASSIGNED,
      note: '',
      requestId: `r${version}`,
      clientId: 'shop',
    });
    const headers = seenHeaders(found.body);
    const { partition } = found;
    const key = new Uint8Array(0);
    await world.derived.append(TOPICS.fraudDecisions, [{ partition, key, value, headers }]);
    this.versions.set(alertId, version + 1);
  }
}

const request = (partial: Partial<WatchAlertsRequest> = {}) => WatchAlertsRequest.create(partial);

/** What a subscriber knows, and what is wrong with it. */
class Subscriber {
  /** Highest version delivered of each alert. */
  readonly versions = new Map<string, number>();
  token = '';
  repeats = 0;
  readonly wrong: string[] = [];
  /** Delivered since the last checkpoint: may come again after a cut. */
  #sinceCheckpoint = new Set<string>();
  #mayRepeat = new Set<string>();

  get changes(): number {
    return [...this.versions.values()].reduce((sum, version) => sum + version, 0);
  }

  cut(): void {
    for (const key of this.#sinceCheckpoint) this.#mayRepeat.add(key);
  }

  take(bytes: Uint8Array): 'value' | 'checkpoint' {
    const { event } = WatchAlertsResponse.decode(bytes);
    if (event?.$case === 'checkpoint') {
      this.token = event.value.resumeToken;
      this.#sinceCheckpoint.clear();
      return 'checkpoint';
    }
    if (event === undefined) throw new Error('a message without an event');
    this.#takeAlert(event.value);
    return 'value';
  }

  #takeAlert({ alertId, version }: Alert): void {
    const key = `${alertId} ${version}`;
    const known = this.versions.get(alertId) ?? 0;
    if (Number(version) <= known) {
      this.repeats += 1;
      if (!this.#mayRepeat.delete(key)) this.wrong.push(`${key} again`);
    } else if (Number(version) !== known + 1) {
      this.wrong.push(`${key} after version ${known}`);
    } else {
      this.versions.set(alertId, Number(version));
    }
    this.#sinceCheckpoint.add(key);
  }
}

async function quiet(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return undefined;
}

describe('WatchAlerts', () => {
  test('resumes after 1,000 random cuts with no gap, and repeats only since the checkpoint', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const shop = new Shop(random, 0);
    const subscriber = new Subscriber();
    const { watch, close } = openWatch();
    // The first place must be known before anything happens: until then a cut begins anew.
    const first = watch(request(), new AbortController().signal);
    const place = await first.next();
    if (place.done !== true) expect(subscriber.take(place.value)).toBe('checkpoint');
    await first.return();
    let working = true;
    const work = (async () => {
      while (working) await shop.work();
    })();
    for (let cut = 0; cut < 1_000; cut++) {
      const stop = new AbortController();
      const messages = watch(request({ resumeToken: subscriber.token }), stop.signal);
      for (let left = random.int(1, 6); left > 0; left--) {
        const step = messages.next();
        step.catch(() => undefined); // A wait that the cut ends.
        const taken = await Promise.race([step, quiet(random.int(1, 4))]);
        if (taken === undefined || taken.done === true) break;
        subscriber.take(taken.value);
        if (random.chance(0.2)) await clock.advance(random.int(0, 1_500));
      }
      stop.abort();
      await messages.return();
      subscriber.cut();
    }
    working = false;
    await work;
    const rest = watch(request({ resumeToken: subscriber.token }), new AbortController().signal);
    while (subscriber.changes < shop.changes) {
      const step = await rest.next();
      if (step.done === true) break;
      subscriber.take(step.value);
    }
    await rest.return();
    close();
    expect(subscriber.wrong, `seed ${seed}`).toEqual([]);
    expect(subscriber.versions, `seed ${seed}`).toEqual(shop.versions);
    expect(subscriber.repeats).toBeGreaterThan(0);
    expect(shop.changes).toBeGreaterThan(100);
  }, 60_000);

  test('begins with what is not resolved, then goes on without gap or repeat', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const shop = new Shop(random, 10_000);
    for (let i = 0; i < 20; i++) await shop.work();
    const { watch, close } = openWatch();
    let working = true;
    const work = (async () => {
      while (working) await shop.work();
    })();
    const messages = watch(request({ includeUnresolved: true }), new AbortController().signal);
    const atStart = new Map(shop.versions);
    const seen = new Map<string, number>();
    const createTimes: number[] = [];
    let snapshot = true;
    const take = async () => {
      const step = await messages.next();
      if (step.done === true) throw new Error('the watch ended');
      const { event } = WatchAlertsResponse.decode(step.value);
      if (event?.$case !== 'value') {
        snapshot = false;
        return;
      }
      const { alertId, state, version, createTime } = event.value;
      if (!alertId.startsWith('d-p1') || alertId.length < 8) return;
      const known = seen.get(alertId);
      if (snapshot) {
        expect([CONFIRMED_FRAUD, FALSE_POSITIVE]).not.toContain(state);
        createTimes.push(createTime?.getTime() ?? 0);
        expect(known).toBeUndefined();
      } else if (known !== undefined) expect(Number(version), alertId).toBe(known + 1);
      seen.set(alertId, Number(version));
    };
    while (snapshot) await take();
    for (let i = 0; i < 50; i++) await take();
    working = false;
    await work;
    // Whoever need not be seen was resolved before the watch began, and nobody touched it since.
    const done = (alertId: string, version: number): boolean =>
      atStart.get(alertId) === version && CIRCLE[(version - 2) % CIRCLE.length] === CONFIRMED_FRAUD;
    const behind = () =>
      [...shop.versions].some(
        ([id, version]) => seen.get(id) !== version && !(done(id, version) && !seen.has(id)),
      );
    while (behind()) await take();
    expect(createTimes).toEqual([...createTimes].sort((a, b) => a - b));
    expect(createTimes.length).toBeGreaterThan(0);
    await messages.return();
    close();
  });

  test('begins at a time: with all that was opened since, or what of it is not resolved', async () => {
    const shop = new Shop(seededRandom(testSeed()), 15_000);
    const ids: string[] = [];
    for (const payment of numbers(15_000, 15_006)) {
      await world.decide([payment]);
      const id = `d-p${payment}`;
      shop.versions.set(id, 1);
      await eventually(async () => (await readAlert(world.tables, id)) !== undefined);
      ids.push(id);
    }
    // Assigned, in review, confirmed: resolved.
    for (let version = 1; version < 4; version++) {
      await shop.change(ids[4] ?? '');
      await eventually(async () => {
        const found = await readAlert(world.tables, ids[4] ?? '');
        return Number(found?.alert.version) === version + 1;
      });
    }
    const startTime = (await readAlert(world.tables, ids[3] ?? ''))?.alert.createTime;
    const { watch, close } = openWatch();
    const snapshotOf = async (partial: Partial<WatchAlertsRequest>): Promise<string[]> => {
      const found: string[] = [];
      for await (const message of watch(request(partial), new AbortController().signal)) {
        const { event } = WatchAlertsResponse.decode(message);
        if (event?.$case !== 'value') break;
        if (ids.includes(event.value.alertId)) found.push(event.value.alertId);
      }
      return found;
    };
    const since = ids.slice(3);
    expect(await snapshotOf({ startTime })).toEqual(since);
    expect(await snapshotOf({ startTime, includeUnresolved: true })).toEqual(
      since.filter((id) => id !== ids[4]),
    );
    expect(await snapshotOf({ startTime, states: [CONFIRMED_FRAUD] })).toEqual([ids[4]]);
    close();
  });

  test('cuts off who reads too slowly, behind a token that loses nothing', async () => {
    const shop = new Shop(seededRandom(testSeed()), 20_000);
    const { watch, close } = openWatch({ waitingMax: 5, stallMs: 1_000 });
    const slow = watch(request(), new AbortController().signal);
    const subscriber = new Subscriber();
    const take = async (messages: AsyncGenerator<Uint8Array, void>) => {
      const step = await messages.next();
      if (step.done !== true) subscriber.take(step.value);
    };
    await take(slow);
    const before = shop.changes;
    for (let i = 0; shop.changes < before + 30 && i < 200; i++) await shop.work();
    // Everything has come to the hub, so nothing but the subscriber is slow.
    await eventually(async () => (await changesInRows(shop)) === shop.changes);
    await eventually(async () => {
      const bounds = await world.derived.bounds(TOPICS.updates);
      return bounds.every(({ partition, end }) => world.hub.offsets()[partition] === end);
    });
    for (let i = 0; i < 3; i++) await clock.advance(1_000);
    await expect(
      (async () => {
        for (;;) await take(slow);
      })(),
    ).rejects.toMatchObject({ reason: ErrorReason.SUBSCRIBER_TOO_SLOW, metadata: { limit: '5' } });
    const token = subscriber.token;
    expect(token).not.toBe('');
    const resumed = watch(request({ resumeToken: token }), new AbortController().signal);
    while (subscriber.changes < shop.changes) await take(resumed);
    expect(subscriber.wrong).toEqual([]);
    expect(subscriber.versions).toEqual(shop.versions);
    await resumed.return();
    close();
  });

  async function changesInRows(shop: Shop): Promise<number> {
    const ids = [...shop.versions.keys()];
    const found = await Promise.all(ids.map((id) => readAlert(world.tables, id)));
    return found.reduce((sum, one) => sum + Number(one?.alert.version ?? 0n), 0);
  }

  test('sends over the gateway only the states that were asked for, as they were then', async () => {
    const leave = new AbortController();
    const states = [FALSE_POSITIVE, IN_REVIEW];
    const stream = world.client.watchAlerts({ states }, { signal: leave.signal });
    const messages = stream[Symbol.asyncIterator]();
    const first: unknown = (await messages.next()).value;
    expect(first).toMatchObject({ event: { $case: 'checkpoint' } });
    await world.decide([30_001]);
    const alertId = 'd-p30001';
    await eventually(async () => (await readAlert(world.tables, alertId)) !== undefined);
    for (const [index, state] of [ASSIGNED, IN_REVIEW, ASSIGNED, FALSE_POSITIVE].entries()) {
      const requestId = `r${index}`;
      const expectedVersion = BigInt(index + 1);
      await world.client.updateAlert({ alertId, expectedVersion, state, requestId });
    }
    const got: bigint[] = [];
    while (got.length < 2) {
      const { event } = (await messages.next()).value as WatchAlertsResponse;
      if (event?.$case === 'value' && event.value.alertId === alertId)
        got.push(event.value.version);
    }
    expect(got).toEqual([3n, 5n]);
    leave.abort();
    await messages.next().catch(() => undefined);
  });

  test('refuses tokens that are none or belong to other states', async () => {
    const open = async (partial: Partial<WatchAlertsRequest>) => {
      for await (const message of world.client.watchAlerts(partial)) return message;
      return undefined;
    };
    const first = await open({ states: [IN_REVIEW, ASSIGNED] });
    const resumeToken = first?.event?.$case === 'checkpoint' ? first.event.value.resumeToken : '';
    expect((await failureOf(open({ resumeToken }))).reason).toBe('RESUME_TOKEN_INVALID');
    expect((await failureOf(open({ resumeToken: 'x' }))).reason).toBe('RESUME_TOKEN_INVALID');
    const same = await open({ states: [ASSIGNED, IN_REVIEW, ASSIGNED], resumeToken });
    expect(same?.event?.$case).toBe('checkpoint');
    const damaged = await failureOf(open({ states: numbers(0, 11).map(() => ASSIGNED) }));
    expect(damaged.metadata['field']).toBe('states');
  });
});
