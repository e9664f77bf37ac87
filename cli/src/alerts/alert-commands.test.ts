import {
  ByteBasketError,
  type Alert,
  type AlertDetails,
  type AlertList,
  type AlertUpdate,
  type Alerts,
  type Paged,
  type Reason,
} from '@bytebasket/sdk';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../tests/support/cli-context.js';
import { registerAlerts } from '../commands/alerts.js';

const AT = new Date(Date.now() - 7_200_000);
const ALERT: Alert = {
  ...{ alertId: 'd-1', paymentId: 'p-1', state: 'open', version: 3, action: 'block', score: 80.4 },
  reasons: [
    {
      ...{ ruleId: 'cards-per-device', text: '12 cards on one device', weight: 0.8 },
      ...{ action: 'block', features: ['cards_per_device_1h'] },
    },
  ],
  amount: { currency: 'EUR', amount: '12.5', units: 12n, nanos: 500_000_000 },
  ...{ orderId: 'o-1', userId: '', anonymousId: 'a-1', group: 'device:a-1', assignee: '' },
  ...{ note: '', createTime: AT, updateTime: AT, dueTime: AT, requestId: '' },
};
const DETAILS: AlertDetails = {
  alert: ALERT,
  decision: {
    ...{ decisionId: 'd-1', paymentId: 'p-1', action: 'block', score: 80.4, reasons: [] },
    features: { cards_per_device_1h: 12, country: 'DE\u001b', known_card: false, spend: 1.005 },
    ...{ ruleSetVersion: '1', decideTime: AT, origin: 'stream', eventId: '', orderId: '' },
    ...{ userId: '', anonymousId: 'a-1', sessionId: '', amount: undefined },
    ...{ failedRuleIds: [], seenPositions: [{ topic: 't', partition: 0, offset: 7n }] },
  },
  history: [
    {
      version: 1,
      state: 'open',
      assignee: '',
      note: '',
      clientId: '',
      requestId: '',
      changeTime: AT,
    },
    {
      ...{ version: 2, state: 'assigned', assignee: 'ann', note: 'mine', clientId: 'shop' },
      ...{ requestId: 'r', changeTime: AT },
    },
  ],
};

function failing(reason: Reason, metadata: Record<string, string> = {}): ByteBasketError {
  const facts = { reason, code: 'ABORTED', retryable: false, metadata } as const;
  return new ByteBasketError(`the server says ${reason}`, facts);
}

/** Runs `alerts …` against alerts that answer what is given. */
async function run(
  args: readonly string[],
  more: { readonly fail?: Error; readonly listed?: number } = {},
) {
  const lists: AlertList[] = [];
  const updates: AlertUpdate[] = [];
  const gets: string[] = [];
  const answer = <T>(value: T): Promise<T> =>
    more.fail === undefined ? Promise.resolve(value) : Promise.reject(more.fail);
  const alerts: Partial<Alerts> = {
    list: (list = {}) => {
      lists.push(list);
      return (async function* () {
        for (let at = 0; at < (more.listed ?? 1); at += 1)
          yield answer({ ...ALERT, alertId: `d-${at}` });
      })() as unknown as Paged<Alert>;
    },
    get: (id) => {
      gets.push(id);
      return answer(DETAILS);
    },
    update: (update) => {
      updates.push(update);
      const { state = 'open', assignee = '' } = update;
      return answer({ ...ALERT, state, assignee, version: update.expectedVersion + 1 });
    },
  };
  const close = () => Promise.resolve({ undelivered: 0, kept: false });
  const client = { alerts: alerts as Alerts, close };
  const result = await runCommand(registerAlerts, ['alerts', ...args], { client });
  return { ...result, lists, updates, gets };
}

describe('alerts list', () => {
  test('shows those that wait, each with its id, its age and why', async () => {
    const { code, stdout, lists } = await run(['list', '--group', 'device:a-1']);
    expect(code).toBe(0);
    expect(lists).toMatchObject([
      { states: ['open', 'assigned', 'in-review', 'reopened'], group: 'device:a-1' },
    ]);
    const [head, line] = stdout.split('\n');
    expect(head).toMatch(/^STATE +SCORE +ASKS FOR +AMOUNT +AGE +ALERT +WHO +ASSIGNEE +WHY$/);
    expect(line).toMatch(/^open +80 +block +12\.50 EUR +2 h +d-0 +device:a-1 +12 cards on one/);
  });

  test('takes states, all of them, a limit and JSON', async () => {
    expect((await run(['list', '--state', 'inconclusive'])).lists[0]?.states).toEqual([
      'inconclusive',
    ]);
    expect((await run(['list', '--all'])).lists[0]?.states).toEqual([]);
    const { stdout, stderr } = await run(['list', '--json', '--limit', '2'], { listed: 3 });
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Alert).alertId);
    expect(ids).toEqual(['d-0', 'd-1']);
    expect(stderr).toContain('more than 2');
    expect((await run(['list', '--limit', '2'], { listed: 2 })).stderr).toBe('');
    expect((await run(['list'], { listed: 0 })).stdout).toContain('no alerts that wait');
  });
});

describe('alerts get', () => {
  test('tells why, what was seen and what happened', async () => {
    const { stdout, gets } = await run(['get', 'd-1']);
    expect(gets).toEqual(['d-1']);
    for (const text of [
      /^alert +d-1$/m,
      /^state +open, version 3$/m,
      /^score +80 of 100, asks to block$/m,
      /^ {2}12 cards on one device \(rule cards-per-device, weight 0\.8\)$/m,
      /^ {2}cards_per_device_1h +12$/m,
      /^ {2}country +DE\uFFFD$/m,
      /^ {2}known_card +no$/m,
      /^ {2}2 +\S+Z +assigned +ann +by shop: mine$/m,
    ]) {
      expect(stdout).toMatch(text);
    }
    const json = JSON.parse((await run(['get', 'd-1', '--json'])).stdout) as AlertDetails;
    expect(json.decision?.seenPositions[0]?.offset).toBe('7');
  });

  test('says that there is no such alert and where to look', async () => {
    const { code, stderr } = await run(['get', 'd-9'], { fail: failing('ALERT_UNKNOWN') });
    expect(code).toBe(1);
    expect(stderr).toContain("there is no alert 'd-9'");
    expect(stderr).toContain('`bytebasket alerts list`');
  });
});

describe('alerts assign, review, resolve and reopen', () => {
  test.each<[string[], Partial<AlertUpdate>]>([
    [['assign', 'd-1', '--assignee', 'ann'], { state: 'assigned', assignee: 'ann' }],
    [['review', 'd-1', '--note', 'odd'], { state: 'in-review', note: 'odd' }],
    [['resolve', 'd-1', '--as', 'false-positive'], { state: 'false-positive' }],
    [['reopen', 'd-1'], { state: 'reopened', assignee: undefined }],
  ])('%j reads the alert and changes it at that version', async (args, change) => {
    const { code, stdout, updates, gets } = await run(args);
    expect(code).toBe(0);
    expect(gets).toEqual(['d-1']);
    expect(updates).toMatchObject([{ alertId: 'd-1', expectedVersion: 3, ...change }]);
    const who = change.assignee === undefined ? '' : `, assigned to ${change.assignee}`;
    expect(stdout).toBe(`alert d-1 is ${String(change.state)}${who} (version 4)\n`);
  });

  test('--if-version changes it without a look, and --json prints it', async () => {
    const args = ['resolve', 'd-1', '--as', 'confirmed-fraud', '--if-version', '7', '--json'];
    const { stdout, updates, gets } = await run(args);
    expect([gets, updates[0]?.expectedVersion]).toEqual([[], 7]);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'confirmed-fraud', version: 8 });
  });

  test.each([
    [
      failing('ALERT_VERSION_STALE', { version: '4', expected_version: '3' }),
      'at version 4, not 3',
    ],
    [failing('ALERT_TRANSITION_ILLEGAL'), '`bytebasket alerts reopen d-1`'],
    [failing('OUTCOME_UNKNOWN'), 'Look before you repeat it'],
  ])('tell what went wrong: %s', async (fail, message) => {
    const { code, stderr } = await run(['reopen', 'd-1', '--if-version', '3'], { fail });
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test('say what is missing or wrong, with exit code 2', async () => {
    for (const [args, message] of [
      [['assign', 'd-1'], '--assignee'],
      [['resolve', 'd-1'], '--as'],
      [['resolve', 'd-1', '--as', 'fraud'], 'confirmed-fraud, false-positive, inconclusive'],
      [['review', 'd-1', '--if-version', 'x'], 'whole number'],
      [['list', '--state', 'new'], 'open, assigned'],
    ] as const) {
      const { code, stderr, updates } = await run(args);
      expect([code, stderr, updates]).toEqual([2, expect.stringContaining(message), []]);
    }
  });

  test('say that no server answers', async () => {
    const facts = { reason: 'UNKNOWN', code: 'UNAVAILABLE', retryable: true } as const;
    const fail = new ByteBasketError('No connection established. Last error: refused', facts);
    const { code, stderr } = await run(['list'], { fail });
    expect([code, stderr]).toEqual([1, expect.stringContaining('no server answers at 127.0.0.1')]);
  });
});
