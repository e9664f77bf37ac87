import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { openShop, readShop } from './shop-file.js';

const NOW_MS = Date.UTC(2026, 10, 23);

describe('the shop of a data folder', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('shop');
  });
  afterEach(() => folder.remove());

  test('is written once, whole, and read again without being asked for', async () => {
    expect(await readShop(folder.path)).toBeUndefined();
    const made = await openShop(folder.path, 'Europe/Berlin', NOW_MS);
    expect(made).toEqual({ timeZone: 'Europe/Berlin', createTime: '2026-11-23T00:00:00.000Z' });
    expect(await openShop(folder.path, undefined, NOW_MS + 1)).toEqual(made);
    expect(await openShop(folder.path, 'Europe/Berlin', NOW_MS + 1)).toEqual(made);
    expect(await readdir(folder.path)).toEqual(['shop.json']);
  });

  test('counts days in UTC unless told otherwise', async () => {
    expect((await openShop(folder.path, undefined, NOW_MS)).timeZone).toBe('UTC');
  });

  test('refuses another time zone and says which one the data has', async () => {
    await openShop(folder.path, 'Europe/Berlin', NOW_MS);
    await expect(openShop(folder.path, 'UTC', NOW_MS)).rejects.toMatchObject({
      message: `the data in ${folder.path} has days in Europe/Berlin, shop.timeZone is UTC`,
      remedy: expect.stringContaining('Set shop.timeZone to Europe/Berlin'),
    });
  });

  test.each([
    ['{', 'is not JSON'],
    ['{"timeZone": 1, "createTime": "x"}', 'lacks timeZone or createTime'],
    ['null', 'lacks timeZone or createTime'],
  ])('refuses a damaged file %j instead of starting over', async (text, message) => {
    await writeFile(join(folder.path, 'shop.json'), text);
    await expect(openShop(folder.path, undefined, NOW_MS)).rejects.toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  test('a file that cannot be read is not taken for an absent one', async () => {
    await mkdir(join(folder.path, 'shop.json'));
    await expect(openShop(folder.path, undefined, NOW_MS)).rejects.toMatchObject({
      message: expect.stringContaining('EISDIR'),
    });
  });
});
