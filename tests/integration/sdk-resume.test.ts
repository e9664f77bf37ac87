import { Alert } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { WatchAlertsRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { isWatchGapError, type AlertWatchUpdate } from '@bytebasket/sdk';
import type { CallContext } from 'nice-grpc-common';
import { ServerError, Status } from 'nice-grpc-common';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { richError } from './sdk-scripted-gateway.js';
import {
  cutFeed,
  scriptedWorld,
  type FeedAnswer,
  type ScriptedServices,
} from './sdk-scripted-services.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function world(...args: Parameters<typeof scriptedWorld>) {
  const made = await scriptedWorld(...args);
  closing.push(() => made.close());
  return made;
}

const alert = (id: number, version = 1n) => Alert.fromPartial({ alertId: `a-${id}`, version });
const value = (one: Alert): FeedAnswer<Alert> => ({ event: { $case: 'value', value: one } });
const checkpoint = (resumeToken: string, at = 0): FeedAnswer<Alert> => ({
  event: { $case: 'checkpoint', value: { resumeToken, watermarkTime: new Date(at) } },
});
const held = ({ signal }: CallContext) =>
  new Promise((resolve) => signal.addEventListener('abort', resolve));

type Watch = (request: WatchAlertsRequest, context: CallContext) => AsyncGenerator<never>;

/** Services whose alerts give what the script does, stream by stream. */
function alerts(
  script: (
    request: WatchAlertsRequest,
    context: CallContext,
    stream: number,
  ) => AsyncGenerator<FeedAnswer<Alert>>,
): ScriptedServices & { readonly asked: WatchAlertsRequest[] } {
  const asked: WatchAlertsRequest[] = [];
  const watchAlerts = (request: WatchAlertsRequest, context: CallContext) => {
    asked.push(request);
    return script(request, context, asked.length);
  };
  return { fraud: { watchAlerts: watchAlerts as Watch }, asked };
}

/** Updates in short, until `enough` of them. */
async function take(updates: AsyncIterable<AlertWatchUpdate>, enough: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const update of updates) {
    seen.push(
      update.type === 'value' ? `${update.value.alertId}/${update.value.version}` : update.type,
    );
    if (seen.length >= enough) break;
  }
  return seen;
}

describe('a resumable watch', () => {
  // About 3 s of CPU.
  test('over 1,000 random cuts delivers every change once and in order, of alerts and of transactions', async () => {
    const seed = testSeed();
    const hint = `repeat with BYTEBASKET_SEED=${seed}`;
    const faults = { random: seededRandom(seed), cuts: 1_000, streams: 0 };
    const changes: Alert[] = [];
    const states: Transaction[] = [];
    const { bb } = await world({
      fraud: {
        watchAlerts: (request) => cutFeed(changes, request.resumeToken, faults),
      },
      transactions: {
        watchTransactions: (request) => cutFeed(states, request.resumeToken, faults),
      },
    });
    // Few ids with many versions, and decisions that come without a new version. Each change carries its place.
    const grow = (): void => {
      const at = changes.length;
      const version = BigInt(Math.floor(at / 7) + 1);
      changes.push({ ...alert(at % 7, version), note: String(at) });
      const decision = { decisionId: `d-${at}` };
      const payments = [{ paymentId: 'p', ...(at % 2 === 1 ? { decision } : {}) }];
      const state = { transactionId: 't-1', version: BigInt(Math.floor(at / 2)), payments };
      states.push(Transaction.fromPartial({ ...state, userId: String(at) }));
    };
    const begun = new Set<unknown>();
    const follow = async <T>(
      updates: AsyncIterable<{ type: string; value?: T }>,
      placeOf: (value: T) => string,
    ): Promise<number[]> => {
      const seen: number[] = [];
      for await (const update of updates) {
        if (update.value !== undefined) seen.push(Number(placeOf(update.value)));
        // Both watches stand at the beginning before the log grows.
        if (update.type === 'checkpoint' && begun.add(updates).size === 2) {
          while (changes.length < 9) grow();
        }
        // The log grows a little ahead of its readers, and stops when all cuts are made.
        const next = (seen.at(-1) ?? -1) + 1;
        if (update.type === 'value' && faults.cuts > 0 && changes.length < next + 9) {
          while (changes.length < next + 18) grow();
        }
        if (faults.cuts <= 0 && next === changes.length) break;
      }
      return seen;
    };
    const [gotAlerts, gotStates] = await Promise.all([
      follow(bb.alerts.watch(), ({ note }) => note),
      follow(bb.transactions.watch(), ({ userId }) => userId),
    ]);
    expect(faults.streams, hint).toBeGreaterThan(1_000);
    expect(gotAlerts.length, hint).toBeGreaterThan(500);
    expect(gotAlerts, hint).toEqual(gotAlerts.map((_, at) => at));
    expect(gotStates, hint).toEqual(gotStates.map((_, at) => at));
  }, 90_000);

  test('goes on behind the last checkpoint with its token and the same filter', async () => {
    const script = alerts(async function* (_request, context, stream) {
      if (stream === 1) {
        yield checkpoint('t-0');
        yield value(alert(1));
        yield checkpoint('t-1');
        yield value(alert(2));
        yield value(alert(2, 2n));
        throw new ServerError(Status.UNAVAILABLE, 'cut');
      }
      yield value(alert(2));
      yield checkpoint('t-2');
      yield value(alert(2, 2n));
      yield value(alert(3));
      await held(context);
    });
    const { bb } = await world(script);
    const watch = { states: ['open', 'in-review'], includeUnresolved: true } as const;
    expect(await take(bb.alerts.watch(watch), 8)).toEqual([
      ...['checkpoint', 'a-1/1', 'checkpoint', 'a-2/1', 'a-2/2', 'reconnecting'],
      ...['checkpoint', 'a-3/1'],
    ]);
    expect(script.asked).toEqual([
      { resumeToken: '', states: [1, 3], includeUnresolved: true },
      { resumeToken: 't-1', states: [1, 3], includeUnresolved: true },
    ]);
  });

  test('goes on in another process with the token of a checkpoint', async () => {
    const script = alerts(async function* ({ resumeToken }, context) {
      yield value(alert(Number(resumeToken)));
      await held(context);
    });
    const { bb } = await world(script);
    expect(await take(bb.alerts.watch({ resumeToken: '17' }), 1)).toEqual(['a-17/1']);
  });

  test('shows no alert as it was before the present state that the watch began with', async () => {
    const script = alerts(async function* (_request, context, stream) {
      if (stream === 1) {
        yield value(alert(1, 3n));
        yield checkpoint('t-0');
        throw new ServerError(Status.UNAVAILABLE, 'cut');
      }
      for (const version of [2n, 3n, 4n]) yield value(alert(1, version));
      await held(context);
    });
    const { bb } = await world(script);
    expect(await take(bb.alerts.watch({ includeUnresolved: true }), 4)).toEqual([
      ...['a-1/3', 'checkpoint', 'reconnecting', 'a-1/4'],
    ]);
  });

  test('an expired token ends it with a WatchGapError that says since when', async () => {
    const script = alerts(async function* ({ resumeToken }) {
      if (resumeToken !== '') throw expired();
      yield checkpoint('t-0', 5_000);
      yield value(alert(1));
      throw new ServerError(Status.UNAVAILABLE, 'cut');
    });
    const { bb } = await world(script);
    const error = await take(bb.alerts.watch(), 99).catch((caught: unknown) => caught);
    expect(isWatchGapError(error)).toBe(true);
    expect(error).toMatchObject({
      ...{ name: 'WatchGapError', reason: 'RESUME_TOKEN_EXPIRED', code: 'OUT_OF_RANGE' },
      ...{ retryable: false, watermarkTime: new Date(5_000), metadata: { field: 'resume_token' } },
    });
  });

  test("with onGap 'restart' it tells the gap and begins anew, without remembering", async () => {
    const script = alerts(async function* ({ resumeToken }, context, stream) {
      if (resumeToken !== '') throw expired();
      yield checkpoint(`t-${stream}`, 5_000);
      yield value(alert(1));
      if (stream > 1) await held(context);
      throw new ServerError(Status.UNAVAILABLE, 'cut');
    });
    const { bb } = await world(script);
    expect(await take(bb.alerts.watch({ onGap: 'restart' }), 7)).toEqual([
      ...['checkpoint', 'a-1/1', 'reconnecting', 'gap', 'reconnecting', 'checkpoint', 'a-1/1'],
    ]);
    expect(script.asked.map(({ resumeToken }) => resumeToken)).toEqual(['', 't-1', '']);
  });

  test('a break after values but before the first checkpoint is a gap, one before any answer is none', async () => {
    const early = alerts(async function* (_request, _context, stream) {
      if (stream === 1) throw new ServerError(Status.UNAVAILABLE, 'not up yet');
      yield value(alert(stream));
      throw new ServerError(Status.UNAVAILABLE, 'cut');
    });
    const one = await world(early);
    await expect(take(one.bb.alerts.watch(), 9)).rejects.toMatchObject({
      ...{ name: 'WatchGapError', reason: 'WATCH_INTERRUPTED', watermarkTime: undefined },
    });
    expect(early.asked).toHaveLength(2);
    expect(await take(one.bb.alerts.watch({ onGap: 'restart' }), 4)).toEqual([
      ...['a-3/1', 'gap', 'reconnecting', 'a-4/1'],
    ]);
  });

  test('a refusal for good ends it with its reason', async () => {
    // eslint-disable-next-line require-yield -- it fails before its first answer
    const script = alerts(async function* () {
      const metadata = { field: 'resume_token' };
      const message = 'resume_token is of another filter: start without a token';
      throw richError(Status.INVALID_ARGUMENT, 'RESUME_TOKEN_INVALID', { message, metadata });
    });
    const { bb } = await world(script);
    const watching = take(bb.alerts.watch({ resumeToken: 'x', onGap: 'restart' }), 1);
    await expect(watching).rejects.toMatchObject({
      ...{ name: 'ByteBasketError', reason: 'RESUME_TOKEN_INVALID', field: 'resume_token' },
    });
    expect(script.asked).toHaveLength(1);
  });

  test('a slow reader holds the gateway up instead of filling memory', async () => {
    let made = 0;
    const note = 'x'.repeat(500);
    const script = alerts(async function* () {
      yield checkpoint('t-0');
      for (;;) yield value({ ...alert((made += 1)), note });
    });
    const { bb } = await world(script);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
    for await (const update of bb.alerts.watch()) {
      if (update.type !== 'value') continue;
      await pause();
      const standing = made;
      await pause();
      expect(made).toBe(standing);
      break;
    }
    // The transport's windows and buffers: some 100 KiB.
    expect(made).toBeLessThan(1_000);
  });

  test('ends with the signal’s reason, with ClientClosedError at close, and cancels its call on break', async () => {
    let cancelled = 0;
    const script = alerts(async function* (_request, context) {
      context.signal.addEventListener('abort', () => (cancelled += 1));
      yield checkpoint('t-0');
      await held(context);
    });
    const made = await world(script);
    const { bb } = made;
    expect(await take(bb.alerts.watch(), 1)).toEqual(['checkpoint']);
    await expect.poll(() => cancelled).toBe(1);
    const controller = new AbortController();
    const reason = new Error('enough seen');
    const aborted = take(bb.alerts.watch({ signal: controller.signal }), 9);
    await expect.poll(() => script.asked.length).toBe(2);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(take(bb.alerts.watch({ signal: AbortSignal.abort(reason) }), 9)).rejects.toBe(
      reason,
    );
    const open = take(bb.alerts.watch(), 9);
    await expect.poll(() => script.asked.length).toBe(3);
    const closed = expect(open).rejects.toMatchObject({ name: 'ClientClosedError' });
    await bb.close();
    await closed;
    await expect(take(bb.alerts.watch(), 9)).rejects.toMatchObject({ name: 'ClientClosedError' });
  });
});

function expired(): Error {
  return richError(Status.OUT_OF_RANGE, 'RESUME_TOKEN_EXPIRED', {
    message: 'resume_token is older than the changes that are kept: start without a token',
    metadata: { field: 'resume_token' },
  });
}
