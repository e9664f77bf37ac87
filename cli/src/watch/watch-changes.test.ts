import {
  type Alert,
  type AlertWatch,
  type AlertWatchUpdate,
  type Alerts,
  type MoneyAmount,
  type RecommendationList,
  type RecommendationUpdate,
  type RecommendationWatch,
  type Recommendations,
  type Transaction,
  type TransactionUpdate,
  type TransactionWatch,
  type Transactions,
  WatchGapError,
} from '@bytebasket/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cliContext, runCommand, type ContextOptions } from '../../../tests/support/cli-context.js';
import { registerWatch } from '../commands/watch.js';
import { watchAlerts } from './watch-alerts.js';

const TERMINAL = { terminal: true, columns: 100, rows: 12 };
const AT = new Date(Date.UTC(2026, 10, 23, 12));
const EUROS: MoneyAmount = { currency: 'EUR', amount: '1234.5', units: 1234n, nanos: 500_000_000 };

function alert(id: string, state: Alert['state'], more: Partial<Alert> = {}): Alert {
  const reason = { ruleId: 'r-1', weight: 0.8, action: 'block', features: [] } as const;
  const texts = { orderId: '', userId: '', anonymousId: '', note: '', requestId: '' };
  return {
    ...{ ...texts, alertId: id, paymentId: `p-${id}`, state, version: 1, action: 'block' },
    ...{ score: 80.4, reasons: [{ ...reason, text: '12 cards\u001b on one device' }] },
    ...{ amount: EUROS, group: 'user:u-1', assignee: '', dueTime: AT },
    ...{ createTime: AT, updateTime: AT, ...more },
  };
}

const checkpoint = { type: 'checkpoint', watermarkTime: AT, resumeToken: 't' } as const;
const reconnecting = {
  type: 'reconnecting',
  error: new Error('cut'),
  attempt: 1,
  delayMs: 3,
} as const;
const GAP: AlertWatchUpdate = {
  type: 'gap',
  error: new WatchGapError(
    'too old',
    { reason: 'RESUME_TOKEN_EXPIRED', code: 'OUT_OF_RANGE', retryable: false },
    AT,
  ),
  watermarkTime: AT,
};
const value = <T>(one: T) => ({ type: 'value', value: one }) as const;

type AlertScript = (watch: AlertWatch) => AsyncGenerator<AlertWatchUpdate>;

/** A context whose alerts give what the script does. */
function world(script: AlertScript, options: ContextOptions = {}) {
  const asked: AlertWatch[] = [];
  const watch: Alerts['watch'] = (query = {}) => {
    asked.push(query);
    return script(query);
  };
  const close = vi.fn(() => Promise.resolve({ undelivered: 0, kept: false }));
  const alerts = { watch } as Alerts;
  return { context: cliContext({ ...options, client: { alerts, close } }), asked, close };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('watch alerts', () => {
  test('without a terminal prints a line per change, harmless, and tells breaks and gaps', async () => {
    const { context, asked, close } = world(async function* () {
      yield value(alert('d-1', 'open'));
      yield reconnecting;
      yield GAP;
      yield reconnecting;
      yield checkpoint;
      yield value(alert('d-1', 'assigned', { assignee: 'ann', version: 2 }));
    });
    await watchAlerts(context, { states: ['open', 'assigned'], json: false });
    expect(context.stdout.lines()).toEqual([
      '2026-11-23T12:00:00.000Z open score 80 1,234.50 EUR d-1 user:u-1: 12 cards\uFFFD on one device',
      '2026-11-23T12:00:00.000Z assigned (ann) score 80 1,234.50 EUR d-1 user:u-1: 12 cards\uFFFD on one device',
    ]);
    expect(context.stderr.lines()).toEqual([
      'connection lost, attempt 1 now',
      'changes may be missing: starting anew',
      'connected',
    ]);
    expect(asked).toMatchObject([
      { states: ['open', 'assigned'], includeUnresolved: true, onGap: 'restart' },
    ]);
    expect(close).toHaveBeenCalledOnce();
  });

  test('--json prints the whole alert', async () => {
    const { context } = world(
      async function* () {
        yield value(alert('d-1', 'open'));
      },
      { screen: TERMINAL },
    );
    await watchAlerts(context, { states: [], json: true });
    expect(JSON.parse(context.stdout.text())).toMatchObject({
      ...{ alertId: 'd-1', state: 'open', version: 1, amount: { units: '1234' } },
      reasons: [{ text: '12 cards\u001b on one device' }],
    });
  });

  test('on a terminal the highest score is on top, resolved ones below, and a filter lets go of what leaves it', async () => {
    vi.useFakeTimers();
    const script = (context: () => ReturnType<typeof cliContext>): AlertScript =>
      async function* () {
        yield value(alert('d-low', 'open', { score: 60 }));
        yield value(alert('d-high', 'reopened', { score: 90 }));
        yield value(alert('d-done', 'false-positive', { score: 99 }));
        await vi.advanceTimersByTimeAsync(300);
        yield value(alert('d-low', 'assigned', { version: 2, score: 60 }));
        await vi.advanceTimersByTimeAsync(300);
        yield GAP;
        yield reconnecting;
        await vi.advanceTimersByTimeAsync(300);
        context().interrupt();
        context().signal.throwIfAborted();
      };
    const run = async (states: readonly Alert['state'][]) => {
      const made = world(
        script(() => made.context),
        { screen: TERMINAL, env: { NO_COLOR: '1' } },
      );
      await watchAlerts(made.context, { states: states as never, json: false });
      const frames = made.context.stdout.text().split('\u001b[?2026h\u001b[H').slice(1);
      const shown = frames.map((frame) => frame.match(/d-(low|high|done)/g) ?? []);
      return { asked: made.asked, frames, shown, text: made.context.stdout.text() };
    };
    const all = await run([]);
    expect(all.shown).toEqual([['d-high', 'd-low', 'd-done'], ['d-high', 'd-low', 'd-done'], []]);
    expect(all.frames[0]).toContain('ByteBasket · alerts · live');
    expect(all.frames[0]).toMatch(/reopened +90 +1,234\.50 EUR .* 12 cards\uFFFD on one device/);
    expect(all.frames[2]).toContain('connection lost');
    expect(all.text.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    const open = await run(['open']);
    expect(open.asked[0]?.states).toEqual([]);
    expect(open.shown).toEqual([['d-low'], [], []]);
  });

  test('refuses a state that there is none of, with the words there are', async () => {
    const { code, stderr } = await runCommand(registerWatch, ['watch', 'alerts', '--state', 'new']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('open, assigned, in-review')]);
  });
});

describe('watch transactions', () => {
  const transaction: Transaction = {
    ...{ transactionId: 'o-1', userId: 'u-1', anonymousId: 'a-1', orderState: 'placed' },
    ...{ total: EUROS, captured: undefined, refunded: undefined, items: 2, version: 3 },
    payments: [
      {
        ...{ paymentId: 'p-1', state: 'authorised', amount: EUROS, method: 'card', attempts: 1 },
        ...{ declineCode: '', createTime: AT, updateTime: AT, labels: [] },
        decision: {
          ...{ decisionId: 'd-1', paymentId: 'p-1', action: 'review', score: 55 },
          ...{ reasons: alert('d-1', 'open').reasons, features: {}, ruleSetVersion: '1' },
          ...{ decideTime: AT, origin: 'stream', eventId: '', orderId: '', userId: '' },
          ...{ anonymousId: '', sessionId: '', amount: EUROS },
          ...{ failedRuleIds: [], seenPositions: [] },
        },
      },
    ],
    paymentsTotal: 1,
    anomalies: [{ kind: 'over-refund', description: '9 of 8', eventId: '', occurTime: AT }],
    ...{ anomaliesTotal: 2, createTime: AT, updateTime: AT },
  };

  async function run(args: readonly string[], options: ContextOptions = {}) {
    const asked: TransactionWatch[] = [];
    const watch: Transactions['watch'] = async function* (query = {}) {
      asked.push(query);
      yield value(transaction) satisfies TransactionUpdate;
      if (options.screen !== undefined) await vi.advanceTimersByTimeAsync(300);
    };
    const close = () => Promise.resolve({ undelivered: 0, kept: false });
    const client = { transactions: { watch } as Transactions, close };
    const all = ['watch', 'transactions', ...args];
    return { ...(await runCommand(registerWatch, all, { ...options, client })), asked };
  }

  test('prints what happened, what was decided and what is odd', async () => {
    const flags = ['--user', 'u-1', '--state', 'placed', '--state', 'none', '--anomalous'];
    const { code, stdout, asked } = await run(flags);
    expect([code, stdout]).toEqual([
      0,
      '2026-11-23T12:00:00.000Z o-1 order placed 1,234.50 EUR payment authorised review 55: ' +
        'over-refund: 9 of 8 (and 1 more); 12 cards\uFFFD on one device\n',
    ]);
    expect(asked).toMatchObject([
      { userId: 'u-1', states: ['placed', 'none'], anomalous: true, onGap: 'restart' },
    ]);
    const json = JSON.parse((await run(['--json'])).stdout) as Transaction;
    expect(json).toMatchObject({ transactionId: 'o-1', total: { amount: '1234.5' } });
  });

  test('is a table on a terminal', async () => {
    vi.useFakeTimers();
    const { stdout } = await run([], { screen: TERMINAL, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('ByteBasket · transactions · live');
    expect(stdout).toMatch(/o-1 +placed +1,234\.50 EUR +authorised +review 55 +over-refund: 9 of/);
  });
});

describe('watch recommendations', () => {
  const list: RecommendationList = {
    ...{ requestId: 'q-1', variant: '', watermarkTime: AT, filtered: 0 },
    items: [
      {
        ...{ itemId: 'i-1', position: 1, source: 'session', reason: 'because you viewed i-9' },
        ...{ reasonItemIds: ['i-9'], score: 1, modelVersion: 'm', categoryId: 'shoes' },
      },
    ],
  };

  async function run(args: readonly string[], options: ContextOptions = {}) {
    const asked: RecommendationWatch[] = [];
    const watch: Recommendations['watch'] = async function* (query = {}) {
      asked.push(query);
      yield value(list) satisfies RecommendationUpdate;
      yield { type: 'checkpoint', watermarkTime: AT };
      if (options.screen !== undefined) await vi.advanceTimersByTimeAsync(300);
    };
    const close = () => Promise.resolve({ undelivered: 0, kept: false });
    const client = { recommendations: { watch } as Recommendations, close };
    const all = ['watch', 'recommendations', ...args];
    return { ...(await runCommand(registerWatch, all, { ...options, client })), asked };
  }

  test('prints each list on a line with its reasons, for the visitor and the place', async () => {
    const flags = ['--visitor', 'a-1', '--placement', 'product', '--item', 'i-9', '--limit', '3'];
    const { stdout, asked } = await run(flags);
    expect(stdout).toBe('2026-11-23T12:00:00.000Z 1 i-1 (because you viewed i-9)\n');
    const query = { anonymousId: 'a-1', userId: undefined, placement: 'product', itemId: 'i-9' };
    expect(asked).toMatchObject([{ ...query, limit: 3 }]);
  });

  test('is a list on a terminal', async () => {
    vi.useFakeTimers();
    const { stdout } = await run(['--user', 'u-1'], { screen: TERMINAL, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('ByteBasket · home for u-1 · live');
    expect(stdout).toMatch(/1 +i-1 +shoes +session +because you viewed i-9/);
  });

  test.each([
    [[], 'nobody is named'],
    [['--visitor', 'a', '--placement', 'product'], '--placement product needs --item'],
    [['--visitor', 'a', '--item', 'i'], '--item needs --placement product'],
    [['--visitor', 'a', '--limit', '0'], 'use a whole number from 1 to 100'],
  ])('refuses %j: %s', async (args, message) => {
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
