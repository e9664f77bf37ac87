import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  formatKeyFile,
  KeyFileError,
  parseKeyFile,
  type KeyFile,
} from '@bytebasket/server/gateway/access/key-file';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** Only its owner may read the file: hashes of keys are no secrets, scopes and clients are nobody's business. */
export const KEY_FILE_MODE = 0o600;

const LOCK_WAIT_MS = 2_000;
const LOCK_POLL_MS = 20;

/** The keys of a file; no keys when there is no file. Throws CliError for one that cannot be read. */
export async function readKeys(path: string, nowMs: number): Promise<KeyFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { keys: [] };
    throw new CliError(`cannot read the keys file ${path}: ${describeError(cause)}`, {
      remedy: 'Check the path and its rights.',
      cause,
    });
  }
  return told(path, () => parseKeyFile(text, nowMs));
}

/**
 * Changes the file in one step: readers see the old keys or the new ones. The draft beside it is the lock against a
 * second change at the same time.
 */
export async function changeKeys(
  path: string,
  nowMs: number,
  change: (before: KeyFile) => KeyFile,
): Promise<void> {
  const draft = `${path}.new`;
  const file = await lockedDraft(draft);
  try {
    try {
      const before = await readKeys(path, nowMs);
      const after = told(path, () => change(before));
      await file.writeFile(formatKeyFile(after));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The permission bits of the file; undefined when there is none. */
export async function keyFileMode(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return found === undefined ? undefined : found.mode & 0o777;
}

async function lockedDraft(draft: string): Promise<Awaited<ReturnType<typeof open>>> {
  const until = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await open(draft, 'wx', KEY_FILE_MODE);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== 'EEXIST') {
        throw new CliError(`cannot write ${draft}: ${describeError(cause)}`, {
          remedy: 'Check that its folder is there and may be written.',
          cause,
        });
      }
      if (performance.now() >= until) {
        throw new CliError(`${draft} is there: another change is under way, or was broken off`, {
          remedy: 'Delete it when no other `bytebasket keys` runs.',
          cause,
        });
      }
      await delay(LOCK_POLL_MS);
    }
  }
}

/** A rule of the file that was broken becomes one line for the user. */
function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof KeyFileError)) throw cause;
    throw new CliError(`${cause.message} (${path})`, { cause });
  }
}
