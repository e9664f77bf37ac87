import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { openLmdbEnvironment } from '@bytebasket/server/adapters/lmdb/environment';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { closeAll, openStorage } from './storage.js';
import { DEFAULT_RETENTION } from './topic-declarations.js';

describe('closing what was opened', () => {
  const calls: string[] = [];
  const closer =
    (name: string, failure?: Error): (() => Promise<void>) =>
    async () => {
      calls.push(name);
      if (failure !== undefined) throw failure;
    };
  afterEach(() => calls.splice(0));

  test('goes on after a failure, the newest first, and throws that failure itself', async () => {
    const failure = new Error('the log does not close');
    const closers = [closer('environment'), closer('log', failure), closer('tables')];
    await expect(closeAll(closers, '/data')).rejects.toBe(failure);
    expect(calls).toEqual(['tables', 'log', 'environment']);
  });

  test('throws several failures together, the first one as the cause', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    const closing = closeAll([closer('a', second), closer('b', first)], '/data');
    await expect(closing).rejects.toMatchObject({
      message: '2 parts of /data did not close',
      errors: [first, second],
      cause: first,
    });
  });
});

describe('the storage of a data folder', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('storage');
  });
  afterEach(() => folder.remove());

  const open = () =>
    openStorage({
      dataFolder: folder.path,
      inputsNotifier: createNotifierMemory(),
      derivedNotifier: createNotifierMemory(),
      retention: DEFAULT_RETENTION,
      clock: systemClock(),
    });

  test('closes once, however often it is told to', async () => {
    const storage = await open();
    await Promise.all([storage.close(), storage.close()]);
    await expect(storage.inputs.bounds(TOPICS.userActivity)).rejects.toThrow('was closed');
    await expect(storage.derived.bounds(TOPICS.updates)).rejects.toThrow('was closed');
  });

  test('that cannot be opened says why, and leaves nothing open', async () => {
    await writeFile(join(folder.path, 'derived'), 'a file where a folder should be');
    await expect(open()).rejects.toThrow(/derived/);
    const again = await openLmdbEnvironment({ folder: join(folder.path, 'inputs') });
    await again.close();
  });
});
