import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

describe('bytebasket config', () => {
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder('config');
    await writeFile(join(folder.path, 'bytebasket.yml'), 'port: 6000\n');
  });
  afterAll(() => folder.remove());

  test('shows each value and where it came from, and masks the key', async () => {
    const key = 'bb_this-must-not-be-shown';
    const { stdout, code } = await runCli(['config', '--explain', '--host', '::1'], {
      cwd: folder.path,
      env: { BYTEBASKET_KEY: key, BYTEBASKET_LOG_LEVEL: 'warn' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^port +6000 +.*bytebasket\.yml:1$/m);
    expect(stdout).toMatch(/^host +::1 +--host$/m);
    expect(stdout).toMatch(/^logLevel +warn +BYTEBASKET_LOG_LEVEL$/m);
    expect(stdout).toMatch(/^retention\.updates\.bytesMax +256MiB +default$/m);
    expect(stdout).toMatch(/^client key +\*{8} +BYTEBASKET_KEY$/m);
    expect(stdout).not.toContain(key);
  });

  test('prints the table of the README with a row for every setting', async () => {
    const { stdout } = await runCli(['config', '--markdown']);
    const rows = stdout.trim().split('\n');
    expect(rows[0]).toBe('| setting | flag | variable | default | what it does |');
    expect(rows).toContainEqual(
      expect.stringMatching(/^\| `port` \| `--port` \| `BYTEBASKET_PORT` \| `50051` \| .+\. \|$/),
    );
    const { settings } = JSON.parse((await runCli(['config', '--json'])).stdout) as {
      settings: { key: string }[];
    };
    const server = settings.filter(({ key }) => !key.startsWith('client '));
    expect(rows.slice(2).map((row) => /`([^`]+)`/.exec(row)?.[1])).toEqual(
      server.map(({ key }) => key),
    );
  });

  test.each([
    [['up', '--port', 'x'], {}, "port is 'x': use a whole number from 0 to 65535 (from --port)"],
    [['up', '--prot', '1'], {}, "unknown option '--prot'"],
    [['up'], { BYTEBASKET_PROT: '1' }, "Did you mean 'BYTEBASKET_PORT'?"],
    [['up', '--config', 'none.yml'], {}, 'cannot read the settings file'],
    [['up', 'more'], {}, 'too many arguments'],
    [['upp'], {}, "unknown command 'upp'. Did you mean 'up'?"],
  ])('%j with %j stops the start with code 2 and says why', async (args, env, message) => {
    const result = await runCli(args, { cwd: folder.path, env });
    expect([result.code, result.stdout, result.stderr]).toEqual([
      2,
      '',
      expect.stringContaining(message),
    ]);
    expect(result.stderr).not.toContain('    at ');
  });

  test('help lists every command and exits with 0', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const name of [
      'up',
      'gateway',
      'replay',
      'publish',
      'mock',
      'watch',
      'evaluate',
      'alerts',
      'transactions',
      'recommend',
      'keys',
      'config',
      'doctor',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });
});
