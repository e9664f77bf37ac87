import { statfs } from 'node:fs/promises';

/** Error numbers that mean "no room": ENOSPC, EDQUOT, EFBIG and lmdb's MDB_MAP_FULL. */
const NO_ROOM_CODES: ReadonlySet<number> = new Set([28, 122, 27, -30_792]);

/** lmdb reports a short write of a nearly full disk as EIO; below this much free space it is taken for "no room". */
const SHORT_WRITE_FREE_BYTES = 16 * 1024 * 1024;

/** Writes are refused while the file system has less free. */
export const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** How long to wait for lmdb's second promise, which tells why a commit failed. */
const REASON_WAIT_MS = 1_000;

/** `full`: nothing was written, later commits may succeed. `broken`: the state of the disk is unknown. */
export type FailureKind = 'full' | 'broken';

export interface CommitFailure {
  readonly kind: FailureKind;
  readonly cause: unknown;
}

/** Says what a rejected commit means. `folder` is where the environment lies. */
export async function classifyFailure(error: unknown, folder: string): Promise<CommitFailure> {
  const cause = await reasonOf(error);
  const code = codeOf(cause);
  if (code !== undefined && NO_ROOM_CODES.has(code)) return { kind: 'full', cause };
  if (code === 5 && (await freeBytes(folder)) < SHORT_WRITE_FREE_BYTES) {
    return { kind: 'full', cause };
  }
  return { kind: 'broken', cause };
}

/** Bytes that this process may still write on the file system of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const stat = await statfs(folder);
  return stat.bavail * stat.bsize;
}

// lmdb rejects the write with "Commit failed" and puts the reason into `commitError`, a promise that rejects later.
async function reasonOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve(error), REASON_WAIT_MS);
  });
  const first = await Promise.race([reason, late]);
  clearTimeout(timer);
  return first;
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}
