import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../../tests/support/temp-folder.js';
import { fileBlobCache } from './blob-cache.js';

const folders: TempFolder[] = [];

async function place(): Promise<string> {
  const folder = await tempFolder('blobs');
  folders.push(folder);
  return join(folder.path, 'cache');
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

describe('blobs in files', () => {
  test('are found again by another handle, the newest bytes of a name', async () => {
    const folder = await place();
    const cache = fileBlobCache(folder);
    await cache.put('ids-1-2', Uint8Array.of(1, 2, 3));
    await cache.put('ids-1-3', Uint8Array.of(4));
    await cache.put('ids-1-3', Uint8Array.of(5, 6));
    const again = fileBlobCache(folder);
    expect([...(await again.names())].sort()).toEqual(['ids-1-2', 'ids-1-3']);
    expect([...((await again.get('ids-1-3')) ?? [])]).toEqual([5, 6]);
    expect((await stat(join(folder, 'ids-1-3'))).mode & 0o777).toBe(0o600);
  });

  test('that do not exist are undefined, and removing one does nothing', async () => {
    const cache = fileBlobCache(await place());
    expect(await cache.names()).toEqual([]);
    expect(await cache.get('absent')).toBeUndefined();
    await cache.remove('absent');
    await cache.put('there', Uint8Array.of(1));
    await cache.remove('there');
    expect(await cache.get('there')).toBeUndefined();
  });

  test('that a crash left unfinished are no blobs and go', async () => {
    const folder = await place();
    const cache = fileBlobCache(folder);
    await cache.put('whole', Uint8Array.of(1));
    await writeFile(join(folder, 'half.unfinished'), 'x');
    expect(await cache.names()).toEqual(['whole']);
    expect(await readdir(folder)).toEqual(['whole']);
  });

  test('have names that lead nowhere else', () => {
    const cache = fileBlobCache('/nowhere');
    for (const name of ['', '../x', 'a/b', 'A', 'x'.repeat(101)]) {
      expect(() => cache.remove(name)).toThrow('use a-z 0-9 -');
    }
  });
});
