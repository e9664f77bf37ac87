import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startUp, type CliProcess } from '../support/cli-process.js';
import { checkHistory } from '../support/history.js';
import { readLog } from '../support/read-log.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { FaultShop } from './product-faults/shop.js';
import { queryTotals } from './totals.js';

/** KiB that a file of the product may reach: a disk that fills, on any machine and without rights. */
const FILE_KIB_MAX = 3_000;
const NOT_SERVING = 2;

describe('the whole product on a disk that fills', () => {
  let folder: TempFolder;
  const running: CliProcess[] = [];
  beforeEach(async () => {
    folder = await tempFolder('full');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.ended('SIGKILL')));
    await folder.remove();
  });
  const up = async (behind?: readonly [string, ...string[]]) => {
    const one = await startUp(folder.path, behind === undefined ? {} : { behind });
    running.push(one);
    return one;
  };

  test('refuses instead of losing, keeps reading, and has everything once after a restart', async () => {
    const limited = await up(['bash', '-c', `ulimit -f ${FILE_KIB_MAX}; exec "$@"`, 'limited']);
    const { endpoint } = limited.announced;
    const shop = new FaultShop(endpoint);
    // The hint is the log's own, or that of the gateway.
    const retryMs = expect.toBeOneOf([500, 1_000]);
    const refusal = { code: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE', retryMs };
    expect(await shop.publishUntilRefused()).toMatchObject(refusal);
    expect(shop.accepted()).toBeGreaterThan(200);
    expect(await shop.publish()).toMatchObject(refusal);

    await vi.waitFor(async () => expect(await shop.health()).toBe(NOT_SERVING), { timeout: 5_000 });
    expect(limited.stderr()).toMatch(/"health probe failed"/);
    expect(limited.stderr()).toMatch(/"reason":"[^"]*check the disk, then restart/);
    expect(await shop.metrics()).toBeGreaterThan(5);
    expect((await queryTotals(endpoint)).pageViews).toBeGreaterThan(0);
    await limited.ended('SIGTERM');

    const free = await up();
    const again = new FaultShop(free.announced.endpoint, shop.attempts);
    await again.resend();
    const sent = { pageViews: again.attempts.size, productViews: 0 };
    await vi.waitFor(async () => expect(await queryTotals(free.announced.endpoint)).toEqual(sent), {
      timeout: 5_000,
      interval: 100,
    });
    expect((await free.ended('SIGTERM')).code).toBe(0);
    const log = await readLog(folder.path);
    expect(checkHistory(again.attempts, log)).toEqual([]);
    expect(log).toHaveLength(again.attempts.size);
  });
});
