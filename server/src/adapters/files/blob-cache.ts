import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobCache } from '../../ports/blob-cache.js';

const NAME = /^[a-z0-9-]{1,100}$/;
const UNFINISHED = '.unfinished';

/**
 * Blobs as files of one folder, which is made with the first one. Readable by their owner only. A file gets its name when it
 * is whole; what a crash leaves unfinished is removed by the next `names`.
 */
export function fileBlobCache(folder: string): BlobCache {
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new RangeError(`blob name ${JSON.stringify(name)}: use a-z 0-9 -`);
    return join(folder, name);
  };
  return {
    async names() {
      const all = (await unlessAbsent(readdir(folder))) ?? [];
      for (const name of all) {
        if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
      }
      return all.filter((name) => NAME.test(name));
    },
    get: (name) => unlessAbsent(readFile(pathOf(name))),
    async put(name, bytes) {
      const path = pathOf(name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(path + UNFINISHED, bytes, { mode: 0o600 });
      await rename(path + UNFINISHED, path);
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

async function unlessAbsent<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
