import type { Clock } from '@bytebasket/server/ports/clock';
import type { ServingAnswer } from '@bytebasket/server/recommendation/serving/protocol';
import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { AlertAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import {
  openServingWorld,
  order,
  type RunningServing,
  type ServingWorld,
  startServingIn,
  view,
  wanted,
} from '../support/serving-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { eventually } from '../support/test-gateway.js';

const itemsOf = ({ items }: ServingAnswer): string[] => items.map(({ itemId }) => itemId);

describe('the recommendation read model over a log', () => {
  let folder: TempFolder;
  let world: ServingWorld;
  let running: RunningServing[] = [];
  beforeEach(async () => {
    folder = await tempFolder('serving');
    world = await openServingWorld(folder.path);
  });
  afterEach(async () => {
    for (const one of running) await one.stop();
    running = [];
    await world.close();
    await folder.remove();
  });

  const start = async (
    options: Parameters<typeof startServingIn>[1] = {},
  ): Promise<RunningServing> => {
    const serving = await startServingIn(world, options);
    running.push(serving);
    await serving.caughtUp();
    return serving;
  };

  test('answers an empty shop with empty lists', async () => {
    const { client } = await start();
    for (const placement of ['home', 'product', 'cart', 'after-order'] as const) {
      const answer = await client.ask(wanted('nobody', { placement, itemId: 'x' }));
      expect(answer).toMatchObject({ items: [], filtered: 0 });
    }
    const similar = { kind: 'similar', itemId: 'x', source: 'viewed-together' } as const;
    const rules = { limit: 5, exclude: [], categories: [] };
    expect(itemsOf(await client.ask({ ...similar, ...rules }))).toEqual([]);
    const trending = { kind: 'trending', categoryId: '', limit: 5 } as const;
    expect(itemsOf(await client.ask(trending))).toEqual([]);
  });

  test('recommends a new item after its first co-view, with the reason', async () => {
    const serving = await start();
    await world.send(view('ann', 'kettle'), view('ann', 'new-teapot'), view('bob', 'kettle'));
    await serving.caughtUp();
    const { items } = await serving.client.ask(wanted('bob'));
    expect(items[0]).toMatchObject({
      itemId: 'new-teapot',
      source: 'session',
      reason: 'because you viewed kettle',
      reasonItemIds: ['kettle'],
    });
    expect(items[0]?.modelVersion).toMatch(/^session-knn\/\d+$/);
  });

  test('says up to when it knows everything', async () => {
    const serving = await start();
    const before = world.clock.nowMs();
    await world.send(view('ann', 'kettle'));
    await serving.caughtUp();
    const { watermarkMs } = await serving.client.ask(wanted('ann'));
    expect(watermarkMs).toBeGreaterThanOrEqual(before);
    expect(watermarkMs).toBeLessThanOrEqual(world.clock.nowMs());
  });

  test('forgets the session of a blocked payment, and what its device does later', async () => {
    const serving = await start();
    await world.send(view('ann', 'a'), view('ann', 'b'), view('bob', 'a'));
    await world.send(view('thief', 'a'), view('thief', 'fake'));
    await serving.caughtUp();
    expect(itemsOf(await serving.client.ask(wanted('bob')))).toContain('fake');
    const decision = Decision.fromPartial({
      decisionId: 'd1',
      paymentId: 'p1',
      action: DecisionAction.BLOCK,
      anonymousId: 'thief',
      sessionId: 'thief-1',
    });
    await world.sendFraud('thief', { $case: 'decision', value: decision });
    await serving.caughtUp();
    await world.send(
      view('thief', 'a', { sessionId: 's2' }),
      view('thief', 'f2', { sessionId: 's2' }),
    );
    await serving.caughtUp();
    const similar = await serving.client.ask({
      kind: 'similar',
      itemId: 'a',
      source: 'viewed-together',
      limit: 10,
      exclude: [],
      categories: [],
    });
    expect(itemsOf(similar)).toEqual(['b']);
  });

  test('forgets the session of an alert that an operator confirmed, and no other action', async () => {
    const serving = await start();
    await world.send(view('ann', 'a'), view('ann', 'b'));
    await world.send(view('thief', 'a'), view('thief', 'fake'));
    const decision = Decision.fromPartial({
      decisionId: 'd1',
      paymentId: 'p1',
      action: DecisionAction.REVIEW,
      anonymousId: 'thief',
      sessionId: 'thief-1',
    });
    await world.sendFraud('thief', { $case: 'decision', value: decision });
    const act = (expectedVersion: bigint, state: AlertState) =>
      world.sendFraud('thief', {
        $case: 'alertAction',
        value: AlertAction.fromPartial({ alertId: 'd1', expectedVersion, state }),
      });
    const similar = async (): Promise<string[]> => {
      await serving.caughtUp();
      const request = { kind: 'similar', itemId: 'a', source: 'viewed-together' } as const;
      const rules = { limit: 10, exclude: [], categories: [] };
      return itemsOf(await serving.client.ask({ ...request, ...rules })).toSorted();
    };
    expect(await similar()).toEqual(['b', 'fake']);
    // Refused by the alert itself: another version, and a way that alerts do not go.
    await act(2n, AlertState.CONFIRMED_FRAUD);
    await act(1n, AlertState.REOPENED);
    expect(await similar()).toEqual(['b', 'fake']);
    await act(1n, AlertState.IN_REVIEW);
    await act(2n, AlertState.CONFIRMED_FRAUD);
    expect(await similar()).toEqual(['b']);
  });

  test('tells whoever watches a visitor of that visitor alone', async () => {
    const serving = await start();
    let changes = 0;
    const unwatch = serving.client.watch({ anonymousId: 'ann', userId: '' }, () => (changes += 1));
    await serving.caughtUp();
    await world.send(view('bob', 'a'));
    await serving.caughtUp();
    expect(changes).toBe(0);
    await world.send(view('ann', 'a'));
    await eventually(() => changes === 1);
    unwatch();
    await world.send(view('ann', 'b'));
    await serving.caughtUp();
    expect(changes).toBe(1);
  });

  test('takes no more requests than it may, and answers those it took', async () => {
    const serving = await start({ inFlightMax: 3 });
    const asked = Array.from({ length: 5 }, () => serving.client.ask(wanted('ann')));
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled'],
      ...['rejected', 'rejected'],
    ]);
    expect(results[4]).toMatchObject({ reason: { metadata: { limit: '3' } } });
    expect(itemsOf(await serving.client.ask(wanted('ann')))).toEqual([]);
  });

  test('answers the same after it was killed, and goes on from what it saved', async () => {
    await world.close();
    world = await openServingWorld(folder.path, { clock: tickingClock() });
    const seed = testSeed();
    let saved = 0;
    const saves = { saveIntervalMs: 30, observe: { saved: () => (saved += 1) } };
    const first = await start(saves);
    await world.send(...shoppers(seed, 100));
    await first.caughtUp();
    await eventually(() => saved > 0);
    // What comes from here on is in the log only, more or less.
    await world.send(...shoppers(seed + 1, 40));
    await first.caughtUp();
    const before = await answersOf(first);
    expect(before.length).toBeGreaterThan(0);
    await first.kill();
    running = [];
    const lost: string[] = [];
    const second = await start({ observe: { stateLost: (why) => lost.push(why) } });
    expect(await answersOf(second), `BYTEBASKET_SEED=${seed}`).toEqual(before);
    expect(lost).toEqual([]);

    // Nor does it matter whether it was ever saved.
    const rebuilt = await start({ owner: 'another' });
    expect(await answersOf(rebuilt), `BYTEBASKET_SEED=${seed}`).toEqual(before);
  });

  test('starts anew from the log when what it saved is damaged or of another log', async () => {
    const first = await start();
    await world.send(view('ann', 'a'), view('ann', 'b'), view('bob', 'a'));
    await first.caughtUp();
    await first.stop();
    running = [];
    const rows = [];
    for await (const row of world.tables.scan('serving_state', ['embedded'])) rows.push(row);
    const trending = rows.find(({ key }) => String(key[1]).startsWith('trending/'));
    expect(trending).toBeDefined();
    await world.tables.write('serving_state', [
      {
        key: trending?.key ?? [],
        cells: { bytes: Uint8Array.of(9, 9) },
        writeTime: (trending?.writeTime ?? 0) + 1,
      },
    ]);
    const lost: string[] = [];
    const second = await start({ observe: { stateLost: (why) => lost.push(why) } });
    expect(lost).toHaveLength(1);
    expect(itemsOf(await second.client.ask(wanted('bob')))).toEqual(['b']);
    await second.stop();
    running = [];
    const third = await start({ observe: { stateLost: (why) => lost.push(why) } });
    expect(lost).toHaveLength(1);
    expect(itemsOf(await third.client.ask(wanted('bob')))).toEqual(['b']);
  });

  test('leaves out a record that cannot be read and goes on', async () => {
    const unreadable: number[] = [];
    const serving = await start({ observe: { unreadable: (at) => unreadable.push(at.offset) } });
    const bad = { partition: 0, key: new Uint8Array(0), value: Uint8Array.of(7), headers: {} };
    await world.log.append('user-activity', [bad]);
    await world.send(view('ann', 'a'), view('ann', 'b'), view('bob', 'a'));
    await serving.caughtUp();
    expect(unreadable).toEqual([0]);
    expect(itemsOf(await serving.client.ask(wanted('bob')))).toEqual(['b']);
  });

  test('goes on with what is left when records expired before it read them', async () => {
    await world.close();
    world = await openServingWorld(folder.path, { retentionBytes: 1_000 });
    const first = await start();
    await world.send(view('ann', 'a'));
    await first.caughtUp();
    await first.stop();
    running = [];
    await world.send(...Array.from({ length: 60 }, (_, n) => view('ann', `i${n}`)));
    expect(await world.log.expire(world.clock.nowMs())).toBeGreaterThan(20);
    await world.send(view('bob', 'i58'));
    let missing = 0;
    const second = await start({ observe: { gap: (_, records) => (missing += records) } });
    expect(missing).toBeGreaterThan(20);
    expect(itemsOf(await second.client.ask(wanted('bob')))).toContain('i59');
  });

  async function answersOf({ client }: RunningServing): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (let visitor = 0; visitor < 8; visitor++) {
      for (const placement of ['home', 'product', 'cart', 'after-order'] as const) {
        const request = wanted(`v${visitor}`, { placement, itemId: 'i1', limit: 8 });
        const { items, filtered } = await client.ask(request);
        answers.push({ items, filtered });
      }
    }
    return answers;
  }
});

/** Every reading is later than the one before, so that no two records have one append time. */
function tickingClock(): Clock {
  let last = 0;
  return {
    nowMs: () => (last = Math.max(last + 1, Date.now())),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        });
      }),
  };
}

function shoppers(seed: number, count: number) {
  const random = seededRandom(seed);
  const item = (): string => `i${random.int(0, 11)}`;
  return Array.from({ length: count }, (_, n) => {
    const visitor = `v${random.int(0, 7)}`;
    if (random.chance(0.15)) return order(visitor, `o${seed}-${n}`, [item(), item(), item()]);
    return view(visitor, item(), { sessionId: `${visitor}-${random.int(1, 3)}` });
  });
}
