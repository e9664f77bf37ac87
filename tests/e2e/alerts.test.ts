import { join } from 'node:path';
import { startEmbedded, type Embedded } from '@bytebasket/cli/embedded';
import { createByteBasket, money, type Alert, type AlertDetails } from '@bytebasket/sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { registerAlerts } from '../../cli/src/commands/alerts.js';
import { registerRecommend } from '../../cli/src/commands/recommend.js';
import { registerTransactions } from '../../cli/src/commands/transactions.js';
import { runCommand } from '../support/cli-context.js';
import { startCli } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

let folder: TempFolder;
let server: Embedded;
beforeAll(async () => {
  folder = await tempFolder('alerts');
  server = await startEmbedded({ dataFolder: join(folder.path, 'data') });
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

const SOON = { timeout: 10_000, interval: 100 };
const to = () => ['--endpoint', server.endpoint];
const alerts = (...args: readonly string[]) =>
  runCommand(registerAlerts, ['alerts', ...args, ...to()]);

/** Does something with a client of the server. */
async function shopping(
  work: (bb: ReturnType<typeof createByteBasket>) => Promise<unknown>,
): Promise<void> {
  const bb = createByteBasket({ endpoint: server.endpoint });
  await work(bb);
  await bb.close();
}

/** Tries four cards on one device, which the rules ask to review. */
const testCards = (device: string) =>
  shopping((bb) =>
    bb.publish(
      Array.from({ length: 4 }, (_, at) => {
        const payment = { paymentId: `${device}-p${at}`, orderId: `${device}-o${at}` };
        const card = { fingerprint: `${device}-card-${at}` };
        const value = { ...payment, amount: money('EUR', '1.00'), method: 'card', card };
        return { anonymousId: device, payload: { $case: 'paymentAttempted', value } as const };
      }),
    ),
  );

async function waiting(): Promise<Alert[]> {
  const { stdout } = await alerts('list', '--json');
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Alert);
}

describe('bytebasket alerts', () => {
  test('an empty system says that nothing waits', async () => {
    const { code, stdout } = await alerts('list');
    expect([code, stdout]).toEqual([0, expect.stringContaining('no alerts that wait')]);
  });

  test('an alert resolved in one terminal is seen in another, with why and by whom', async () => {
    const other = startCli(['watch', 'alerts', '--json', ...to()]);
    const payments = startCli(['watch', 'transactions', '--anomalous', ...to()]);
    await testCards('tester-1');
    const opened = JSON.parse(await other.line(/"state":"open"/)) as Alert;
    expect(opened).toMatchObject({ paymentId: 'tester-1-p3', version: 1, action: 'review' });
    const id = opened.alertId;
    expect((await waiting()).map(({ alertId }) => alertId)).toEqual([id]);
    const steps = [
      await alerts('assign', id, '--assignee', 'ann'),
      await alerts('review', id),
      await alerts('resolve', id, '--as', 'false-positive', '--note', 'a known tester'),
    ];
    expect(steps.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, `alert ${id} is assigned, assigned to ann (version 2)\n`],
      [0, `alert ${id} is in-review, assigned to ann (version 3)\n`],
      [0, `alert ${id} is false-positive, assigned to ann (version 4)\n`],
    ]);
    const seen = JSON.parse(await other.line(/"state":"false-positive"/)) as Alert;
    expect(seen).toMatchObject({ alertId: id, version: 4, note: 'a known tester' });
    expect(await waiting()).toEqual([]);
    const { stdout } = await alerts('get', id);
    expect(stdout).toMatch(/Why:\n {2}4 cards on one device within an hour.* \(rule many-cards-/);
    expect(stdout).toMatch(/cards_per_device_1h +4\n/);
    expect(stdout).toMatch(/4 +\S+Z +false-positive +ann +by anonymous: a known tester/);
    const { history } = JSON.parse((await alerts('get', id, '--json')).stdout) as AlertDetails;
    expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    for (const program of [other, payments]) {
      expect(await program.ended('SIGINT')).toMatchObject({ code: 0, stderr: '' });
    }
    expect(payments.stdout()).toBe('');
  });

  test('says who was faster, what cannot be, and what there is not, with exit code 1', async () => {
    await testCards('tester-2');
    const id = await vi.waitFor(async () => {
      const [one] = await waiting();
      expect(one).toBeDefined();
      return one?.alertId ?? '';
    }, SOON);
    expect((await alerts('resolve', id, '--as', 'inconclusive')).code).toBe(0);
    const stale = await alerts('reopen', id, '--if-version', '1');
    expect([stale.code, stale.stderr]).toEqual([
      1,
      expect.stringContaining('it is at version 2, not 1'),
    ]);
    const illegal = await alerts('assign', id, '--assignee', 'bob');
    expect([illegal.code, illegal.stderr]).toEqual([1, expect.stringContaining('alerts reopen')]);
    expect((await alerts('reopen', id)).stdout).toContain('is reopened (version 3)');
    const unknown = await alerts('get', 'nobody');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("there is no alert 'nobody'"),
    ]);
  });

  test('says that no server answers', async () => {
    const nowhere = ['alerts', 'list', '--endpoint', '127.0.0.1:1'];
    const { code, stderr } = await runCommand(registerAlerts, nowhere);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('no server answers at 127.0.0.1:1'),
    ]);
  });
});

describe('bytebasket transactions', () => {
  test('follows a purchase and shows it with its payments', async () => {
    const following = startCli(['watch', 'transactions', '--user', 'u-1', ...to()]);
    await vi.waitFor(async () => {
      // The watch begins now, whenever now is: until it shows something, something happens.
      await shopping((bb) =>
        bb.track.paymentAttempted(
          { paymentId: 'p-1', orderId: 'o-1', amount: money('EUR', '12.50'), method: 'card' },
          { anonymousId: 'a-1', userId: 'u-1' },
        ),
      );
      expect(following.stdout()).toContain('o-1 order not placed 12.50 EUR payment attempted');
    }, SOON);
    const get = (id: string) =>
      runCommand(registerTransactions, ['transactions', 'get', id, ...to()]);
    const { code, stdout } = await get('p-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/transaction +o-1\norder +not placed\n/);
    expect(stdout).toMatch(/Payment p-1: attempted, 12\.50 EUR by card/);
    expect(await following.ended('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    const unknown = await get('nobody');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("there is no transaction or payment 'nobody'"),
    ]);
  });
});

describe('bytebasket recommend', () => {
  test('names what goes with a click and why, now and as the visitor moves', async () => {
    const viewed = (device: string, items: readonly string[]) =>
      shopping((bb) =>
        bb.publish(
          items.map((productId) => ({
            ...{ anonymousId: device, sessionId: `${device}-s` },
            payload: { $case: 'productViewed', value: { product: { productId } } } as const,
          })),
        ),
      );
    for (let at = 0; at < 5; at += 1) await viewed(`fan-${at}`, ['boot', 'sock', 'lace']);
    const recommend = (...args: readonly string[]) =>
      runCommand(registerRecommend, ['recommend', ...args, ...to()]);
    await vi.waitFor(async () => {
      const { code, stdout } = await recommend('--viewed', 'boot');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^# +ITEM +CATEGORY +SOURCE +WHY\n/);
      expect(stdout).toMatch(/ sock .* because you viewed boot/);
    }, SOON);
    const following = startCli(['watch', 'recommendations', '--visitor', 'guest', ...to()]);
    await following.line(/Z /);
    await viewed('guest', ['boot']);
    await following.line(/sock \(because you viewed boot\)/);
    expect(await following.ended('SIGINT')).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await recommend();
    expect([code, stderr]).toEqual([2, expect.stringContaining('nobody is named')]);
  });
});
