import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Starts the pool as the loader of ES modules does, and counts the threads that came with it. */
const COUNT = `
  const { readdirSync } = require('node:fs');
  const count = () => readdirSync('/proc/self/task').length;
  const before = count();
  require('node:crypto').randomBytes(8, () => process.stdout.write(String(count() - before)));
`;

describe.skipIf(process.platform !== 'linux')(
  'the thread pool of the server (counted in /proc)',
  () => {
    const threads = async (code: string, size?: string): Promise<number> => {
      const env = { ...process.env, UV_THREADPOOL_SIZE: size };
      const { stdout } = await run(process.execPath, ['-e', code], { env });
      return Number(stdout);
    };
    const ours = `require(${JSON.stringify(path('cli/bin/thread-pool.cjs'))});${COUNT}`;

    test('has eight threads instead of the four of Node, unless the user says otherwise', async () => {
      expect(await threads(COUNT)).toBe(4);
      expect(await threads(ours)).toBe(8);
      expect(await threads(ours, '5')).toBe(5);
      expect(await threads(ours, '')).toBe(8);
    });

    test.each(['cli/bin/bytebasket.cjs', 'scripts/start.cjs'])(
      'is asked for by %s before any module is loaded that could start it',
      async (entry) => {
        const temp = await tempFolder('pool');
        const preload = join(temp.path, 'count.cjs');
        await writeFile(
          preload,
          `process.on('exit', () => {
          process.stderr.write('tasks ' + require('node:fs').readdirSync('/proc/self/task').length);
        });`,
        );
        const probe = async (size: string): Promise<number> => {
          const env = { ...process.env, UV_THREADPOOL_SIZE: size };
          const { stderr } = await run(process.execPath, ['-r', preload, path(entry), '--help'], {
            env,
          });
          return Number(/tasks (\d+)/.exec(stderr)?.[1]);
        };
        expect((await probe('')) - (await probe('1'))).toBe(7);
        await temp.remove();
      },
    );

    test('is found too small by the doctor', async () => {
      const finding = async (size: string) => {
        const env = { UV_THREADPOOL_SIZE: size };
        const { stdout } = await runCli(['doctor', '--json', '--endpoint', '127.0.0.1:1'], { env });
        const { findings } = JSON.parse(stdout) as { findings: readonly { name: string }[] };
        return findings.find(({ name }) => name === 'threads');
      };
      expect(await finding('5')).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('UV_THREADPOOL_SIZE is 5, the server needs 6'),
        remedy: expect.stringContaining('6 or more'),
      });
      expect(await finding('6')).toMatchObject({ status: 'ok' });
      expect(await finding('')).toMatchObject({ status: 'ok', detail: 'UV_THREADPOOL_SIZE is 8' });
    });
  },
);
