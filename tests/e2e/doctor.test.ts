import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, startUp } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

interface Finding {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy?: string;
}

describe('bytebasket doctor', () => {
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder('doctor');
  });
  afterAll(() => folder.remove());

  const doctor = async (...args: readonly string[]) => {
    const { code, stdout } = await runCli(['doctor', '--json', ...args], { cwd: folder.path });
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    return { code, of: (name: string) => findings.find((finding) => finding.name === name) };
  };
  const free = ['--port', '0', '--admin-port', '0', '--endpoint', '127.0.0.1:1'];

  test('finds nothing wrong before the first start, only that no server answers', async () => {
    const { code, of } = await doctor(...free);
    expect(code).toBe(0);
    for (const name of ['node', 'install', 'clock', 'data folder', 'time zone', 'keys', 'port']) {
      expect(of(name)).toMatchObject({ status: 'ok' });
    }
    expect(of('data folder')?.detail).toBe(`${join(folder.path, 'data')} will be made`);
    expect(of('server')).toEqual({
      name: 'server',
      status: 'warn',
      detail: 'nothing answers on 127.0.0.1:1',
      remedy: 'Start it with `npm start`.',
    });
  });

  test('tells a running server of ours from a stranger on the port', async () => {
    const server = await startUp(join(folder.path, 'data'));
    const stranger = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    try {
      const { endpoint, admin, pid } = server.announced;
      const port = endpoint.split(':')[1] ?? '';
      const adminPort = admin.split(':')[1] ?? '';
      const ours = await doctor('--port', port, '--admin-port', adminPort, '--endpoint', endpoint);
      expect(ours.of('port')?.detail).toBe(`${endpoint} is served by a running server`);
      expect(ours.of('admin port')?.detail).toBe(`${admin} is served by a running server`);
      expect(ours.of('owner')?.detail).toContain(`process ${pid} uses`);
      expect(ours.of('server')?.detail).toMatch(/ is (not )?serving$/);

      const taken = String((stranger.address() as AddressInfo).port);
      const theirs = await doctor('--port', taken, '--admin-port', '0', '--endpoint', endpoint);
      expect(theirs.code).toBe(1);
      expect(theirs.of('port')).toMatchObject({
        status: 'fail',
        detail: `127.0.0.1:${taken} is taken by another program`,
      });
      const wrong = await doctor('--port', '0', '--endpoint', `127.0.0.1:${taken}`);
      expect(wrong.of('server')).toMatchObject({ status: 'fail' });
    } finally {
      stranger.closeAllConnections();
      stranger.close();
      await server.ended('SIGTERM');
    }
    const zone = await doctor(...free, '--shop-time-zone', 'Europe/Berlin');
    expect(zone.of('time zone')).toMatchObject({
      status: 'fail',
      remedy: expect.stringContaining('UTC'),
    });
  });

  test('finds a keys file that is absent, damaged, or readable by others', async () => {
    const path = join(folder.path, 'keys.json');
    expect((await doctor(...free, '--keys-file', path)).of('keys')).toMatchObject({
      status: 'fail',
      detail: `${path} is not there`,
    });
    await writeFile(path, 'x', { mode: 0o644 });
    expect((await doctor(...free, '--keys-file', path)).of('keys')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('is not JSON'),
    });
    await writeFile(path, '{"keys": []}');
    expect((await doctor(...free, '--keys-file', path)).of('keys')).toMatchObject({
      status: 'warn',
      detail: `${path} has no live key`,
    });
  });

  test('a text line for each finding, with its remedy below', async () => {
    const { stdout } = await runCli(['doctor', ...free], { cwd: folder.path });
    expect(stdout).toMatch(/^ok {4}node {9}\d+\.\d+/m);
    expect(stdout).toMatch(/^warn {2}server .*\n +→ Start it/m);
  });
});
