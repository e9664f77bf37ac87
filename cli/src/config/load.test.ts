import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { loadConfig, type ConfigInput } from './load.js';
import { envOf, flagOf } from './setting.js';
import { SETTING_LIST } from './settings.js';

describe('settings', () => {
  let folder: TempFolder;
  beforeAll(async () => {
    folder = await tempFolder('config');
    await mkdir(join(folder.path, 'etc'));
  });
  afterAll(() => folder.remove());

  const load = (input: Partial<ConfigInput>) =>
    loadConfig({ flags: {}, env: {}, cwd: folder.path, ...input });
  const file = async (text: string): Promise<string> => {
    const path = join(folder.path, 'etc', 'bytebasket.yml');
    await writeFile(path, text);
    return path;
  };

  test('flags win over the environment, that over the file, that over defaults', async () => {
    const path = await file('port: 1001\nadminPort: 1002\nhost: ::1\n');
    const env = { BYTEBASKET_PORT: '2001', BYTEBASKET_ADMIN_PORT: '2002' };
    const { config, origins } = await load({ file: path, env, flags: { port: '3001' } });
    expect([config.port, config.adminPort, config.host, config.logLevel]).toEqual([
      3001,
      2002,
      '::1',
      'info',
    ]);
    expect([origins.port, origins.adminPort, origins.host, origins.logLevel]).toEqual([
      '--port',
      'BYTEBASKET_ADMIN_PORT',
      `${path}:3`,
      'default',
    ]);
  });

  test('reads nested keys, sizes with a unit, and paths from the folder of the file', async () => {
    const path = await file('retention:\n  updates:\n    bytesMax: 2MiB\nkeysFile: ../keys.json\n');
    const { config } = await load({ file: path });
    expect(config['retention.updates.bytesMax']).toBe(2 * 1024 * 1024);
    expect(config.keysFile).toBe(join(folder.path, 'keys.json'));
    expect(config.dataFolder).toBe(join(folder.path, 'data'));
  });

  test('an empty variable is one that is not set', async () => {
    const { config, origins } = await load({ env: { BYTEBASKET_PORT: '' } });
    expect([config.port, origins.port]).toEqual([50_051, 'default']);
  });

  test.each([
    ['prot: 1\n', "unknown setting 'prot' in FILE:1", "Did you mean 'port'?"],
    ['shop:\n  timezone: UTC\n', "unknown setting 'shop.timezone' in FILE:2", "'shop.timeZone'?"],
    ['port: 65536\n', 'port is 65536: use a whole number from 0 to 65535 (from FILE:1)', ''],
    ['port: yes\n', "port is 'yes': use a whole number from 0 to 65535 (from FILE:1)", ''],
    ['host: 5\n', 'host is 5: use text (from FILE:1)', ''],
    ['logLevel: loud\n', "logLevel is 'loud': use one of trace, debug, info, warn, error", ''],
    ['- a\n', 'FILE is not a map of settings', ''],
    ['port: [\n', 'FILE:2: ', ''],
    ['port: 1\nport: 2\n', 'FILE:2: Map keys must be unique', ''],
  ])('refuses the file %j', async (text, message, remedy) => {
    const path = await file(text);
    await expect(load({ file: path })).rejects.toMatchObject({
      message: expect.stringContaining(message.replace('FILE', path)),
      exitCode: 2,
      ...(remedy === '' ? {} : { remedy: expect.stringContaining(remedy) }),
    });
  });

  test.each([
    [{ BYTEBASKET_PROT: '1' }, "unknown variable 'BYTEBASKET_PROT' in the environment"],
    [{ BYTEBASKET_PORT: '1.5' }, "port is '1.5': use a whole number from 0 to 65535"],
    [{ BYTEBASKET_PORT: '-1' }, "port is '-1': use a whole number"],
    [{ BYTEBASKET_SHOP_TIME_ZONE: 'Berlin' }, "shop.timeZone is 'Berlin': use an IANA name"],
    [{ BYTEBASKET_TLS_CERT_FILE: 'c.pem' }, 'tls.certFile is set but tls.keyFile is not'],
    [{ BYTEBASKET_ADMIN_PORT: '50051' }, 'port and adminPort are both 50051'],
    [{ BYTEBASKET_RETENTION_UPDATES_BYTES_MAX: '1kb' }, "retention.updates.bytesMax is '1kb'"],
  ])('refuses the environment %j', async (env, message) => {
    await expect(load({ env })).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exitCode: 2,
    });
  });

  test('a file that was asked for must be there', async () => {
    await expect(load({ file: 'none.yml' })).rejects.toMatchObject({
      message: expect.stringContaining('none.yml (ENOENT)'),
      remedy: expect.stringContaining('--config'),
    });
  });

  test('flags and variables follow from the key', () => {
    const key = 'retention.userActivity.bytesMax';
    expect(envOf(key)).toBe('BYTEBASKET_RETENTION_USER_ACTIVITY_BYTES_MAX');
    expect(flagOf(key)).toBe('--retention-user-activity-bytes-max');
  });

  test('every default passes its own check, and no two settings share a flag', async () => {
    const { config } = await load({});
    const env = Object.fromEntries(
      SETTING_LIST.filter((setting) => setting.default !== undefined).map((setting) => [
        envOf(setting.key),
        String(config[setting.key]),
      ]),
    );
    expect((await load({ env })).config).toEqual(config);
    expect(new Set(SETTING_LIST.map(({ key }) => flagOf(key))).size).toBe(SETTING_LIST.length);
  });

  test('the example file holds every default', async () => {
    const path = new URL('../../../config/bytebasket.example.yml', import.meta.url).pathname;
    const example = await load({ file: path });
    const defaults = await load({ cwd: join(path, '..') });
    expect(example.config).toEqual(defaults.config);
    for (const setting of SETTING_LIST) {
      const expected = setting.default === undefined ? 'default' : `${path}:`;
      expect([setting.key, example.origins[setting.key]]).toEqual([
        setting.key,
        expect.stringContaining(expected),
      ]);
    }
  });
});
