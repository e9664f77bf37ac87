import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { Announcement } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('npm start', () => {
  test('serves, and ends with the npm that a supervisor stops', async () => {
    const folder = await tempFolder('npm-start');
    const args = ['--data-folder', folder.path, '--port', '0', '--admin-port', '0', '--json'];
    const npm = spawn('npm', ['start', '--silent', '--', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let server: number | undefined;
    try {
      const { endpoint, pid } = await announced(npm.stdout);
      server = pid;
      expect(endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(running(pid)).toBe(true);
      npm.kill('SIGTERM');
      await vi.waitFor(() => expect(running(pid)).toBe(false), { timeout: 10_000, interval: 50 });
    } finally {
      if (server !== undefined && running(server)) process.kill(server, 'SIGKILL');
      await folder.remove();
    }
  });
});

async function announced(stdout: AsyncIterable<Buffer>): Promise<Announcement> {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk.toString('utf8');
    const line = text.split('\n').find((one) => one.startsWith('{') && one.endsWith('}'));
    if (line !== undefined) return JSON.parse(line) as Announcement;
  }
  throw new Error(`npm start ended before it served: ${text}`);
}

function running(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
