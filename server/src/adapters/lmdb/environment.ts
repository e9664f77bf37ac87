import { mkdir } from 'node:fs/promises';
import { open, type Database, type RootDatabase } from 'lmdb';
import { PortError } from '../../ports/errors.js';
import { createCommitter, type CommitWork, type Committer } from './committer.js';
import { FREE_BYTES_MIN, freeBytes } from './failure.js';
import { openNotifier, type Notifier } from './notifier.js';

/** Address space reserved for the file, not disk and not memory; a fixed map never moves under other threads. */
const MAP_BYTES = 2 ** 38;

/** How often, at most, the room on the disk is asked for while writing. */
const ROOM_CHECK_INTERVAL_MS = 200;

/** A commit that takes longer is given up, and the environment with it. */
const COMMIT_MS_MAX = 60_000;

export interface LmdbEnvironmentOptions {
  /** Made when absent. */
  readonly folder: string;
  /** From `createNotifierMemory()`, the same for every thread that opens this folder; absent: polling. */
  readonly notifier?: SharedArrayBuffer | undefined;
  /** Milliseconds between looks at other threads' commits when there is no notifier; default 20. */
  readonly pollIntervalMs?: number | undefined;
  /** Writes are refused while the file system has less free than this; default 64 MiB. */
  readonly freeBytesMin?: number | undefined;
  /** How free room is found out; default asks the file system. */
  readonly freeBytesOf?: ((folder: string) => Promise<number>) | undefined;
}

export type BinaryStore = Database<Uint8Array, Uint8Array>;

/** One lmdb environment, opened in this thread. Logs and tables may share it; whoever opened it closes it. */
export interface LmdbEnvironment {
  readonly folder: string;
  /** Catalog, partition states, group positions. */
  readonly meta: BinaryStore;
  /** Record batches of the log. */
  readonly records: BinaryStore;
  /** Rows of the tables. */
  readonly rows: BinaryStore;
  readonly notifier: Notifier;
  readonly submit: Committer['submit'];
  /** Runs `body` inside the next group commit and resolves with its result when that is durable. */
  write<T>(body: () => T, options?: { readonly frees?: boolean }): Promise<T>;
  /** Call before reading: throws Unavailable when closed or failed; makes other threads' commits visible. */
  beginRead(): void;
  /** Throws Unavailable when closed or failed. */
  assertUsable(): void;
  closed(): boolean;
  /** Waits for commits under way, then closes this thread's handle. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens an environment. Several threads of one process may open the same folder; a second process must be kept away
 * by `lockFolder`. Every commit is synced before it becomes visible (no overlapping sync), so what can be read is durable.
 */
export async function openLmdbEnvironment(
  options: LmdbEnvironmentOptions,
): Promise<LmdbEnvironment> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const notifier = openNotifier(options.notifier, options.pollIntervalMs);
  if (notifier.failed()) throw broken(folder, undefined);
  const root = openRoot(folder);
  const store = (name: string): BinaryStore =>
    root.openDB(name, { encoding: 'binary', keyEncoding: 'binary' });
  const state: EnvironmentState = { closed: undefined, cause: undefined, seen: notifier.current() };
  const meta = store('meta');

  const assertWhole = (): void => {
    if (notifier.failed()) throw broken(folder, state.cause);
  };
  const assertUsable = (): void => {
    if (state.closed !== undefined) {
      throw new PortError('Unavailable', `${folder} was closed: open it again`);
    }
    assertWhole();
  };
  const committer = createCommitter({
    folder,
    transact: (body) => {
      // Not `assertUsable`: closing waits for what was submitted before.
      assertWhole();
      return withDeadline(root.childTransaction(body), folder);
    },
    committed: notifier.announce,
    sound: () => answers(meta),
    broken: (cause) => {
      state.cause = cause;
      notifier.markFailed();
    },
    checkRoom: roomCheck(options),
  });
  return {
    folder,
    meta,
    records: store('records'),
    rows: store('rows'),
    notifier,
    assertUsable,
    closed: () => state.closed !== undefined,
    submit: committer.submit,
    write: (body, how) => submitted(committer, assertUsable, { body, frees: how?.frees ?? false }),
    beginRead() {
      assertUsable();
      const now = notifier.current();
      if (notifier.shared && now === state.seen) return;
      state.seen = now;
      meta.resetReadTxn();
    },
    close() {
      state.closed ??= closeRoot({ root, committer, notifier, state });
      return state.closed;
    },
  };
}

interface EnvironmentState {
  closed: Promise<void> | undefined;
  cause: unknown;
  seen: number;
}

function openRoot(folder: string): RootDatabase<Uint8Array, Uint8Array> {
  try {
    return open<Uint8Array, Uint8Array>({
      path: folder,
      noSubdir: false,
      mapSize: MAP_BYTES,
      maxDbs: 8,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
    });
  } catch (error) {
    throw new PortError('Unavailable', `cannot open the data in ${folder}: check the folder`, {
      cause: error,
    });
  }
}

interface Closing {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly committer: Committer;
  readonly notifier: Notifier;
  readonly state: EnvironmentState;
}

async function closeRoot({ root, committer, notifier, state }: Closing): Promise<void> {
  notifier.close();
  await committer.idle();
  // lmdb would wait for the stuck commit for ever; the handle ends with its thread.
  if (!(state.cause instanceof StuckCommit)) await root.close();
}

/** lmdb refuses even to read once it has given up. */
function answers(meta: BinaryStore): boolean {
  try {
    meta.resetReadTxn();
    meta.getBinaryFast(Buffer.from('catalog'));
    return true;
  } catch {
    return false;
  }
}

/** A commit that lmdb never settled. */
class StuckCommit extends Error {
  override readonly name = 'StuckCommit';
}

// lmdb-js never settles a transaction that it could not begin, and a disk may hang: callers must not wait for ever.
async function withDeadline(commit: Promise<unknown>, folder: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StuckCommit(`a commit in ${folder} took more than ${COMMIT_MS_MAX} ms`));
    }, COMMIT_MS_MAX);
  });
  try {
    await Promise.race([commit, late]);
  } finally {
    clearTimeout(timer);
  }
}

function broken(folder: string, cause: unknown): PortError {
  return new PortError(
    'Unavailable',
    `${folder} refuses all work since a write failed: check the disk, then restart`,
    { cause },
  );
}

interface WriteBody<T> {
  readonly body: () => T;
  readonly frees: boolean;
}

function submitted<T>(
  committer: Committer,
  assertUsable: () => void,
  { body, frees }: WriteBody<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    assertUsable();
    let finish = (): void => reject(new Error('the work was not applied'));
    const work: CommitWork = {
      frees,
      apply: () => {
        const result = body();
        finish = () => resolve(result);
      },
      done: () => finish(),
      failed: reject,
    };
    committer.submit(() => work);
  });
}

// Asking before writing keeps lmdb away from a full disk, where a short write cannot be told from a broken disk.
function roomCheck(options: LmdbEnvironmentOptions): () => Promise<void> {
  const min = options.freeBytesMin ?? FREE_BYTES_MIN;
  const measure = options.freeBytesOf ?? freeBytes;
  let asked = Number.NEGATIVE_INFINITY;
  let free = Number.POSITIVE_INFINITY;
  return async () => {
    const now = performance.now();
    if (free < min || now - asked >= ROOM_CHECK_INTERVAL_MS) {
      free = await measure(options.folder).catch((cause: unknown) => {
        throw new PortError('Unavailable', `cannot tell the room in ${options.folder}`, { cause });
      });
      asked = now;
    }
    if (free >= min) return;
    throw new PortError(
      'Unavailable',
      `${options.folder} has ${free} bytes free, ${min} are needed to write: free some space`,
      { retryAfterMs: 1_000 },
    );
  };
}
