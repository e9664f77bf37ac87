import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startUp, type CliResult } from '../support/cli-process.js';
import { checkHistory } from '../support/history.js';
import { readLog } from '../support/read-log.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { FaultShop } from './product-faults/shop.js';

const strace = spawnSync('strace', ['-V']).status === 0;
const NOT_SERVING = 2;

/** A command under which syncs fail: `when` counts the calls of each thread, `12+` fails the twelfth and all later. */
function failingSyncs(when: string): readonly [string, ...string[]] {
  const traced = ['-f', '-o', '/dev/null', '-e', 'trace=fdatasync'];
  return ['strace', ...traced, '-e', `inject=fdatasync:error=EIO:when=${when}`];
}

/** Ends the server itself: a tracer that is ended lets it run on, and ends with it. */
async function stop(
  { announced, child, ended }: Awaited<ReturnType<typeof startUp>>,
  signal: NodeJS.Signals,
): Promise<CliResult> {
  if (child.exitCode === null && child.signalCode === null) process.kill(announced.pid, signal);
  return await ended();
}

describe.skipIf(!strace)(
  strace
    ? 'the whole product on a disk whose syncs fail'
    : 'the whole product on a disk whose syncs fail (skipped: strace absent)',
  () => {
    let folder: TempFolder;
    const running: Awaited<ReturnType<typeof startUp>>[] = [];
    beforeEach(async () => {
      folder = await tempFolder('sync');
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((one) => stop(one, 'SIGKILL')));
      await folder.remove();
    });
    const up = async (behind?: readonly [string, ...string[]]) => {
      const one = await startUp(folder.path, behind === undefined ? {} : { behind });
      running.push(one);
      return one;
    };
    /** Starts again on a sound disk: everything is taken now, and the log holds all of it once. */
    const expectAllOnce = async (shop: FaultShop): Promise<void> => {
      const sound = await up();
      const again = new FaultShop(sound.announced.endpoint, shop.attempts);
      await again.resend();
      expect((await stop(sound, 'SIGTERM')).code).toBe(0);
      const log = await readLog(folder.path);
      expect(checkHistory(again.attempts, log)).toEqual([]);
      expect(log).toHaveLength(again.attempts.size);
    };

    test.each(['12+', '25+', '26+', '40+'])(
      'refuses for good from the failed sync on (calls %s) and says that a restart is needed',
      async (when) => {
        const failing = await up(failingSyncs(when));
        const shop = new FaultShop(failing.announced.endpoint);
        const refusal = { code: 'UNAVAILABLE', reason: 'LOG_UNAVAILABLE' };
        expect(await shop.publishUntilRefused()).toMatchObject(refusal);
        expect(await shop.publish()).toMatchObject(refusal);
        const down = async () => expect(await shop.health()).toBe(NOT_SERVING);
        await vi.waitFor(down, { timeout: 5_000, interval: 100 });
        expect(failing.stderr()).toMatch(/"reason":"[^"]*check the disk, then restart/);
        await stop(failing, 'SIGTERM');
        await expectAllOnce(shop);
      },
    );

    test('shows one failed sync in its health, whichever side it hits', async () => {
      const failing = await up(failingSyncs('20'));
      const shop = new FaultShop(failing.announced.endpoint);
      await vi.waitFor(
        async () => {
          await shop.publish();
          expect(await shop.health()).toBe(NOT_SERVING);
        },
        { timeout: 30_000, interval: 1 },
      );
      await stop(failing, 'SIGTERM');
      await expectAllOnce(shop);
    });
  },
);
