import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createByteBasket } from '@bytebasket/sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli, startUp, type Announcement, type CliProcess } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

interface Created {
  readonly key: string;
  readonly id: string;
}

describe('bytebasket keys', () => {
  let folder: TempFolder;
  let keysFile: string;
  beforeAll(async () => {
    folder = await tempFolder('keys');
    keysFile = join(folder.path, 'keys.json');
  });
  afterAll(() => folder.remove());

  const keys = (...args: readonly string[]) =>
    runCli(['keys', ...args], { env: { BYTEBASKET_KEYS_FILE: keysFile } });
  const create = async (client: string, ...args: readonly string[]): Promise<Created> =>
    JSON.parse((await keys('create', client, '--json', ...args)).stdout) as Created;

  test('prints a key once; the file holds its hash only and is for its owner only', async () => {
    const { stdout, stderr, code } = await keys('create', 'shop');
    const key = stdout.trim();
    expect(code).toBe(0);
    expect(key).toMatch(/^bb_[A-Za-z0-9_-]{32}$/);
    expect(stderr).toContain('of shop may events:write, metrics:read');
    expect(await readFile(keysFile, 'utf8')).not.toContain(key);
    expect((await stat(keysFile)).mode & 0o777).toBe(0o600);
    const listed = (await keys('list')).stdout;
    expect(listed).toMatch(/shop +live/);
    expect(listed).not.toContain(key);
  });

  test('keys made at the same time are all kept', async () => {
    const clients = ['a', 'b', 'c', 'd'];
    await Promise.all(clients.map((client) => create(client)));
    const { keys: listed } = JSON.parse((await keys('list', '--json')).stdout) as {
      keys: { client: string }[];
    };
    expect(listed.map(({ client }) => client)).toEqual(expect.arrayContaining(clients));
  });

  test.each([
    [['create', 'x', '--scopes', 'events:wirte'], 2, "there is no scope 'events:wirte'"],
    [['create', 'x', '--scopes', 'events:wirte'], 2, "Did you mean 'events:write'?"],
    [['create', 'a b'], 2, "client 'a b' is not a name"],
    [['create', 'x', '--expire-days', '0'], 2, '--expire-days'],
    [['revoke', 'nobody'], 1, 'there is no key nobody'],
    [['create'], 2, "missing required argument 'client'"],
  ])('refuses %j', async (args, code, message) => {
    const result = await keys(...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  test('a third live key of one client is refused', async () => {
    await create('twice');
    await create('twice');
    const third = await keys('create', 'twice');
    expect([third.code, third.stderr]).toEqual([
      1,
      expect.stringContaining('client twice has more than 2 live keys'),
    ]);
  });

  test('a damaged file is told, not replaced', async () => {
    const damaged = join(folder.path, 'damaged.json');
    await writeFile(damaged, '{');
    const result = await runCli(['keys', 'create', 'x', '--keys-file', damaged]);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining('is not JSON')]);
    expect(await readFile(damaged, 'utf8')).toBe('{');
  });

  describe('on a running server', () => {
    let server: CliProcess & { readonly announced: Announcement };
    beforeAll(async () => {
      server = await startUp(join(folder.path, 'data'), { args: ['--keys-file', keysFile] });
    });
    afterAll(async () => {
      await server.ended('SIGTERM');
    });

    const list = async (key?: string) => {
      const { endpoint } = server.announced;
      const client = createByteBasket({ endpoint, ...(key === undefined ? {} : { key }) });
      try {
        return await client.metrics.list();
      } finally {
        await client.close();
      }
    };
    // The server looks at its file every second.
    const soon = (check: () => Promise<unknown>) =>
      vi.waitFor(check, { timeout: 5_000, interval: 100 });

    test('takes a new key over and lets it do what its scopes say, nothing else', async () => {
      const reader = await create('reader', '--scopes', 'metrics:read');
      await soon(async () => expect((await list(reader.key)).length).toBeGreaterThan(0));
      const writer = await create('writer', '--scopes', 'events:write');
      await soon(() => expect(list(writer.key)).rejects.toMatchObject({ reason: 'SCOPE_MISSING' }));
    });

    test('refuses no key, a wrong key and a revoked key', async () => {
      const invalid = { reason: 'KEY_INVALID' };
      await expect(list()).rejects.toMatchObject(invalid);
      await expect(list(`bb_${'A'.repeat(32)}`)).rejects.toMatchObject(invalid);
      const { key, id } = await create('leaver');
      await soon(() => list(key));
      expect((await keys('revoke', id)).stdout).toBe(`revoked ${id}\n`);
      await soon(() => expect(list(key)).rejects.toMatchObject(invalid));
    });
  });
});
